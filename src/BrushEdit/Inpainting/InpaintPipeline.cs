using System.Security.Cryptography;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Networks;
using BrushEdit.Samplers;
using BrushEdit.Weights;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>
/// Fills the masked part of a picture with what a caption says: crop around the mask, caption to context, masked picture to
/// condition, noise to latent, latent to pixels, pixels into the picture.
/// </summary>
/// <param name="model">The networks.</param>
public sealed partial class InpaintPipeline(IInpaintModel model)
{
    // Larger pictures go through the autoencoder in tiles; what fits in one tile is not tiled at all.
    private static readonly VaeTiling Tiles = new(TileSize: 768, Overlap: 128);

    /// <summary>Fills a picture's mask, once for every sample asked for.</summary>
    /// <param name="picture">The picture; it is not changed.</param>
    /// <param name="mask">White = edit; of the picture's size, not empty.</param>
    /// <param name="settings">Everything else.</param>
    /// <param name="progress">Gets stage, step and previews, on the calling thread; null for none.</param>
    /// <param name="cancellation">Ends the work within one step.</param>
    /// <returns>The samples in the order of their seeds, with warnings.</returns>
    /// <exception cref="EditException">A setting is out of range, or the mask does not fit or is empty.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public InpaintOutcome Fill(
        Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default)
    {
        (settings, SamplerKind sampler, RegionPixels pixels) = Begin(picture, mask, settings);
        Report report = new(progress, settings);
        List<string> warnings = [];

        report.At(InpaintStage.Text, 0, 0);
        using torch.Tensor context = model.WithText((tokenizer, encoder) => TextContext.Encode(tokenizer, encoder, settings, warnings));
        cancellation.ThrowIfCancellationRequested();
        report.At(InpaintStage.Encoding, 0, 0);
        using ShownPicture shown = model.WithVae(vae => Encode(vae, pixels));
        List<EditSample> samples = [];
        for (int index = 0; index < settings.Samples; index++)
        {
            cancellation.ThrowIfCancellationRequested();
            long seed = settings.Seed!.Value + index;
            byte[] fill = FillRegion(shown, context, settings, sampler, seed, index, report, cancellation);
            report.At(InpaintStage.Blending, settings.Steps, index);
            samples.Add(new EditSample(RegionBlend.Blend(picture, mask, pixels, fill, settings, model.NativeSide), seed));
        }

        return new InpaintOutcome(settings, samples, pixels.Region, warnings);
    }

    /// <summary>Checks what is asked for and cuts out what goes through the networks; from here on the settings have a seed and a guidance.</summary>
    private (InpaintSettings Settings, SamplerKind Sampler, RegionPixels Pixels) Begin(Picture picture, Mask mask, InpaintSettings settings)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        mask.RequireSize(picture);
        Box bounds = mask.Bounds ?? throw new EditException(
            EditFault.BadMask, "The mask is empty: nothing is to be edited.", "White marks what is edited; draw some, or invert the mask.", mask);
        SamplerKind sampler = SamplerFactory.Parse(settings.Sampler);
        WorkRegion region = WorkRegion.Choose(
            picture.Width, picture.Height, bounds, model.NativeSide, model.Factor, settings.ContextMargin, settings.WholePicture);
        InpaintSettings whole = settings with
        {
            Seed = settings.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue),
            GuidanceScale = settings.GuidanceScale ?? model.GuidanceScale ?? InpaintSettings.UsualGuidanceScale,
            Feather = settings.Feather ?? Feather.Inside,
        };
        return (whole, sampler, RegionPixels.Cut(picture, mask, region, whole.Feather == Feather.Matte ? (byte)1 : Mask.Threshold));
    }

    private byte[] FillRegion(
        ShownPicture shown,
        torch.Tensor context,
        InpaintSettings settings,
        SamplerKind kind,
        long seed,
        int index,
        Report report,
        CancellationToken cancellation)
    {
        using SeededNoise noise = new(seed);
        using torch.Tensor condition = Condition(shown, noise);
        long[] shape = [1, condition.shape[1] - 1, condition.shape[2], condition.shape[3]];
        DenoisingRun run = new(
            context, condition, settings.GuidanceScale!.Value, settings.ConditioningScale, settings.ConditioningStart, settings.ConditioningEnd);
        using ISampler sampler = SamplerFactory.Create(model.Scheduler, settings.Steps, kind, settings.Karras ? true : null);
        NoiseSchedule schedule = new(model.Scheduler);
        using torch.Tensor latent = model.WithDenoiser(denoiser => denoiser.Run(
            run,
            sampler,
            () => noise.Draw(shape).to(denoiser.UNet.WeightDevice),
            step => report.AtStep(step, index, () => Preview(step, schedule)),
            cancellation));
        cancellation.ThrowIfCancellationRequested();
        report.At(InpaintStage.Decoding, settings.Steps, index);
        return model.WithVae(vae => Decode(vae, latent));
    }

    // Once for all samples: they differ by their noise alone.
    private static ShownPicture Encode(AutoencoderKL vae, RegionPixels pixels)
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor shown = HoleCondition.ShownPixels(pixels).to(vae.WeightType(), vae.WeightDevice());
        VaePosterior posterior = vae.EncodeTiled(shown, Tiles);
        Finite.Require(posterior.Mean, "VAE", "when it encoded the picture", vae);
        torch.Tensor keep = HoleCondition.Keep(pixels.Hole, pixels.Width, pixels.Height, posterior.Mean.shape[3], posterior.Mean.shape[2]);
        return new ShownPicture(posterior.MoveToOuterDisposeScope(), keep.MoveToOuterDisposeScope());
    }

    private torch.Tensor Condition(ShownPicture shown, SeededNoise noise)
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        return HoleCondition.Join(shown.Posterior, noise.Draw(shown.Posterior.Mean.shape), model.ScalingFactor, shown.Keep).MoveToOuterDisposeScope();
    }

    private byte[] Decode(AutoencoderKL vae, torch.Tensor latent)
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor scaled = latent.Over(model.ScalingFactor).to(vae.WeightType(), vae.WeightDevice());
        torch.Tensor pixels = vae.DecodeTiled(scaled, Tiles);
        Finite.Require(pixels, "VAE", "when it decoded the fill", vae);
        return PixelTensor.ToBytes(pixels);
    }

    /// <summary>Decodes the clean latent that the network's answer stands for at this step.</summary>
    private InpaintPreview Preview(DenoisingStep step, NoiseSchedule schedule)
    {
        double alpha = schedule.AlphasCumprod[Math.Clamp((int)Math.Round(step.Timestep), 0, schedule.TrainTimesteps - 1)];
        using torch.Tensor clean = schedule.Prediction == PredictionType.VPrediction
            ? step.Shown.Times(Math.Sqrt(alpha)).Minus(step.Predicted.Times(Math.Sqrt(1 - alpha)))
            : step.Shown.Minus(step.Predicted.Times(Math.Sqrt(1 - alpha))).Over(Math.Sqrt(alpha));
        byte[] rgb = model.WithVae(vae => Decode(vae, clean));
        return new InpaintPreview(rgb, (int)clean.shape[3] * model.Factor, (int)clean.shape[2] * model.Factor);
    }

    /// <summary>What the branch is shown, encoded: the posterior of the pixels, and the mask at latent size, 1 = keep.</summary>
    private sealed record ShownPicture(VaePosterior Posterior, torch.Tensor Keep) : IDisposable
    {
        public void Dispose()
        {
            Posterior.Dispose();
            Keep.Dispose();
        }
    }

    /// <summary>Tells the listener where the work is; a preview is made only at the steps asked for.</summary>
    private sealed class Report(IProgress<InpaintProgress>? progress, InpaintSettings settings)
    {
        public void At(InpaintStage stage, int step, int sample) =>
            progress?.Report(new InpaintProgress(stage, step, settings.Steps, sample, settings.Samples));

        public void AtStep(DenoisingStep step, int sample, Func<InpaintPreview> preview)
        {
            if (progress is null)
            {
                return;
            }

            bool look = settings.PreviewEvery > 0 && (step.Step + 1) % settings.PreviewEvery == 0;
            progress.Report(new InpaintProgress(
                InpaintStage.Denoising, step.Step + 1, step.Count, sample, settings.Samples, look ? preview() : null));
        }
    }
}

/// <summary>What a fill gave.</summary>
/// <param name="Settings">The settings, the seed among them.</param>
/// <param name="Samples">The filled pictures, in the order of their seeds.</param>
/// <param name="Region">The part of the picture that went through the networks.</param>
/// <param name="Warnings">What the user should know: a caption cut short, a mask too fine for the model.</param>
public sealed record InpaintOutcome(InpaintSettings Settings, IReadOnlyList<EditSample> Samples, WorkRegion Region, IReadOnlyList<string> Warnings);
