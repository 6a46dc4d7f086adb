using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Synthesizing;
using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>
/// Measures what each skipping of passes saves and costs: every saving is compared with the full run, on the same scenes with the same seeds,
/// alternately within one process. The loss is measured against the full run's results, and on the bundle also against the ground truth.
/// </summary>
internal static class SavingsCommand
{
    private const int FullSide = 256;

    // A fill that equals another has no finite PSNR; it counts as this.
    private const double MostPsnr = 60;

    private static readonly (string Name, Func<InpaintSettings, InpaintSettings> Change)[] Rows =
    [
        ("all", settings => settings),
        ("-GuidanceEnd 0.5", settings => settings with { GuidanceEnd = 0.5 }),
        ("-GuidanceStart 0.2 -GuidanceEnd 0.8", settings => settings with { GuidanceStart = 0.2, GuidanceEnd = 0.8 }),
        ("-ConditioningEnd 0.8", settings => settings with { ConditioningEnd = 0.8 }),
        ("-ConditioningEnd 0.5", settings => settings with { ConditioningEnd = 0.5 }),
        ("-DeepCache 2", settings => settings with { DeepCache = 2 }),
        ("-DeepCache 3", settings => settings with { DeepCache = 3 }),
        ("-DeepCache 5", settings => settings with { DeepCache = 5 }),
        ("-SkipSteps 1", settings => settings with { SkipSteps = 1 }),
        ("-SkipSteps 2", settings => settings with { SkipSteps = 2 }),
        ("-GuidanceEnd 0.5 -DeepCache 2", settings => settings with { GuidanceEnd = 0.5, DeepCache = 2 }),
        ("-GuidanceEnd 0.5 -SkipSteps 1", settings => settings with { GuidanceEnd = 0.5, SkipSteps = 1 }),
        ("half the steps", settings => settings with { Steps = (settings.Steps + 1) / 2 }),
    ];

    /// <summary>Measures and prints.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        InpaintSettings settings = options.Settings();
        if (options.Has("full"))
        {
            using FullSizeModel full = new(ComputeDevice.Choose(options["device"]), FullSide);
            Measure(full, settings with { WholePicture = true }, [Full()], options, judges: false);
            return;
        }

        using ModelPool pool = new();
        InpaintModel model = options.Open(pool);
        int side = options.Count("size");
        List<Task> tasks = [];
        foreach (SceneSplit split in new[] { SceneSplit.HeldOutSeeds, SceneSplit.HeldOutPairs })
        {
            foreach (SceneEditForm form in options.Forms())
            {
                for (int i = 0; i < options.Count("count"); i++)
                {
                    ToyScene scene = ToyScene.Draw((ulong)i, new ToySceneOptions { Width = side, Height = side, MaxObjects = 3, Split = split });
                    tasks.Add(new Task(scene, scene.Edit(form, (ulong)i), i));
                }
            }
        }

