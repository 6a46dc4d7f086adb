using TorchSharp;

namespace BrushEdit.Training;

/// <summary>
/// The last examples drawn, encoded once and shown a few times, each time with different noise at a different timestep: the frozen
/// autoencoder would otherwise be a fifth of the work.
/// </summary>
/// <param name="source">The examples.</param>
/// <param name="encode">Encodes examples; a null generator stands for libtorch's own.</param>
/// <param name="capacity">The number of examples kept.</param>
internal sealed class LatentPool(ITrainingSource source, Func<ITrainingSource, TrainingSample[], torch.Generator?, LatentBatch> encode, int capacity) : IDisposable
{
    // Encoded together: the autoencoder's feature maps of whole pictures are large.
    private const int MostAtOnce = 32;

    private readonly string[] captions = new string[capacity];
    private torch.Tensor? latents;
    private torch.Tensor? conditions;
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
            Keep(encode(source, TrainingBatch.Draw(source, start + done, Math.Min(MostAtOnce, fresh - done)), generator));
        }
    }

    /// <summary>All examples, the oldest first where the pool was filled once or as a whole.</summary>
    public LatentBatch All => new(latents![..count], conditions![..count], keeps![..count], captions[..count]);

    /// <summary>Examples of the pool, chosen at random.</summary>
    public LatentBatch Pick(Random random, int size)
    {
        long[] chosen = [.. Enumerable.Range(0, size).Select(_ => (long)random.Next(count))];
        torch.Tensor index = torch.tensor(chosen, device: latents!.device);
        return new LatentBatch(latents[index], conditions![index], keeps![index], [.. chosen.Select(i => captions[i])]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        latents?.Dispose();
        conditions?.Dispose();
        keeps?.Dispose();
    }

    private void Keep(LatentBatch batch)
    {
        latents ??= torch.zeros([capacity, .. batch.Latent.shape[1..]], device: batch.Latent.device).DetachFromDisposeScope();
        conditions ??= torch.zeros([capacity, .. batch.Condition.shape[1..]], device: batch.Latent.device).DetachFromDisposeScope();
        keeps ??= torch.zeros([capacity, .. batch.Keep.shape[1..]], device: batch.Latent.device).DetachFromDisposeScope();
        for (int i = 0; i < batch.Captions.Length; i++)
        {
            latents[next].copy_(batch.Latent[i]);
            conditions[next].copy_(batch.Condition[i]);
            keeps[next].copy_(batch.Keep[i]);
            captions[next] = batch.Captions[i];
            next = (next + 1) % capacity;
            count = Math.Min(capacity, count + 1);
        }
    }
}
