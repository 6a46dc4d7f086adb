using TorchSharp;
using static TorchSharp.torch.nn;

namespace BrushEdit.Training;

/// <summary>The pools that a denoiser is trained from, one for each row of examples, refilled as training continues.</summary>
internal sealed class RowPools : IDisposable
{
    /// <summary>The number of encoded examples that a pool keeps.</summary>
    private const int PoolSize = 2048;

    /// <summary>How often each example is shown, on average.</summary>
    private const int ShownTimes = 8;

    /// <summary>Steps between refills.</summary>
    private const int RefillEvery = 8;

    private readonly TrainingOptions options;
    private readonly Refilled[] pools;

    /// <summary>Empty pools.</summary>
    /// <param name="rows">The examples, grouped by size; all examples of a step come from one row.</param>
    /// <param name="options">Steps, batches of a step, seed.</param>
    /// <param name="encode">Encodes examples.</param>
    public RowPools(IReadOnlyList<TrainingRow> rows, TrainingOptions options, Func<ITrainingSource, TrainingSample[], torch.Generator?, LatentBatch> encode)
    {
        this.options = options;
        pools = [.. rows.Select(row => new Refilled(row, options.Accumulate, new LatentPool(row.Source, encode, PoolSize)))];
    }

    /// <summary>Trains in place; continues from the folder's checkpoint if one exists.</summary>
    /// <param name="name">What progress calls the run.</param>
    /// <param name="trained">The networks that learn.</param>
    /// <param name="loss">The loss of a batch; the random numbers are the batch's own.</param>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="cancellation">Ends the run after the current step, with a checkpoint.</param>
    public void Train(
        string name,
        IReadOnlyDictionary<string, Module> trained,
        Func<LatentBatch, Random, torch.Tensor> loss,
        string checkpoint,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellation) => TrainingLoop.Train(
            name,
            trained,
            options,
            (step, batch) =>
            {
                // All batches of a step use the same row, so that parallel batches take equally long; everything else differs per batch.
                Refilled chosen = Choose(new Random(SampleSeed.Of((options.Seed << 40) + (ulong)step)).NextDouble());
                Random random = new(SampleSeed.Of(((options.Seed + 1) << 40) + ((ulong)step * (ulong)options.Accumulate) + (ulong)batch));
                return loss(chosen.Pool.Pick(random, chosen.Row.BatchSize), random);
            },
            checkpoint,
            progress,
            cancellation,
            begun => Array.ForEach(pools, one => one.Begin(begun)),
            step =>
            {
                if (step % RefillEvery == 0)
                {
                    Array.ForEach(pools, one => one.Refill(step));
                }
            });

    /// <summary>Frees the examples.</summary>
    public void Dispose() => Array.ForEach(pools, one => one.Pool.Dispose());

    private Refilled Choose(double drawn)
    {
        foreach (Refilled one in pools)
        {
            drawn -= one.Row.Share;
            if (drawn < 0)
            {
                return one;
            }
        }

        return pools[^1];
    }

    /// <summary>A row with its pool.</summary>
    private sealed record Refilled(TrainingRow Row, int Batches, LatentPool Pool)
    {
        private const int First = 256;

        // The number of fresh examples per step such that each is shown as often as intended, given the row's share of the steps.
        private double Fresh => Row.Share * Row.BatchSize * Batches / ShownTimes;

        // A resumed run starts with the pool as full as before.
        public void Begin(int step)
        {
            int before = (int)Math.Min(PoolSize, First + (long)(step * Fresh));
            Pool.Add(First + (long)(step * Fresh) - before, before);
        }

        public void Refill(int step) => Pool.Add(First + (long)(step * Fresh), Math.Max(1, (int)(RefillEvery * Fresh)));
    }
}
