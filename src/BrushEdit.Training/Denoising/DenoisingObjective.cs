using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Tokenizing;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>The objective of a denoiser: to predict the noise schedule's target from a noisy latent.</summary>
internal static class DenoisingObjective
{
    // For the logit-normal distribution of timesteps, as a share of the schedule: its middle is at 0.55.
    private const double MiddleMean = 0.2;
    private const double MiddleDeviation = 0.8;

    /// <summary>The loss of a batch.</summary>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="batch">The examples.</param>
    /// <param name="options">The distribution of timesteps and the weights.</param>
    /// <param name="random">Determines timesteps and noise.</param>
    /// <param name="predict">Predicts the target, (B, C, h, w), from noisy latents of that shape and their timesteps, (B).</param>
    /// <returns>A scalar.</returns>
    public static torch.Tensor Loss(
        NoiseSchedule schedule, LatentBatch batch, InpaintTrainingOptions options, Random random, Func<torch.Tensor, torch.Tensor, torch.Tensor> predict)
    {
        torch.Tensor latent = batch.Latent;
        torch.Device device = latent.device;
        int count = batch.Captions.Length;
        using torch.Generator generator = new((ulong)random.Next(), device);
        torch.Tensor isPure = torch.rand(count, device: device, generator: generator).lt(Scalars.Of(options.PureNoiseShare));
        torch.Tensor last = torch.full_like(isPure, schedule.TrainTimesteps - 1, torch.ScalarType.Int64);
        torch.Tensor timestep = torch.where(isPure, last, Timesteps(schedule, count, options, device, generator));
        torch.Tensor noise = torch.randn(latent.shape, device: device, generator: generator);
        torch.Tensor noisy = torch.where(isPure.view(-1, 1, 1, 1), noise, schedule.AddNoise(latent, noise, timestep));
        torch.Tensor error = predict(noisy, timestep).Minus(schedule.Target(latent, noise, timestep)).square();
        if (options.HoleWeight != 1)
        {
            torch.Tensor weight = batch.Keep.FromOne().Times(options.HoleWeight - 1).Plus(1.0);
            error = error * (weight / weight.mean());
        }

        torch.Tensor perSample = error.mean([1, 2, 3]);
        return (options.SnrGamma > 0 ? perSample * BranchObjective.SnrWeights(schedule, timestep, options.SnrGamma) : perSample).mean();
    }

    /// <summary>The captions, of which some are left empty.</summary>
    /// <param name="captions">All captions.</param>
    /// <param name="options">The share that is left empty.</param>
    /// <param name="random">Determines which.</param>
    public static string[] DropOut(string[] captions, InpaintTrainingOptions options, Random random) =>
        [.. captions.Select(caption => random.NextDouble() < options.CaptionDropout ? string.Empty : caption)];

    /// <summary>Encodes texts.</summary>
    /// <param name="encoder">The text encoder.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="device">Where the encoder runs.</param>
    /// <returns>(B, L, D).</returns>
    public static torch.Tensor Context(ClipTextModel encoder, ClipTokenizer tokenizer, string[] texts, torch.Device device)
    {
        long[] ids = [.. texts.SelectMany(text => tokenizer.Encode(text).Ids)];
        return encoder.forward(torch.tensor(ids, [texts.Length, ids.Length / texts.Length], device: device)).LastHiddenState;
    }

    private static torch.Tensor Timesteps(NoiseSchedule schedule, int count, InpaintTrainingOptions options, torch.Device device, torch.Generator generator)
    {
        torch.Tensor even = torch.rand(count, device: device, generator: generator);
        torch.Tensor middle = torch.randn(count, device: device, generator: generator).Times(MiddleDeviation).Plus(MiddleMean).sigmoid();
        torch.Tensor place = torch.where(torch.rand(count, device: device, generator: generator).lt(Scalars.Of(options.MiddleShare)), middle, even);
        return place.Times((double)schedule.TrainTimesteps).to(torch.ScalarType.Int64).clamp(Scalars.Of(0.0), Scalars.Of(schedule.TrainTimesteps - 1.0));
    }
}
