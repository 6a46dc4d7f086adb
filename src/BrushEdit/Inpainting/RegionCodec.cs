using BrushEdit.Editing;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>Encodes regions of pictures to latents and decodes latents.</summary>
/// <param name="model">The networks.</param>
internal sealed class RegionCodec(IInpaintModel model)
{
    private const int LeastTile = 768;

    // Larger pictures go through the autoencoder in tiles; a picture that fits in one tile is not tiled, and one of the native size does fit.
    private readonly VaeTiling tiles = new(TileSize: Math.Max(LeastTile, model.NativeSide), Overlap: 128);

    private readonly NoiseSchedule schedule = new(model.Scheduler);
    private readonly LatentColors colors = new();

    /// <summary>Encodes pixels.</summary>
    /// <param name="vae">The autoencoder.</param>
    /// <param name="pixels">(1, 3, H, W) in [-1, 1], on any device.</param>
    /// <returns>Their posterior; the caller or the caller's scope owns it.</returns>
    public VaePosterior Encode(Autoencoder vae, torch.Tensor pixels)
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        VaePosterior posterior = vae.EncodeTiled(pixels.to(vae.WeightType(), vae.WeightDevice()), tiles);
        Finite.Require(posterior.Mean, "VAE", "when it encoded the picture", vae);
        colors.Learn(posterior.Mean.Times(vae.ScalingFactor), pixels);
        return posterior.MoveToOuterDisposeScope();
    }

    /// <summary>Decodes a latent.</summary>
    /// <param name="vae">The autoencoder.</param>
    /// <param name="latent">(1, C, h, w), scaled.</param>
    /// <returns>8-bit sRGB, interleaved, row-major.</returns>
    public byte[] Decode(Autoencoder vae, torch.Tensor latent)
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor scaled = latent.Over(vae.ScalingFactor).to(vae.WeightType(), vae.WeightDevice());
        torch.Tensor pixels = vae.DecodeTiled(scaled, tiles);
        Finite.Require(pixels, "VAE", "when it decoded the fill", vae);
        return PixelTensor.ToBytes(pixels);
    }

    /// <summary>Whether a preview costs next to nothing.</summary>
    /// <param name="settings">The settings of the fill.</param>
    public bool HasCheapPreviews(InpaintSettings settings) => model.HasPreviewVae || Sketches(settings);

    private bool Sketches(InpaintSettings settings) => settings.SketchPreviews && !model.HasPreviewVae;

    /// <summary>Decodes the clean latent that the network predicts at a step.</summary>
    /// <param name="step">The step that was just taken.</param>
    /// <param name="picture">The index of the picture among those that share the step, from 0.</param>
    /// <param name="settings">Determines whether an approximate preview suffices.</param>
    public InpaintPreview Preview(DenoisingStep step, int picture, InpaintSettings settings)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double alpha = schedule.AlphasCumprod[Math.Clamp((int)Math.Round(step.Timestep), 0, schedule.TrainTimesteps - 1)];
        torch.Tensor shown = step.Shown.narrow(0, picture, 1);
        torch.Tensor predicted = step.Predicted.narrow(0, picture, 1);
        torch.Tensor clean = schedule.Prediction == PredictionType.VPrediction
            ? shown.Times(Math.Sqrt(alpha)).Minus(predicted.Times(Math.Sqrt(1 - alpha)))
            : shown.Minus(predicted.Times(Math.Sqrt(1 - alpha))).Over(Math.Sqrt(alpha));
        byte[] rgb = Sketches(settings) ? colors.Draw(clean, model.Factor) : model.WithPreviewVae(vae => Decode(vae, clean));
        return new InpaintPreview(rgb, (int)clean.shape[3] * model.Factor, (int)clean.shape[2] * model.Factor);
    }
}
