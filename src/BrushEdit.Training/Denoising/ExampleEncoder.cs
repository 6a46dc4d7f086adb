using BrushEdit.Generating;
using BrushEdit.Modeling;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace BrushEdit.Training;

/// <summary>Encodes examples as an engine's networks see them, by the same conventions as its fills.</summary>
/// <param name="vae">The frozen autoencoder.</param>
/// <param name="scalingFactor">The factor that its latents are multiplied by.</param>
/// <param name="engine">BrushNet, SDInpainting, ControlNetInpaint or InstructPix2Pix.</param>
internal sealed class ExampleEncoder(AutoencoderKL vae, double scalingFactor, EngineKind engine)
{
    /// <summary>
    /// Encodes examples. The condition is, for BrushNet, the scaled latent of what the branch is shown and the mask with 1 = keep,
    /// (B, C + 1, h, w); for SDInpainting the mask with 1 = hole and the scaled latent of the picture with a grey hole, (B, 1 + C, h, w); for
    /// ControlNetInpaint the picture's colours in [0, 1] with -1 in the hole, (B, 3, H, W); for InstructPix2Pix the mean of the unscaled latent
    /// of the picture before the edit, (B, C, h, w).
    /// </summary>
    /// <param name="source">Where the examples come from, which sets their size.</param>
    /// <param name="samples">The examples.</param>
    /// <param name="generator">Draws the encodings' noise; null for libtorch's own generator.</param>
    public LatentBatch Encode(ITrainingSource source, TrainingSample[] samples, torch.Generator? generator)
    {
        torch.Device device = vae.parameters().First().device;
        torch.Tensor pixels = TrainingBatch.Pixels(samples, source.Width, source.Height, device);
        torch.Tensor holes = TrainingBatch.Holes(samples, source.Width, source.Height, device);
        torch.Tensor Sampled(torch.Tensor mean, torch.Tensor logVariance) =>
            (mean + (logVariance.Times(0.5).exp() * torch.randn(mean.shape, device: device, generator: generator))).Times(scalingFactor);

        if (engine == EngineKind.ControlNetInpaint)
        {
            (torch.Tensor mean, torch.Tensor logVariance) = vae.Encode(pixels);
            torch.Tensor latent = Sampled(mean, logVariance);
            return Batch(latent, (pixels.Plus(1.0).Times(0.5) * holes.FromOne()) - holes);
        }

        (torch.Tensor means, torch.Tensor logVariances) = vae.Encode(torch.cat([pixels, Shown()], 0));
        torch.Tensor[] halves = Sampled(means, logVariances).chunk(2, 0);
        return engine switch
        {
            EngineKind.InstructPix2Pix => Batch(halves[0], means.chunk(2, 0)[1]),
            EngineKind.SDInpainting => Batch(halves[0], torch.cat([Keep(halves[0]).FromOne(), halves[1]], 1)),
            _ => Batch(halves[0], torch.cat([halves[1], Keep(halves[0])], 1)),
        };

        LatentBatch Batch(torch.Tensor latent, torch.Tensor condition) => new(latent, condition, Keep(latent), [.. samples.Select(sample => sample.Caption)]);

        torch.Tensor Keep(torch.Tensor latent) =>
            functional.interpolate(holes, size: [latent.shape[2], latent.shape[3]], mode: torch.InterpolationMode.Nearest).FromOne();

        // The hole is black for a BrushNet, mid-grey for an inpainting U-Net; a picture before the edit has none.
        torch.Tensor Shown()
        {
            torch.Tensor kept = pixels * holes.FromOne();
            torch.Tensor shown = engine == EngineKind.SDInpainting ? kept : kept - holes;
            for (int i = 0; i < samples.Length; i++)
            {
                if (samples[i].Shown is { } before && engine != EngineKind.SDInpainting)
                {
                    shown[i].copy_(TrainingBatch.Pixels([samples[i] with { Rgb = before }], source.Width, source.Height, device)[0]);
                }
            }

            return shown;
        }
    }
}
