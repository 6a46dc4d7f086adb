using TorchSharp;
using static TorchSharp.torch.nn;

namespace BrushEdit.Training;

/// <summary>A set of examples in the form that an inpainting network uses.</summary>
/// <param name="Latent">Scaled latents of the true pictures, (B, C, h, w).</param>
/// <param name="Masked">Scaled latents of what the branch is shown, (B, C, h, w).</param>
/// <param name="Keep">The mask the branch is given, (B, 1, h, w): 1 = keep.</param>
/// <param name="Captions">The captions.</param>
internal sealed record LatentBatch(torch.Tensor Latent, torch.Tensor Masked, torch.Tensor Keep, string[] Captions);

/// <summary>
/// The last examples drawn, encoded once and shown a few times, each time with different noise at a different timestep: the frozen
/// autoencoder would otherwise be a fifth of the work.
/// </summary>
/// <param name="vae">The frozen autoencoder.</param>
/// <param name="scalingFactor">The factor that its latents are multiplied by.</param>
/// <param name="source">The examples.</param>
/// <param name="capacity">The number of examples kept.</param>
internal sealed class LatentPool(Modeling.AutoencoderKL vae, double scalingFactor, ITrainingSource source, int capacity) : IDisposable
{
    // Encoded together: the autoencoder's feature maps of whole pictures are large.
    private const int MostAtOnce = 32;

    private readonly string[] captions = new string[capacity];
    private torch.Tensor? latents;
    private torch.Tensor? masked;
    private torch.Tensor? keeps;
    private int count;
    private int next;

    /// <summary>Draws and encodes examples, and overwrites the oldest ones if the pool is full.</summary>
    /// <param name="start">The first example's index in the source.</param>
    /// <param name="fresh">How many.</param>
    /// <param name="generator">Draws the encodings' noise; null for libtorch's own generator.</param>
    public void Add(long start, int fresh, torch.Generator? generator = null)
    {
        using IDisposable noGradients = torch.no_grad();
        for (int done = 0; done < fresh; done += MostAtOnce)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Keep(Encode(TrainingBatch.Draw(source, start + done, Math.Min(MostAtOnce, fresh - done)), generator));
        }
    }

    /// <summary>All examples, the oldest first where the pool was filled once or as a whole.</summary>
    public LatentBatch All => new(latents![..count], masked![..count], keeps![..count], captions[..count]);

    /// <summary>Examples of the pool, chosen at random.</summary>
    public LatentBatch Pick(Random random, int size)
    {
        long[] chosen = [.. Enumerable.Range(0, size).Select(_ => (long)random.Next(count))];
        torch.Tensor index = torch.tensor(chosen, device: latents!.device);
        return new LatentBatch(latents[index], masked![index], keeps![index], [.. chosen.Select(i => captions[i])]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        latents?.Dispose();
        masked?.Dispose();
        keeps?.Dispose();
    }

    private void Keep(LatentBatch batch)
    {
        latents ??= torch.zeros([capacity, .. batch.Latent.shape[1..]], device: batch.Latent.device).DetachFromDisposeScope();
        masked ??= torch.zeros([capacity, .. batch.Masked.shape[1..]], device: batch.Latent.device).DetachFromDisposeScope();
        keeps ??= torch.zeros([capacity, .. batch.Keep.shape[1..]], device: batch.Latent.device).DetachFromDisposeScope();
        for (int i = 0; i < batch.Captions.Length; i++)
        {
            latents[next].copy_(batch.Latent[i]);
            masked[next].copy_(batch.Masked[i]);
            keeps[next].copy_(batch.Keep[i]);
            captions[next] = batch.Captions[i];
            next = (next + 1) % capacity;
            count = Math.Min(capacity, count + 1);
        }
    }

    private LatentBatch Encode(TrainingSample[] samples, torch.Generator? generator)
    {
        torch.Device device = vae.parameters().First().device;
        torch.Tensor pixels = TrainingBatch.Pixels(samples, source.Width, source.Height, device);
        torch.Tensor holes = TrainingBatch.Holes(samples, source.Width, source.Height, device);
        torch.Tensor shown = (pixels * (1 - holes)) - holes;
        for (int i = 0; i < samples.Length; i++)
        {
            if (samples[i].Shown is { } before)
            {
                shown[i].copy_(TrainingBatch.Pixels([samples[i] with { Rgb = before }], source.Width, source.Height, device)[0]);
            }
        }

        (torch.Tensor mean, torch.Tensor logVariance) = vae.Encode(torch.cat([pixels, shown], 0));
        torch.Tensor sampled = (mean + ((logVariance * 0.5).exp() * torch.randn(mean.shape, device: device, generator: generator))) * scalingFactor;
        torch.Tensor[] halves = sampled.chunk(2, 0);
        torch.Tensor keep = 1 - functional.interpolate(holes, size: [sampled.shape[2], sampled.shape[3]], mode: torch.InterpolationMode.Nearest);
        return new LatentBatch(halves[0], halves[1], keep, [.. samples.Select(sample => sample.Caption)]);
    }
}
