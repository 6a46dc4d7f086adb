using BrushEdit.Modeling;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace BrushEdit.Training;

/// <summary>
/// Turns examples into a batch: latents, masks, texts, noise and timesteps. All random values come from one seed and are drawn on the
/// CPU, in the same order, so that a step can be repeated exactly.
/// </summary>
/// <param name="model">The frozen base.</param>
/// <param name="captionDropout">The share of captions left empty, for classifier-free guidance.</param>
/// <param name="noiseOffset">The standard deviation of a random offset added to each channel of the noise; 0 for none.</param>
/// <param name="cache">Latents on disk; null for none.</param>
internal sealed class BranchEncoder(TrainingBase model, double captionDropout, double noiseOffset, LatentCache? cache)
{
    /// <summary>Makes a batch.</summary>
    /// <param name="samples">The examples.</param>
    /// <param name="seed">The seed of all random values.</param>
    public BranchBatch Encode(IReadOnlyList<BranchSample> samples, int seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        using Generator generator = new((ulong)seed, CPU);
        System.Random dropout = new(seed);
        Tensor latents = Latents(samples, sample => sample.Pixels, generator, cache);
        Tensor masked = Latents(samples, sample => sample.Masked, generator, null);
        Tensor keep = Keep(samples, latents.shape[2], latents.shape[3]);
        Tensor noise = Noise(latents.shape, generator);
        Tensor timesteps = randint(0, model.Schedule.TrainTimesteps, [samples.Count], dtype: ScalarType.Int64, device: CPU, generator: generator).to(model.Device.Device);
        Tensor context = model.Context([.. samples.Select(sample => dropout.NextDouble() < captionDropout ? string.Empty : sample.Caption)]);
        BranchBatch batch = new(latents, masked, keep, context, noise, timesteps);
        foreach (Tensor tensor in new[] { latents, masked, keep, context, noise, timesteps })
        {
            tensor.MoveToOuterDisposeScope();
        }

        return batch;
    }

    /// <summary>The masks at latent size by nearest neighbour: (B, 1, h, w), 1 = keep.</summary>
    internal Tensor Keep(IReadOnlyList<BranchSample> samples, long height, long width)
    {
        using DisposeScope scope = NewDisposeScope();
        int side = (int)Math.Sqrt(samples[0].Keep.Length);
        Tensor masks = tensor(samples.SelectMany(sample => sample.Keep).ToArray(), [samples.Count, 1, side, side]);
        return functional.interpolate(masks, size: [height, width], mode: InterpolationMode.Nearest).to(model.Device.Type, model.Device.Device).MoveToOuterDisposeScope();
    }

    /// <summary>Scaled samples of the autoencoder's posterior, (B, C, h, w).</summary>
    internal Tensor Latents(IReadOnlyList<BranchSample> samples, Func<BranchSample, float[]> part, Generator generator, LatentCache? from)
    {
        using DisposeScope scope = NewDisposeScope();

        // One at a time if latents are cached: a batch of another size may round differently, so a resumed run would differ from an uninterrupted one.
        VaePosterior posterior = from is null
            ? Posterior([.. samples.Select(part)])
            : Join([.. samples.Select(part).Select(planes => from.Get(planes, () => Posterior([planes])))]);
        Tensor normals = randn(posterior.Mean.shape, dtype: ScalarType.Float32, device: CPU, generator: generator);
        Tensor mean = posterior.Mean.to(model.Device.Type, model.Device.Device);
        Tensor logVariance = posterior.LogVar.to(model.Device.Type, model.Device.Device);
        Tensor sampled = new VaePosterior(mean, logVariance).Sample(normals.to(model.Device.Type, model.Device.Device));
        return sampled.Times(model.Vae.Config.ScalingFactor).MoveToOuterDisposeScope();
    }

    private VaePosterior Posterior(IReadOnlyList<float[]> planes)
    {
        int side = (int)Math.Sqrt(planes[0].Length / 3);
        Tensor pixels = tensor(planes.SelectMany(plane => plane).ToArray(), [planes.Count, 3, side, side]);
        return model.Vae.Encode(pixels.to(model.Device.Type, model.Device.Device));
    }

    private static VaePosterior Join(VaePosterior[] posteriors) =>
        new(cat([.. posteriors.Select(posterior => posterior.Mean.cpu())], 0), cat([.. posteriors.Select(posterior => posterior.LogVar.cpu())], 0));

    private Tensor Noise(long[] shape, Generator generator)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor noise = randn(shape, dtype: ScalarType.Float32, device: CPU, generator: generator);
        if (noiseOffset != 0)
        {
            noise = noise.Plus(randn([shape[0], shape[1], 1, 1], dtype: ScalarType.Float32, device: CPU, generator: generator).Times(noiseOffset));
        }

        return noise.to(model.Device.Type, model.Device.Device).MoveToOuterDisposeScope();
    }
}
