using System.Diagnostics;
using System.Text;
using BrushEdit.Batching;
using BrushEdit.Detecting;
using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Planning;
using BrushEdit.Sampling;
using BrushEdit.Segmenting;
using BrushEdit.Tests.Imaging;
using BrushEdit.Tests.Parity;
using BrushEdit.Tokenizing;

namespace BrushEdit.Tests.Fuzzing;

/// <summary>Files that once ended in a raw exception, a hang or a large allocation: each is read or refused, with little memory.</summary>
[Collection(nameof(NativeMemoryTests))]
public sealed class HarmfulFileTests : IDisposable
{
    private static readonly string Root = Path.Combine(Fixtures.Root, "break");
    private static readonly string Toybox = Path.GetFullPath(Path.Combine(Fixtures.Root, "..", "..", "weights", "toybox"));

    private readonly string folder = Directory.CreateTempSubdirectory("brushedit-").FullName;

    public static TheoryData<string> Files => [.. Directory.GetFiles(Root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Root, file)).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Files))]
    public void IsReadOrRefused(string file)
    {
        string name = Path.GetFileName(file);
        byte[] bytes = File.ReadAllBytes(Path.Combine(Root, file));
        using Process self = Process.GetCurrentProcess();
        long before = self.PeakWorkingSet64;
        try
        {
            Read(name, bytes);
        }
        catch (EditException refused)
        {
            Assert.InRange(refused.Message.Length, 1, 2000);
        }

        self.Refresh();
        Assert.InRange(Math.Max(0, self.PeakWorkingSet64 - before), 0, 512L << 20);
    }

    private void Read(string name, byte[] bytes)
    {
        string kind = name[..name.IndexOf('-', StringComparison.Ordinal)];
        string rest = name[(kind.Length + 1)..];
        string stem = rest.Contains('-') ? rest[..rest.LastIndexOf('-')] : rest;
        switch (kind)
        {
            case "cfg":
                // part_file.json, where files have lines in their names too.
                string[] parts = ["grounding-dino", "scheduler", "text_encoder", "tokenizer", "unet", "vae", "sam"];
                string part = parts.FirstOrDefault(part => stem.StartsWith(part + "_", StringComparison.Ordinal)) ?? string.Empty;
                Config(part, part.Length == 0 ? stem : stem[(part.Length + 1)..], bytes);
                break;
            case "st":
                using (SafetensorsFile weights = SafetensorsFile.Open(Write("a.safetensors", bytes)))
                {
                    weights.Tensors.Keys.ToList().ForEach(tensor => weights.Read(tensor).Dispose());
                }

                break;
            case "tok":
                Tokenizer(stem, bytes);
                break;
            case "pic" or "x":
                Assert.True(PictureParameters.Of(Picture.Open(Write("a.png", bytes))) is null or { Count: >= 0 });
                break;
            case "plan":
                PlanFile.Load(Write("a.plan.json", bytes), out _);
                break;
            case "journal":
                foreach (string line in Encoding.UTF8.GetString(bytes).Split('\n'))
                {
                    JournalEntry.Read(line.TrimEnd('\r'));
                }

                break;
            default:
                Assert.Fail($"No reader is known for {name}.");
                break;
        }
    }

    private void Config(string part, string file, byte[] bytes)
    {
        string path = Write(file, bytes);
        switch (part, file)
        {
            case ("scheduler", _):
                _ = new NoiseSchedule(SamplerConfig.Open(path)).TrainTimesteps;
                break;
            case ("tokenizer", _):
                Tokenizer(file, bytes);
                break;
            case ("", _):
                _ = ConfigReader.Open(path).Raw("_guidance_scale");
                break;
            case ("unet", _):
                UNetConfig.Read(ConfigReader.Open(path));
                break;
            case ("vae", _):
                VaeConfig.Read(ConfigReader.Open(path));
                break;
            case ("text_encoder", _):
                ClipTextConfig.Read(ConfigReader.Open(path));
                break;
            case ("sam", "preprocessor_config.json"):
                SamProcessorConfig.Read(ConfigReader.Open(path));
                break;
            case ("grounding-dino", "preprocessor_config.json"):
                DetectorPreprocessing.Read(ConfigReader.Open(path));
                break;
            case ("sam", _):
                Load("sam", bytes, place => Segmenter.Load(place).Dispose());
                break;
            default:
                Load("grounding-dino", bytes, place => ObjectDetector.Load(place).Dispose());
                break;
        }
    }

    // The whole model with the broken configuration: what is read must not be built unbounded.
    private void Load(string part, byte[] config, Action<string> load)
    {
        string place = Path.Combine(folder, part);
        Directory.CreateDirectory(place);
        foreach (string file in Directory.GetFiles(Path.Combine(Toybox, part)))
        {
            File.Copy(file, Path.Combine(place, Path.GetFileName(file)));
        }

        File.WriteAllBytes(Path.Combine(place, "config.json"), config);
        load(place);
    }

    private void Tokenizer(string file, byte[] bytes)
    {
        string from = Path.Combine(Toybox, file == "vocab.txt" ? "grounding-dino" : "tokenizer");
        foreach (string other in new[] { "vocab.txt", "vocab.json", "merges.txt", "tokenizer_config.json" }.Where(other => other != file && File.Exists(Path.Combine(from, other))))
        {
            File.Copy(Path.Combine(from, other), Path.Combine(folder, other), overwrite: true);
        }

        Write(file, bytes);
        if (file == "vocab.txt")
        {
            BertTokenizer.Open(folder).Encode("a red ball");
        }
        else
        {
            ClipTokenizer.Open(folder).Encode("a red ball");
        }
    }

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
