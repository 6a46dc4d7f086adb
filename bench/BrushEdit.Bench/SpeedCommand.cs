using System.Diagnostics;
using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Synthesizing;
using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>
/// Measures the cost of a whole edit and the effect of each exact saving: the same run with and without it, alternately. If the two runs of a
/// comparison do not give the same latent, the command fails.
/// </summary>
internal static class SpeedCommand
{
    private const int FullSideOnCpu = 256;
    private const int FullSideOnGpu = 512;

    /// <summary>Measures and prints.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        InpaintSettings settings = options.Settings() with { Seed = 1 };
        if (!options.Has("full"))
        {
            using ModelPool pool = new();
            Measure(options.Open(pool), settings, options.Count("repeats"));
            return;
        }

        ComputeDevice device = options.Device;
        using FullSizeModel full = new(device, device.Device.type == DeviceType.CPU ? FullSideOnCpu : FullSideOnGpu);
        Measure(full, settings, options.Count("repeats"));
    }

    private static void Measure(IInpaintModel model, InpaintSettings settings, int repeats)
    {
        Console.WriteLine(
            $"{model.Name}, {model.NativeSide} x {model.NativeSide}, {model.Device}, {torch.get_num_threads()} threads; {settings.Sampler}, {settings.Steps} steps, "
            + $"guidance {Guidance(settings):0.##}; medians of {repeats}");
        Console.WriteLine();
        WholeEdit(model, settings, repeats);

        using TextConditioning texts = Encode(model, settings.NegativePrompt, "a red ball on grass by day");
        using TextConditioning caption = texts.Rows(1, 1);
        long side = model.NativeSide / model.Factor;
        using torch.Generator generator = new(2);
        using torch.Tensor condition = torch.randn([1, 5, side, side], generator: generator);
        DenoisingRun guided = new(texts, condition, Guidance(settings), settings.ConditioningScale);
        DenoisingRun halfOff = guided with { ConditioningEnd = 0.5 };
        DenoisingRun twoHalves = guided with { GuidanceScale = 1 };
        const Savings all = Savings.BranchOnce | Savings.BranchOff | Savings.TextOnce;
        Console.WriteLine("| saving | ms a step with | without | ratio | processor ms a step with | without | ratio |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        Comparison comparison = new(model, settings, repeats);
        comparison.Print("branch once for both halves", guided, guided, all & ~Savings.BranchOnce);
        comparison.Print("branch not run where its scale is 0 (second half of the steps)", halfOff, halfOff, all & ~Savings.BranchOff);
        comparison.Print("text keys and values once an edit", guided, guided, all & ~Savings.TextOnce);
        comparison.Print("no second half at guidance 1", twoHalves with { Text = caption }, twoHalves, all);
        comparison.Print("all that apply to a guided edit", guided, guided, Savings.None);
    }

    private static TextConditioning Encode(IInpaintModel model, string? negative, string caption) => model.WithText(encoders =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] ids = [.. encoders.All.Select(one =>
        {
            Tokenizing.ClipTokens without = one.Tokenizer.Encode(negative ?? string.Empty);
            return torch.tensor([.. without.Ids, .. one.Tokenizer.Encode(caption).Ids], [2, without.Ids.Count]);
        })];
        return encoders.Encode(ids).WithSizes(PictureSizes.Whole(model.NativeSide, model.NativeSide)).MoveToOuterDisposeScope();
    });

    /// <summary>Times an edit and its networks alone: the difference is the time spent outside the networks.</summary>
    private static void WholeEdit(IInpaintModel model, InpaintSettings settings, int repeats)
    {
        ToyScene scene = ToyScene.Draw(1, new ToySceneOptions { Width = model.NativeSide, Height = model.NativeSide, Split = SceneSplit.HeldOutSeeds });
        SceneEdit edit = scene.Edit(SceneEditForm.Add, 1);
        Picture picture = Picture.FromRgb(scene.Rgb, scene.Width, scene.Height);
        Mask mask = Mask.FromValues(edit.Mask, scene.Width, scene.Height);
        settings = settings with { Caption = edit.CaptionAfter };
        InpaintPipeline pipeline = new(model);
        void Whole() => pipeline.Fill(picture, mask, settings);
        void Alone() => NetworksAlone(model, settings);
        Whole();
        Alone();
        (PairedTiming clock, PairedTiming processor) = PairedTiming.Measure(Whole, Alone, repeats);
        bool cpu = model.Device.Device.type == DeviceType.CPU;
        Console.WriteLine($"whole edit: {clock.First:0.00} s{(cpu ? $", {processor.First:0.00} s of processor time" : "")}");
        Console.WriteLine($"outside the networks: {1 - clock.Ratio:p1}{(cpu ? $", {1 - processor.Ratio:p1} of processor time" : "")}");
        Console.WriteLine($"peak memory of the process: {Peak():0} MiB");
        Console.WriteLine();
    }

    /// <summary>Calls an edit's networks with the same shapes and nothing in between.</summary>
    private static void NetworksAlone(IInpaintModel model, InpaintSettings settings)
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        TextConditioning context = Encode(model, settings.NegativePrompt, settings.Caption);
        torch.ScalarType type = model.Device.Type;
        torch.Device device = model.Device.Device;
        torch.Tensor mean = model.WithVae(vae => vae.Encode(torch.zeros(1, 3, model.NativeSide, model.NativeSide, type, device)).Mean);
        torch.Tensor condition = torch.cat([mean, mean.narrow(1, 0, 1)], 1);
        torch.Tensor time = torch.tensor(500f, device: device);
        TextConditioning texts = (Guidance(settings) > 1 ? context : context.Rows(1, 1)).To(type, device);
        model.WithDenoiser(denoiser =>
        {
            using TextKeyValues text = denoiser.UNet.TextKeysAndValues(texts);
            torch.Tensor Halves(torch.Tensor one) => denoiser.BrushNet.TakesText ? one.expand(texts.Batch, -1, -1, -1) : one;
            for (int step = 0; step < settings.Steps; step++)
            {
                using DisposeScope stepScope = torch.NewDisposeScope();
                BrushNetResiduals? residuals = settings.ConditioningScale == 0
                    ? null
                    : denoiser.BrushNet.forward(Halves(mean), time, Halves(condition), settings.ConditioningScale, text: texts);
                denoiser.UNet.forward(mean.expand(text.Batch, -1, -1, -1), time, text, residuals);
            }

            return true;
        });
        model.WithVae(vae => vae.Decode(mean));
    }

    // The effect of a saving is measured at the usual guidance scale, whatever the model's default.
    private static double Guidance(InpaintSettings settings) => settings.GuidanceScale ?? InpaintSettings.UsualGuidanceScale;

    /// <summary>The peak resident memory of this process so far, in MiB.</summary>
    private static double Peak()
    {
        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64 / 1048576.0;
    }

    /// <summary>Compares runs with and without savings on the same model.</summary>
    private sealed class Comparison(IInpaintModel model, InpaintSettings settings, int repeats)
    {
        public void Print(string name, DenoisingRun with, DenoisingRun without, Savings kept) => model.WithDenoiser(denoiser =>
        {
            PlainDenoiser plain = new(denoiser.UNet, denoiser.BrushNet, kept);
            torch.Tensor Saving() => Fresh((sampler, noise) => denoiser.Run(with, sampler, noise, null, default));
            torch.Tensor Plain() => Fresh((sampler, noise) => plain.Run(without, sampler, noise));
            RequireSame(name, Saving, Plain);
            (PairedTiming clock, PairedTiming processor) = PairedTiming.Measure(() => Saving().Dispose(), () => Plain().Dispose(), repeats);
            bool cpu = model.Device.Device.type == DeviceType.CPU;
            Console.WriteLine($"| {name} | {Cells(clock)} | {(cpu ? Cells(processor) : "- | - | -")} |");
            return true;
        });

        private string Cells(PairedTiming timing)
        {
            double milliseconds = 1000.0 / settings.Steps;
            return $"{timing.First * milliseconds:0.0} | {timing.Second * milliseconds:0.0} | {timing.Ratio:0.00}";
        }

        private torch.Tensor Fresh(Func<ISampler, Func<torch.Tensor>, torch.Tensor> run)
        {
            using ISampler sampler = SamplerFactory.Create(model.Scheduler, settings.Steps, SamplerFactory.Parse(settings.Sampler));
            using torch.Generator generator = new(1);
            long side = model.NativeSide / model.Factor;
            return run(sampler, () => torch.randn([1, 4, side, side], generator: generator).to(model.Device.Device));
        }

        private void RequireSame(string name, Func<torch.Tensor> one, Func<torch.Tensor> other)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor a = one(), b = other();
            double difference = ((a - b).abs().max() / a.abs().max()).item<float>();
            double allowed = model.Device.Type == torch.ScalarType.Float32 ? 1e-3 : 5e-2;
            if (!(difference <= allowed))
            {
                throw new InvalidOperationException($"'{name}': with and without differ by {difference:g2} of the largest value; the comparison is invalid.");
            }
        }
    }
}