        Measure(model, settings, tasks, options, judges: true);
        Samples(model, settings, tasks, options.Count("samples"));
    }

    private static Task Full()
    {
        ToyScene scene = ToyScene.Draw(1, new ToySceneOptions { Width = FullSide, Height = FullSide, Split = SceneSplit.HeldOutSeeds });
        return new Task(scene, scene.Edit(SceneEditForm.Add, 1), 1);
    }

    private static void Measure(IInpaintModel model, InpaintSettings settings, IReadOnlyList<Task> tasks, BenchOptions options, bool judges)
    {
        Console.WriteLine(
            $"{model.Name}, {model.NativeSide} x {model.NativeSide}, {model.Device}, {torch.get_num_threads()} threads; {settings.Sampler}, {settings.Steps} steps, "
            + $"guidance {settings.GuidanceScale ?? model.GuidanceScale ?? InpaintSettings.UsualGuidanceScale:0.##}, {tasks.Count} edits a row, every row of an edit in turn");
        Console.WriteLine();
        Console.WriteLine("| run | s of processor a fill | of all | U-Net rows, whole | outer | branch rows, whole | outer | PSNR to all, dB | least |" + (judges ? " right | hole PSNR, dB |" : string.Empty));
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|" + (judges ? "---|---|" : string.Empty));
        (string Name, Func<InpaintSettings, InpaintSettings> Change)[] rows = options["rows"].Length == 0 ? Rows : [.. Rows.Where((_, at) => at == 0 || options["rows"].Split(',').Contains($"{at}"))];
        Tally[] tallies = [.. rows.Select(_ => new Tally())];
        InpaintPipeline pipeline = new(model);

        // A short run first, so that nothing is loaded or compiled in the first row.
        pipeline.Fill(tasks[0].Picture, tasks[0].Mask, settings with { Caption = tasks[0].Edit.CaptionAfter, Seed = 0, Steps = Math.Min(settings.Steps, 2) });
        foreach (Task task in tasks)
        {
            byte[]? all = null;
            foreach (((string _, Func<InpaintSettings, InpaintSettings> change), Tally tally) in rows.Zip(tallies))
            {
                long[] before = Passes(model);
                TimeSpan start = Environment.CpuUsage.TotalTime;
                byte[] result = pipeline.Fill(task.Picture, task.Mask, change(settings) with { Caption = task.Edit.CaptionAfter, Seed = task.Seed }).Samples[0].Picture.ToRgb();
                TimeSpan taken = Environment.CpuUsage.TotalTime - start;
                all ??= result;
                tally.Add(taken, Passes(model).Zip(before, (now, then) => now - then), task.InHole(all), task.InHole(result), judges ? SceneTruth.Judge(task.Scene, task.Edit, result) : null);
            }
        }

        foreach (((string name, _), Tally tally) in rows.Zip(tallies))
        {
            Console.WriteLine($"| {name} | {tally.Text(tallies[0], judges)} |");
        }
    }

    /// <summary>Compares samples of one picture made one by one with all of them in one batch.</summary>
    private static void Samples(IInpaintModel model, InpaintSettings settings, IReadOnlyList<Task> tasks, int count)
    {
        Task task = tasks[0];
        InpaintSettings several = settings with { Caption = task.Edit.CaptionAfter, Seed = 1, Samples = count };
        InpaintOutcome Fill(int together) => new InpaintPipeline(model) { SamplesTogether = together }.Fill(task.Picture, task.Mask, several);
        InpaintOutcome alone = Fill(1), shared = Fill(count);
        int most = alone.Samples.Zip(shared.Samples, (one, other) => one.Picture.ToRgb().Zip(other.Picture.ToRgb(), (a, b) => Math.Abs(a - b)).Max()).Max();
        int differing = alone.Samples.Zip(shared.Samples, (one, other) => one.Picture.ToRgb().Zip(other.Picture.ToRgb()).Count(pair => pair.First != pair.Second)).Sum();
        (PairedTiming clock, PairedTiming processor) = PairedTiming.Measure(() => Fill(1), () => Fill(count), 5);
        Console.WriteLine();
        Console.WriteLine(
            $"{count} samples one by one: {processor.First:0.00} s of processor ({clock.First:0.00} by the clock); in one batch: {processor.Second:0.00} ({clock.Second:0.00}), ratio {processor.Ratio:0.00} ({clock.Ratio:0.00}); "
            + $"largest difference {most} of 255, {differing} values differ");
    }

    private static long[] Passes(IInpaintModel model) => model.WithDenoiser(denoiser => new[]
    {
        denoiser.UNet.Passes.WholeRows, denoiser.UNet.Passes.OuterRows, denoiser.BrushNet.Passes.WholeRows, denoiser.BrushNet.Passes.OuterRows,
    });

    private sealed record Task(ToyScene Scene, SceneEdit Edit, int Seed)
    {
        public Picture Picture { get; } = Picture.FromRgb(Scene.Rgb, Scene.Width, Scene.Height);

        public Mask Mask { get; } = Mask.FromValues(Edit.Mask, Scene.Width, Scene.Height);

        public byte[] InHole(byte[] rgb) => [.. rgb.Where((_, at) => Edit.Mask[at / 3] != 0)];
    }

    private sealed class Tally
    {
        private readonly List<double> seconds = [];
        private readonly List<double> psnrs = [];
        private readonly List<SceneVerdict> verdicts = [];
        private readonly long[] passes = new long[4];

        public void Add(TimeSpan taken, IEnumerable<long> run, byte[] all, byte[] result, SceneVerdict? verdict)
        {
            seconds.Add(taken.TotalSeconds);
            psnrs.Add(Math.Min(MostPsnr, ImageMetrics.Psnr(all, result)));
            foreach ((long count, int at) in run.Select((count, at) => (count, at)))
            {
                passes[at] += count;
            }

            if (verdict is not null)
            {
                verdicts.Add(verdict);
            }
        }

        public string Text(Tally all, bool judges)
        {
            double[] ratios = [.. seconds.Zip(all.seconds, (own, whole) => own / whole).Order()];
            string price = ReferenceEquals(all, this) ? "- | -" : $"{psnrs.Average():0.0} | {psnrs.Min():0.0}";
            string counts = string.Join(" | ", passes.Select(count => $"{(double)count / seconds.Count:0.#}"));
            string judged = judges ? $" | {(double)verdicts.Count(verdict => verdict.Success) / verdicts.Count:p0} | {verdicts.Average(verdict => Math.Min(MostPsnr, verdict.HolePsnr)):0.0}" : string.Empty;
            return $"{seconds.Average():0.00} | {ratios[ratios.Length / 2]:0.00} | {counts} | {price}{judged}";
        }
    }
}
