using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Generating;

/// <summary>
/// The engines that denoise one latent from noise, or from the picture, under one caption: SDInpainting, ControlNetInpaint, BlendedLatent,
/// SDEdit and InstructPix2Pix. They differ in the U-Net's input and in the restored parts.
/// </summary>
/// <param name="kind">The engine.</param>
/// <param name="model">The base model.</param>
/// <param name="control">The ControlNet, if the engine uses one; else null.</param>
internal sealed class LatentEngine(EngineKind kind, InpaintModel model, ControlNetSource? control) : IEditEngine
{
    /// <inheritdoc/>
    public EngineTraits Traits { get; } = EngineTraits.Of(kind);

    /// <inheritdoc/>
    public string Name => control is null ? $"{kind}: {model.Name}" : $"{kind}: {model.Name} + {control.Name}";

    /// <inheritdoc/>
    public int NativeSide => model.NativeSide;

    /// <inheritdoc/>
    public int Factor => model.Factor;

    /// <inheritdoc/>
    public InpaintOutcome Fill(
        Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        FillFrame frame = FillFrame.Begin(Traits, model, new FillRequest(picture, mask, settings, progress));
        using TextConditioning text = frame.Texts(Words(frame.Settings))[0];
        cancellation.ThrowIfCancellationRequested();
        frame.Job.Report(InpaintStage.Encoding, 0, 0);
        bool fromPicture = kind == EngineKind.SDEdit || frame.Settings.Strength < 1;
        using EncodedRegion region = model.WithVae(vae => EncodedRegion.Of(kind, pixels => frame.Codec.Encode(vae, pixels), vae.ScaleFactor, frame.Job.Pixels, fromPicture));
        List<EditSample> samples = [];
        for (int index = 0; index < frame.Settings.Samples; index++)
        {
            cancellation.ThrowIfCancellationRequested();
            using torch.Tensor latent = Denoise(frame, region, text, fromPicture, index, cancellation);
            cancellation.ThrowIfCancellationRequested();
            samples.Add(frame.Finish(latent, index));
        }

        return frame.Outcome(samples);
    }

    // For edits by instruction, the text is the instruction, or the caption if no instruction is given.
    private InpaintSettings Words(InpaintSettings settings) =>
        kind == EngineKind.InstructPix2Pix && !string.IsNullOrWhiteSpace(settings.Instruction) ? settings with { Caption = settings.Instruction } : settings;

    private torch.Tensor Denoise(FillFrame frame, EncodedRegion region, TextConditioning text, bool fromPicture, int index, CancellationToken cancellation)
    {
        InpaintSettings settings = frame.Settings;
        using SeededNoise noise = new(settings.Seed!.Value + index);
        using DisposeScope scope = torch.NewDisposeScope();
        long[] shape = [1, model.UNet.OutChannels, region.Hole.shape[2], region.Hole.shape[3]];
        using ISampler sampler = SamplerFactory.Create(
            model.Scheduler with { Timesteps = settings.Timesteps, Sigmas = settings.Sigmas }, settings.Steps, frame.Job.Sampler, settings.Karras ? true : null, settings.Eta);
        NoiseSchedule schedule = new(model.Scheduler);
        torch.Tensor Draw() => noise.Draw(shape);
        LatentRun run = region.Run(kind, text, Draw, model.ScalingFactor) with
        {
            FromPicture = fromPicture,
            FirstStep = StartingLatent.FirstStep(sampler, settings.Steps, settings.Strength ?? 1),
            Guidance = settings.GuidanceScale!.Value,
            Erased = settings.Erase is { } mode ? (region.Hole, mode) : null,
            ImageGuidance = settings.ImageGuidanceScale,
            Savings = StepSavings.Of(settings),
        };
        torch.Tensor latent = model.WithUNet(unet => control is null
            ? new LatentDenoiser(unet).Run(run, sampler, schedule, Draw, frame.OnStep(index), cancellation)
            : control.With(network => new LatentDenoiser(unet).Run(
                run with { Control = new ControlSteering(network, region.Marked!, settings.ConditioningScale, settings.ConditioningStart, settings.ConditioningEnd) },
                sampler,
                schedule,
                Draw,
                frame.OnStep(index),
                cancellation)));
        return latent.MoveToOuterDisposeScope();
    }
}
