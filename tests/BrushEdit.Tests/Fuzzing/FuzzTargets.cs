using System.Text;
using BrushEdit.Batching;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Installing;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Planning;
using BrushEdit.Sampling;
using BrushEdit.Segmenting;
using BrushEdit.Tokenizing;

namespace BrushEdit.Tests.Fuzzing;

/// <summary>Every reader of files, each with sound files to break. A broken file is read, or refused by an <see cref="EditException"/>; nothing else may happen.</summary>
internal sealed class FuzzTargets : IDisposable
{
    private static readonly PublishedModel Branch = new("fuzz", ModelKind.Sam, "a/b", "main", "none", []);

    private static readonly string[] Answers =
    [
        """{"edit_type":"remove","target":"the left cup","number":"one","ordinal":"2","place":"left","size":"largest","relation":"next to","anchor":"the tree","except":"none","caption":"a table","box":[10,20,30,40]}""",
        "<think>It may be {\"box\": [1]} or not.</think>\n```json\n{\"target\": \"cup\", \"bbox_2d\": [12, 20, 500, 700], \"caption\": \"a lawn\",}\n```",
        "<loc0100><loc0200><loc0300><loc0400> cup; {'x1': 1, 'y1': 2, 'x2': 30, 'y2': 40}",
        "<|channel|>analysis<|message|>a<|channel|>final<|message|>target: red ball. blue cup",
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("brushedit-fuzz").FullName;
    private readonly string bundle;
    private BertTokenizer? bert;
    private ClipTokenizer? clip;
    private readonly Dictionary<string, (Func<byte[][]> Sound, Action<byte[]> Read)> targets = new(StringComparer.Ordinal);

    /// <summary>Collects the readers.</summary>
    /// <param name="bundle">The folder of the bundle toybox, whose configurations and vocabularies are broken.</param>
    public FuzzTargets(string bundle)
    {
        this.bundle = bundle;
        Config("unet/config.json", json => UNetConfig.Read(json));
        Config("vae/config.json", json => VaeConfig.Read(json));
        Config("text_encoder/config.json", json => ClipTextConfig.Read(json));
        Config("brushnet/config.json", json => BrushNetConfig.Read(json));
        Config("sam/config.json", json => SamConfig.Read(json));
        Config("sam/preprocessor_config.json", json => SamProcessorConfig.Read(json));
        Config("grounding-dino/config.json", json => GroundingDinoConfig.Read(json).Validate());
        Config("grounding-dino/preprocessor_config.json", json => DetectorPreprocessing.Read(json));
        Config("model_index.json", json => json.Raw("_guidance_scale"));
        File("scheduler/scheduler_config.json", path => _ = new NoiseSchedule(SamplerConfig.Open(path)).TrainTimesteps);
        Beside("grounding-dino/vocab.txt", ["grounding-dino/tokenizer_config.json"], path => BertTokenizer.Open(path).Encode("add a red ball, caf\u00e9!"));
        Beside("grounding-dino/tokenizer_config.json", ["grounding-dino/vocab.txt"], path => BertTokenizer.Open(path).Encode("add a red ball"));
        Beside("tokenizer/vocab.json", ["tokenizer/merges.txt", "tokenizer/tokenizer_config.json"], path => ClipTokenizer.Open(path).Encode("a red ball"));
        Beside("tokenizer/merges.txt", ["tokenizer/vocab.json", "tokenizer/tokenizer_config.json"], path => ClipTokenizer.Open(path).Encode("a red ball"));
        Beside("tokenizer/tokenizer_config.json", ["tokenizer/vocab.json", "tokenizer/merges.txt"], path => ClipTokenizer.Open(path).Encode("a red ball"));
        Text(
            "safetensors",
            [Safetensors("""{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b.c":{"dtype":"F8_E4M3","shape":[2,2],"data_offsets":[8,12]}}""", 12)],
            bytes => ReadWeights(Write("fuzz.safetensors", bytes)));
        Text("index.json", ["""{"metadata":{"total_size":8},"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}"""u8.ToArray()], bytes => ShardedWeights.Files(Write("fuzz.index.json", bytes)));
        Text("gguf", [Gguf()], bytes => GgufHeader.Read(Write("fuzz.gguf", bytes)));
        Text(
            "plan",
            ["""{"instruction":"remove the ball","editType":"Remove","target":"ball","caption":"a field","box":[1,2,3,4],"planner":"Rules","confidence":0.9,"notes":["x"]}"""u8.ToArray()],
            bytes => PlanFile.Load(Write("fuzz.plan.json", bytes), out _));
        Text(
            "journal",
            ["""{"event":"done","time":"2026-01-01T00:00:00Z","input":"in.png","length":3,"modified":"2026-01-01T00:00:00Z","hash":"aa","settings":"s","outputs":[{"path":"a.png","length":7}],"seed":1,"seconds":0.5}"""u8.ToArray()],
            bytes => JournalEntry.Read(Encoding.UTF8.GetString(bytes)));
        Text(
            "installed.json",
            ["""{"name":"sd15","repository":"a/b","commit":"c","license":"l","page":"p","files":[{"path":"a/b.txt","size":3,"sha256":"aa","verifiedBy":"hub"}]}"""u8.ToArray()],
            bytes =>
            {
                Write("installed.json", bytes);
                _ = InstallRecord.TryRead(folder)?.IsComplete(folder);
            });
        Text(
            "journal file",
            [Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("""{"event":"done","input":"in.png","length":3,"hash":"aa","settings":"s","outputs":[{"path":"a.png","length":7,"hash":"bb"}]}""" + "\n", 3)))],
            Journal);
        Text("hub revision", ["""{"id":"a/b","sha":"0123456789abcdef0123456789abcdef01234567","tags":["x"]}"""u8.ToArray()], bytes => AskHub(bytes, hub => hub.ResolveAsync(Branch, default)));
        Text(
            "hub listing",
            ["""[{"type":"file","oid":"0123456789abcdef0123456789abcdef01234567","size":7,"path":"a.txt"},{"type":"directory","path":"b"},{"type":"file","oid":"x","size":9,"lfs":{"oid":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","size":9},"path":"b/c.safetensors"}]"""u8.ToArray()],
            bytes => AskHub(bytes, hub => hub.ListAsync(Branch, new string('a', 40), default)));
        Text("answer", [.. Answers.Select(Encoding.UTF8.GetBytes)], Answer);
        Text("prompt", ["a photo of a red ball, caf\u00e9 \u4f60\u597d <|endoftext|> it's 3d"u8.ToArray()], Prompt);
        foreach (string kind in new[] { "png", "jpg", "webp", "tif" })
        {
            targets["picture." + kind] = (
                () => [PictureBytes(kind, parameters: false), PictureBytes(kind, parameters: true)],
                bytes => PictureParameters.Of(Picture.Open(Write("fuzz." + kind, bytes))));
        }
    }

    /// <summary>The readers' names.</summary>
    public IEnumerable<string> Names => targets.Keys;

    /// <summary>Breaks files for a reader and has them read.</summary>
    /// <param name="name">The reader.</param>
    /// <param name="seed">The first case's seed; each further one has the next.</param>
    /// <param name="cases">How many.</param>
    /// <returns>What happened that must not: the case's seed and the fault. Empty where all is well.</returns>
    public IReadOnlyList<(int Seed, string Fault)> Run(string name, int seed, int cases)
    {
        byte[][] sound = targets[name].Sound();
        List<(int, string)> faults = [];
        for (int at = seed; at < seed + cases; at++)
        {
            byte[] broken = new Mutator(at).Break(sound[at % sound.Length]);
            if (Fault(targets[name].Read, broken) is string fault)
            {
                faults.Add((at, fault));
            }
        }

        return faults;
    }

    /// <summary>Has sound files read: what is not refused unbroken is worth breaking.</summary>
    /// <param name="name">The reader.</param>
    public void RunSound(string name) => Array.ForEach(targets[name].Sound(), targets[name].Read);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Reads a file that may be broken.</summary>
    /// <param name="read">Reads it.</param>
    /// <param name="bytes">Its content.</param>
    /// <returns>What happened that must not; null where it was read or refused.</returns>
    private static string? Fault(Action<byte[]> read, byte[] bytes)
    {
        try
        {
            read(bytes);
            return null;
        }
        catch (EditException refused)
        {
            return refused.Message.Length <= PlainText.MostMessage ? null : $"a message of {refused.Message.Length} characters: {refused.Message}";
        }
#pragma warning disable CA1031 // Every other kind is what is looked for.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return $"{fault.GetType().Name}: {fault.Message}{fault.StackTrace?.Split('\n').FirstOrDefault()}";
        }
    }

    private void Config(string name, Action<ConfigReader> read) => File(name, path => read(ConfigReader.Open(path)));

    private void File(string name, Action<string> read) =>
        targets[name] = (() => [System.IO.File.ReadAllBytes(Path.Combine(bundle, name))], bytes => read(Write(Path.GetFileName(name), bytes)));

    private void Beside(string name, string[] others, Action<string> read) =>
        targets[name] = (() => [System.IO.File.ReadAllBytes(Path.Combine(bundle, name))], bytes => read(Folder(name, others, bytes)));

    private string Folder(string name, string[] others, byte[] bytes)
    {
        string place = Path.Combine(folder, name.Replace('/', '-'));
        Directory.CreateDirectory(place);
        foreach (string other in others)
        {
            System.IO.File.Copy(Path.Combine(bundle, other), Path.Combine(place, Path.GetFileName(other)), overwrite: true);
        }

        System.IO.File.WriteAllBytes(Path.Combine(place, Path.GetFileName(name)), bytes);
        return place;
    }

    private void Text(string name, byte[][] sound, Action<byte[]> read) => targets[name] = (() => sound, read);

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(folder, name);
        System.IO.File.WriteAllBytes(path, bytes);
        return path;
    }

    private void Prompt(byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes) + (char)(0xD800 + (bytes.Length % 0x800));
        bert ??= BertTokenizer.Open(Path.Combine(bundle, "grounding-dino"));
        clip ??= ClipTokenizer.Open(Path.Combine(bundle, "tokenizer"));
        bert.Encode(text);
        clip.Encode(text);
    }

    private void Journal(byte[] bytes)
    {
        Directory.CreateDirectory(Path.Combine(folder, ".brushedit"));
        Write(Path.Combine(".brushedit", "batch-1-of-1.jsonl"), bytes);
        using BatchJournal journal = BatchJournal.Read(folder);
        string input = Write("in.png", [1, 2, 3]);
        _ = journal.Outputs(BatchInput.Of(input, folder), "s");
        _ = journal.IsOwn(Write("a.png", [4, 5, 6, 7]), BatchInput.Of(input, folder));
    }

    private static void AskHub(byte[] answer, Func<HubClient, Task> ask)
    {
        using OneAnswer transport = new(answer);
        using HubClient hub = new(new HubSettings { Retries = 0 }, transport);
        ask(hub).GetAwaiter().GetResult();
    }

    // What a planner does with a model's words.
    private static void Answer(byte[] bytes)
    {
        string text = AnswerText.WithoutReasoning(Encoding.UTF8.GetString(bytes));
        AnswerReader.Type(text);
        AnswerReader.Box(text, new PictureAttachment([], 640, 480), 1280, 960);
        string? caption = AnswerReader.Line(text, "caption");
        string? target = AnswerReader.Line(text, "target");
        EditPlan plan = new() { EditType = EditType.Remove, Target = target, Caption = caption };
        plan.Selection = target is null ? plan.Selection : [.. SelectionAnswer.Read(target, text)];
        PlanFile.FromJson(PlanFile.ToJson(plan), "the answer's plan", out _);
    }

    private static void ReadWeights(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        foreach (string name in file.Tensors.Keys)
        {
            file.Read(name).Dispose();
        }
    }

    private byte[] PictureBytes(string kind, bool parameters)
    {
        byte[] pixels = new byte[16 * 16 * 3];
        new Random(1).NextBytes(pixels);
        string path = Path.Combine(folder, $"sound-{parameters}.{kind}");
        if (!System.IO.File.Exists(path))
        {
            PictureSaveOptions options = parameters
                ? PictureSaveOptions.Default with { Parameters = new Dictionary<string, string> { ["seed"] = "7", ["caption"] = "a ball" } }
                : PictureSaveOptions.Default;
            Picture.FromRgb(pixels, 16, 16).Save(path, options);
        }

        return System.IO.File.ReadAllBytes(path);
    }

    private static byte[] Safetensors(string header, int data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)text.Length), .. text, .. new byte[data]];
    }

    private static byte[] Gguf()
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write(1ul);
        writer.Write(2ul);
        Name("general.architecture");
        writer.Write(8u);
        Name("llama");
        Name("tokenizer.ggml.tokens");
        writer.Write(9u);
        writer.Write(8u);
        writer.Write(2ul);
        Name("<s>");
        Name("</s>");
        Name("blk.0.weight");
        writer.Write(2u);
        writer.Write(4ul);
        writer.Write(8ul);
        writer.Write(1u);
        writer.Write(0ul);
        return stream.ToArray();

        void Name(string text)
        {
            writer.Write((ulong)text.Length);
            writer.Write(Encoding.ASCII.GetBytes(text));
        }
    }

    /// <summary>A hub that answers every call with the same bytes.</summary>
    private sealed class OneAnswer(byte[] answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.OK) { Content = new ByteArrayContent(answer), RequestMessage = request });
    }
}
