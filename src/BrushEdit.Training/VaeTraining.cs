using BrushEdit.Modeling;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace BrushEdit.Training;

/// <summary>
/// Trains a variational autoencoder from scratch: absolute and squared error of pixels, absolute error of their gradients, and a slight pull
/// of the posterior towards the unit normal (Kingma and Welling, arXiv 1312.6114; the weight is that of latent diffusion, arXiv 2112.10752).
/// </summary>
public static class VaeTraining
{
    private const double DivergenceWeight = 1e-5;
    private const double GradientWeight = 0.5;

    // Objects are a small part of a scene, but the part that edits change: their pixels have this weight.
    private const double ObjectWeight = 4;

    /// <summary>Trains in place; continues from the folder's checkpoint if one exists.</summary>
    /// <param name="vae">The network.</param>
    /// <param name="source">The pictures; holes and captions are not used, but half of the pictures are shown with their hole black.</param>
    /// <param name="options">Steps, batch size, learning rate.</param>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="cancellation">Ends the run after the current step, with a checkpoint.</param>
    public static void Train(
        AutoencoderKL vae,
        ITrainingSource source,
        TrainingOptions options,
        string checkpoint,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(vae);
        ArgumentNullException.ThrowIfNull(options);
        torch.Device device = vae.parameters().First().device;
        TrainingLoop.Train(
            "vae",
            new Dictionary<string, Module> { ["vae"] = vae },
            options,
            (step, _) =>
            {
                TrainingSample[] samples = TrainingBatch.Draw(source, (long)step * options.BatchSize, options.BatchSize);
                (torch.Tensor pixels, torch.Tensor weight) = MaskHalf(samples, source, device);
                return Loss(vae, pixels, weight);
            },
            checkpoint,
            progress,
            cancellation);
    }

    /// <summary>The scaling factor that gives latents unit standard deviation, as in latent diffusion.</summary>
    /// <param name="vae">A trained network.</param>
    /// <param name="source">Pictures to measure on.</param>
    /// <param name="count">The number of pictures.</param>
    public static double MeasureScalingFactor(AutoencoderKL vae, ITrainingSource source, int count = 256)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.no_grad();
        torch.Device device = vae.parameters().First().device;
        TrainingSample[] samples = TrainingBatch.Draw(source, 0, count);
        (torch.Tensor mean, _) = vae.Encode(TrainingBatch.Pixels(samples, source.Width, source.Height, device));
        return 1 / mean.std().item<float>();
    }

    private static (torch.Tensor Pixels, torch.Tensor Weight) MaskHalf(TrainingSample[] samples, ITrainingSource source, torch.Device device)
    {
        // The network must also encode pictures with a black hole, as BrushNet's condition is one.
        torch.Tensor pixels = TrainingBatch.Pixels(samples, source.Width, source.Height, device);
        torch.Tensor holes = TrainingBatch.Holes(samples, source.Width, source.Height, device);
        torch.Tensor shown = torch.arange(samples.Length, device: device).remainder(2).view(-1, 1, 1, 1);
        torch.Tensor hidden = holes * shown;
        torch.Tensor weight = 1 + (holes * (1 - shown) * (ObjectWeight - 1));
        return ((pixels * (1 - hidden)) - hidden, weight / weight.mean());
    }

    private static torch.Tensor Loss(AutoencoderKL vae, torch.Tensor pixels, torch.Tensor weight)
    {
        (torch.Tensor mean, torch.Tensor logVariance) = vae.Encode(pixels);
        torch.Tensor deviation = (logVariance * 0.5).exp();
        torch.Tensor latent = mean + (deviation * torch.randn_like(mean));
        torch.Tensor error = (vae.Decode(latent) - pixels) * weight;
        torch.Tensor across = error.narrow(3, 1, error.shape[3] - 1) - error.narrow(3, 0, error.shape[3] - 1);
        torch.Tensor down = error.narrow(2, 1, error.shape[2] - 1) - error.narrow(2, 0, error.shape[2] - 1);
        torch.Tensor divergence = 0.5 * (mean.square() + logVariance.exp() - 1 - logVariance).mean();
        return error.abs().mean() + (0.5 * error.square().mean())
            + (GradientWeight * (across.abs().mean() + down.abs().mean()))
            + (DivergenceWeight * divergence);
    }
}
