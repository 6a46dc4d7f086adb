using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>
/// The measurements for a machine with a GPU, in one call: guided steps at several batch sizes with the branch and without, a whole fill, and the
/// peak of memory, beside what <c>bench/gpu/reference.py</c> measured of the reference networks. With <c>--tiny</c> the bundle takes the place of
/// the full-size model, so that the list itself can be tried anywhere.
/// </summary>
internal static class GpuCommand
{
    private static readonly int[] Batches = [1, 4, 8];

    /// <summary>Measures, prints the table and writes it.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        ComputeDevice device = ComputeDevice.Choose(options["device"]);
        bool tiny = options.Has("tiny");
        using ModelPool pool = new();
        using PeakMemory memory = PeakMemory.Watch(device);
        using FullSizeModel? full = tiny ? null : new FullSizeModel(device, options.Count("size"));
        IInpaintModel model = full ?? (IInpaintModel)options.Open(pool);
        Dictionary<string, double> measured = [];
        foreach (int batch in Batches)
        {
            measured[Row("guided step, branch and U-Net", batch)] = Step(model, options, batch, conditioning: 1);
            measured[Row("guided step, U-Net alone", batch)] = Step(model, options, batch, conditioning: 0);
        }

        measured["whole fill, s"] = Whole(model, options);
        measured["peak memory, MiB"] = memory.MiB();
        string table = Table(model, options, measured, Reference(options["reference"]));
        Console.WriteLine(table);
        if (options["out"].Length > 0)
        {
            File.WriteAllText(options["out"], table);
        }
    }

    private static string Row(string name, int batch) => $"{name}, {batch} picture(s), ms";

    // The first step also makes the text's keys and values, and is left out; on a GPU the look at the answer's numbers waits for each step.
    private static double Step(IInpaintModel model, BenchOptions options, int batch, double conditioning)
    {
        int steps = options.Count("timed") + 1;
        InpaintSettings settings = Settings(options) with { Steps = steps, ConditioningScale = conditioning };
        Ask(model, settings with { Steps = 2 }, batch, null);
        Stamps stamps = new();
        Ask(model, settings, batch, stamps);
        return stamps.Between(1, steps).TotalMilliseconds / (steps - 1);
    }

    private static double Whole(IInpaintModel model, BenchOptions options)
    {
        InpaintSettings settings = Settings(options) with { Steps = options.Count("steps") };
        Ask(model, settings with { Steps = 2 }, 1, null);
        Stopwatch clock = Stopwatch.StartNew();
        Ask(model, settings, 1, null);
        return clock.Elapsed.TotalSeconds;
    }

    private static InpaintSettings Settings(BenchOptions options) => options.Settings() with { Caption = "a red ball on grass by day", WholePicture = true, GuidanceScale = 7.5, Sampler = "UniPC" };

    private static void Ask(IInpaintModel model, InpaintSettings settings, int batch, IProgress<InpaintProgress>? progress)
    {
        int side = model.NativeSide;
        Picture picture = Picture.FromRgb([.. Enumerable.Range(0, side * side * 3).Select(at => (byte)(at * 7))], side, side);
        Mask mask = Mask.FromBox(side, side, new Box(side / 4, side / 4, side / 2, side / 2));
        FillRequest[] requests = [.. Enumerable.Range(0, batch).Select(at => new FillRequest(picture, mask, settings with { Seed = at + 1 }, at == 0 ? progress : null))];
        foreach (FillAnswer answer in new InpaintPipeline(model).FillAll(requests))
        {
            if (answer.Fault is not null)
            {
                throw new InvalidOperationException($"A fill of {batch} picture(s) failed: {answer.Fault.Message}");
            }
        }
    }

    private static Dictionary<string, double> Reference(string file) =>
        file.Length == 0 ? [] : JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(file))!;

    private static string Table(IInpaintModel model, BenchOptions options, Dictionary<string, double> measured, Dictionary<string, double> reference)
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{model.Name}, {model.NativeSide} x {model.NativeSide}, {model.Device}; {options["timed"]} steps timed, fills of {options["steps"]}");
        text.AppendLine();
        text.AppendLine("| what | here | reference | ratio |");
        text.AppendLine("|---|---|---|---|");
        foreach ((string name, double value) in measured)
        {
            string beside = reference.TryGetValue(name, out double other) ? string.Create(CultureInfo.InvariantCulture, $"{other:0.00} | {value / other:0.00}") : "- | -";
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {value:0.00} | {beside} |");
        }

        return text.ToString();
    }

    private sealed class Stamps : IProgress<InpaintProgress>
    {
        private readonly Dictionary<int, long> seen = [];

        public void Report(InpaintProgress value)
        {
            if (value.Stage == InpaintStage.Denoising)
            {
                seen[value.Step] = Stopwatch.GetTimestamp();
            }
        }

        public TimeSpan Between(int first, int last) => Stopwatch.GetElapsedTime(seen[first], seen[last]);
    }

    /// <summary>The most memory that the device held: of a GPU what it holds more than before, by its driver's own tool; of a processor the process's.</summary>
    private sealed class PeakMemory : IDisposable
    {
        private readonly Thread? watcher;
        private readonly ManualResetEventSlim ended = new();
        private readonly long before;
        private long most;

        private PeakMemory(int? gpu)
        {
            if (gpu is { } index)
            {
                before = Held(index);
                watcher = new Thread(() =>
                {
                    while (!ended.Wait(TimeSpan.FromMilliseconds(200)))
                    {
                        most = Math.Max(most, Held(index));
                    }
                });
                watcher.Start();
            }
        }

        public static PeakMemory Watch(ComputeDevice device) => new(device.Device.type == DeviceType.CUDA ? Math.Max(0, device.Device.index) : null);

        public double MiB()
        {
            using Process self = Process.GetCurrentProcess();
            return watcher is null ? self.PeakWorkingSet64 / 1048576.0 : Interlocked.Read(ref most) - before;
        }

        public void Dispose()
        {
            ended.Set();
            watcher?.Join();
            ended.Dispose();
        }

        private static long Held(int index)
        {
            ProcessStartInfo start = new("nvidia-smi", ["--query-gpu=memory.used", "--format=csv,noheader,nounits", "-i", index.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true };
            using Process process = Process.Start(start)!;
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long held)
                ? held
                : throw new InvalidOperationException($"nvidia-smi did not report the memory of GPU {index}: {text.Trim()}");
        }
    }
}
