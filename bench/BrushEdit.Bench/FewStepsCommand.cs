using System.Diagnostics;
using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;

namespace BrushEdit.Bench;

/// <summary>
/// Processor seconds of an edit at the full size of Stable Diffusion 1.5: many guided steps against the few of a distilled model, with the full
/// autoencoder and with the tiny one. Some steps of each kind are timed within real fills; a row is the sum of its parts.
/// </summary>
internal static class FewStepsCommand
{
    private static readonly (string Name, string Sampler, int Steps, bool IsGuided)[] Rows =
    [
        ("50 guided steps of UniPC", "UniPC", 50, true),
        ("20 guided steps of DPM++2M", "DPM++2M", 20, true),
        ("8 steps of LCM", "LCM", 8, false),
        ("4 steps of LCM", "LCM", 4, false),
    ];

    /// <summary>Measures and prints.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        int side = options.Count("size");
        int timed = options.Count("timed") is var steps && steps >= 2 ? steps : throw options.Wrong("timed", "a whole number of at least 2");
        ComputeDevice device = options.Device;
        using FullSizeModel model = new(device, side);
        Picture picture = Picture.FromRgb(new byte[side * side * 3], side, side);
        Mask mask = Mask.FromBox(side, side, new Box(side / 4, side / 4, side / 2, side / 2));
        Dictionary<(bool Guided, bool Tiny), Parts> parts = [];
        foreach ((bool guided, bool tiny) in ((bool, bool)[])[(false, false), (true, false), (false, true)])
        {
            model.UsesTinyVae = tiny;
            InpaintSettings settings = new()
            {
                Caption = "a red ball on grass by day",
                Seed = 1,
                Steps = timed,
                WholePicture = true,
                Sampler = guided ? "UniPC" : "LCM",
                GuidanceScale = guided ? 7.5 : 1,
            };
            parts[(guided, tiny)] = Time(new InpaintPipeline(model), picture, mask, settings);
        }

        Print(model, timed, parts);
    }

    private static void Print(FullSizeModel model, int timed, Dictionary<(bool Guided, bool Tiny), Parts> parts)
    {
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine($"{model.Name}, {model.NativeSide} x {model.NativeSide}, {model.Device}; {timed} steps of each kind timed in one run; peak memory {self.PeakWorkingSet64 / 1048576.0:0} MiB");
        Console.WriteLine();
        Console.WriteLine("| edit | autoencoder | s of processor | of the first | text and encoding | a step | decoding and blending |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        double first = 0;
        foreach (bool tiny in (bool[])[false, true])
        {
            foreach ((string name, _, int steps, bool guided) in Rows)
            {
                // A step costs the same with either autoencoder.
                Parts frame = parts[(guided && !tiny, tiny)];
                double step = parts[(guided, false)].Step;
                double whole = frame.Before + (steps * step) + frame.After;
                first = first == 0 ? whole : first;
                Console.WriteLine($"| {name} | {(tiny ? "tiny" : "full")} | {whole:0.0} | {whole / first:0.000} | {frame.Before:0.0} | {step:0.0} | {frame.After:0.0} |");
            }
        }
    }

    private static Parts Time(InpaintPipeline pipeline, Picture picture, Mask mask, InpaintSettings settings)
    {
        Stamps stamps = new();
        pipeline.Fill(picture, mask, settings, stamps);
        return stamps.Parts(settings.Steps, Stamps.Now);
    }

    /// <summary>The processor seconds of a fill's parts.</summary>
    private sealed record Parts(double Before, double Step, double After);

    private sealed class Stamps : IProgress<InpaintProgress>
    {
        private readonly List<(InpaintStage Stage, int Step, double At)> seen = [];

        private readonly double begin = Now;

        public static double Now
        {
            get
            {
                using Process self = Process.GetCurrentProcess();
                return self.TotalProcessorTime.TotalSeconds;
            }
        }

        public void Report(InpaintProgress value) => seen.Add((value.Stage, value.Step, Now));

        // The first step is not timed, because it also computes the text's keys and values and creates the sampler.
        public Parts Parts(int steps, double end)
        {
            double firstDone = seen.First(one => one.Stage == InpaintStage.Denoising && one.Step == 1).At;
            double lastDone = seen.First(one => one.Stage == InpaintStage.Denoising && one.Step == steps).At;
            double step = (lastDone - firstDone) / (steps - 1);
            return new Parts(firstDone - step - begin, step, end - lastDone);
        }
    }
}
