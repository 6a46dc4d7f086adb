using BrushEdit.Editing;
using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Generating;

/// <summary>The inputs of one run from noise to a clean latent, without a BrushNet.</summary>
/// <param name="Text">The encoded texts: one row for the caption alone, or two, the negative prompt first.</param>
/// <param name="Noise">Unit normals (1, C, h, w): the start.</param>
internal sealed record LatentRun(TextConditioning Text, torch.Tensor Noise)
{
    /// <summary>The picture's scaled latent (1, C, h, w), if the run starts from it or restores kept parts; null if it does neither.</summary>
    public torch.Tensor? Clean { get; init; }

    /// <summary>Whether the run starts from <see cref="Clean"/> with noise added, not from noise alone.</summary>
    public bool FromPicture { get; init; }

    /// <summary>The first step.</summary>
    public int FirstStep { get; init; }

    /// <summary>The hole (1, 1, h, w), 1 = hole, if kept parts are restored after each step; null if they are not.</summary>
    public torch.Tensor? Hole { get; init; }

    /// <summary>Whether restored parts have new noise at each step (Blended Latent Diffusion) and not the initial noise (diffusers).</summary>
    public bool FreshNoise { get; init; }

    /// <summary>The hole (1, 1, h, w), 1 = hole, whose positions do not attend to one another, and how far; null if they do.</summary>
    public (torch.Tensor Hole, EraseMode Mode)? Erased { get; init; }

    /// <summary>Input channels of the U-Net besides the latent (1, c, h, w), which the sampler does not scale; null for none.</summary>
    public torch.Tensor? Channels { get; init; }

    /// <summary>Classifier-free guidance; effective only with two texts.</summary>
    public double Guidance { get; init; } = 7.5;

    /// <summary>The guidance by the picture in <see cref="Channels"/>, with a third prediction that sees neither text nor picture; null for none.</summary>
    public double? ImageGuidance { get; init; }

    /// <summary>The computations that are skipped for speed.</summary>
    public StepSavings Savings { get; init; } = StepSavings.None;

    /// <summary>A ControlNet and its condition; null for none.</summary>
    public ControlSteering? Control { get; init; }
}

/// <summary>A ControlNet in a run.</summary>
/// <param name="Network">The network.</param>
/// <param name="Condition">Its condition, in pixels: (1, 3, H, W).</param>
/// <param name="Scale">How strongly it steers.</param>
/// <param name="Start">The fraction of the steps at which it starts to steer.</param>
/// <param name="End">The fraction of the steps at which it stops steering.</param>
internal sealed record ControlSteering(ControlNetModel Network, torch.Tensor Condition, double Scale = 1, double Start = 0, double End = 1)
{
    /// <summary>Its scale at a step of a run, 0 outside its interval.</summary>
    public double ScaleAt(int step, int count) => (double)step / count < Start || (step + 1.0) / count > End ? 0 : Scale;
}

/// <summary>Runs a U-Net from noise to a clean latent.</summary>
/// <param name="unet">The U-Net.</param>
internal sealed class LatentDenoiser(UNet2DConditionModel unet)
{
    /// <summary>Runs the U-Net.</summary>
    /// <param name="run">The inputs of the run.</param>
    /// <param name="sampler">A fresh sampler.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="draw">Draws unit normals of the latent's shape, in single precision.</param>
    /// <param name="onStep">Called after every step, on the same thread; null for none.</param>
    /// <param name="cancellation">Stops the run within one step.</param>
    /// <returns>The clean latent (1, C, h, w) in single precision; the caller owns it.</returns>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public torch.Tensor Run(LatentRun run, ISampler sampler, NoiseSchedule schedule, Func<torch.Tensor> draw, Action<DenoisingStep>? onStep, CancellationToken cancellation)
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        TextConditioning texts = Texts(run).To(unet.WeightType, unet.WeightDevice);
        run = OnDevice(run);
        torch.Tensor latent = Start(run, sampler, schedule);
        int count = sampler.Timesteps.Count;
        using LatentPass pass = new(unet, run, texts, sampler.Timesteps, schedule);
        if (run.FirstStep > 0)
        {
            sampler.Begin(run.FirstStep);
        }

        for (int step = run.FirstStep; step < count; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope stepScope = torch.NewDisposeScope();
            torch.Tensor shown = sampler.Scale(latent, step);
            torch.Tensor predicted = pass.Predict(shown, step);
            torch.Tensor next = sampler.Step(predicted, step, latent, () => HostValues.Send(draw(), unet.WeightDevice));
            next = run.Hole is null ? next : PutBack(run, sampler, schedule, next, step + 1, draw);
            onStep?.Invoke(new DenoisingStep(step - run.FirstStep, count - run.FirstStep, sampler.Timesteps[step], next, shown, predicted));
            latent.Dispose();
            latent = next.MoveToOuterDisposeScope();
        }

        return latent.MoveToOuterDisposeScope();
    }

    /// <summary>The U-Net's input: a row for each text, the noisy channels first.</summary>
    internal static torch.Tensor Input(LatentRun run, torch.Tensor shown) => Input(run, shown, Rows(run));

    /// <summary>The U-Net's input: one row, or a row for each text, the noisy channels first.</summary>
    internal static torch.Tensor Input(LatentRun run, torch.Tensor shown, long rows)
    {
        torch.Tensor noisy = shown.repeat(rows, 1, 1, 1); // (rows, C, h, w)
        if (run.Channels is null)
        {
            return noisy;
        }

        torch.Tensor seen = run.Channels.repeat(rows, 1, 1, 1);
        if (rows == 3)
        {
            seen = torch.cat([run.Channels.zeros_like(), run.Channels, run.Channels], 0);
        }

        return torch.cat([noisy, seen], 1);
    }

    // Without the caption, then with it; with guidance by a picture first without either.
    internal static long Rows(LatentRun run) => run.Text.Batch == 1 ? 1 : run.ImageGuidance is null ? 2 : 3;

    private static TextConditioning Texts(LatentRun run) =>
        Rows(run) == 3 ? run.Text with { Context = torch.cat([run.Text.Context.narrow(0, 0, 1), run.Text.Context], 0) } : run.Text;

    private LatentRun OnDevice(LatentRun run) => run with
    {
        Noise = run.Noise.to(unet.WeightDevice),
        Clean = run.Clean?.to(torch.ScalarType.Float32, unet.WeightDevice),
        Hole = run.Hole?.to(torch.ScalarType.Float32, unet.WeightDevice),
        Channels = run.Channels?.to(unet.WeightType, unet.WeightDevice),
        Control = run.Control is { } control ? control with { Condition = control.Condition.to(control.Network.WeightType, control.Network.WeightDevice) } : null,
    };

    private static torch.Tensor Start(LatentRun run, ISampler sampler, NoiseSchedule schedule) =>
        run.FromPicture ? StartingLatent.At(sampler, schedule, run.Clean!, run.Noise, run.FirstStep) : run.Noise.Times(sampler.InitialNoiseSigma);

    private static torch.Tensor PutBack(LatentRun run, ISampler sampler, NoiseSchedule schedule, torch.Tensor next, int step, Func<torch.Tensor> draw)
    {
        torch.Tensor noise = run.FreshNoise && step < sampler.Timesteps.Count ? HostValues.Send(draw(), next.device) : run.Noise;
        torch.Tensor kept = StartingLatent.At(sampler, schedule, run.Clean!, noise, step);
        return torch.lerp(kept, next, run.Hole!.expand_as(next));
    }
}
