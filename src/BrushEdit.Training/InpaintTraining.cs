using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Tokenizing;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace BrushEdit.Training;

/// <summary>The networks of an inpainting model in training.</summary>
/// <param name="TextEncoder">The text encoder; trained with the rest.</param>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="Vae">The autoencoder; frozen.</param>
/// <param name="UNet">The base U-Net.</param>
/// <param name="BrushNet">The branch.</param>
/// <param name="ScalingFactor">The factor that latents are multiplied by.</param>
public sealed record InpaintNetworks(
    ClipTextModel TextEncoder, ClipTokenizer Tokenizer, AutoencoderKL Vae, UNet2DConditionModel UNet, BrushNetModel BrushNet, double ScalingFactor);

/// <summary>The options specific to training an inpainting model.</summary>
public sealed record InpaintTrainingOptions
{
    /// <summary>The share of captions left empty, for classifier-free guidance.</summary>
    public double CaptionDropout { get; init; } = 0.1;

    /// <summary>The share of batches in which the branch is left out, so that the base also learns to draw alone.</summary>
    public double BranchDropout { get; init; } = 0.1;

    /// <summary>The weight of an error inside the hole relative to one outside. BrushNet uses 1: the whole latent counts equally.</summary>
    public double HoleWeight { get; init; } = 1;

    /// <summary>
    /// The signal-to-noise ratio above which a timestep's weight is cut (min-SNR, arXiv 2303.09556); 0 weights all timesteps equally.
    /// </summary>
    public double SnrGamma { get; init; } = 5;

    /// <summary>
    /// The share of timesteps drawn around the middle of the schedule (logit-normal, Esser et al., arXiv 2403.03206) instead of uniformly: what
    /// is decided there, an object's outline, is learnt last.
    /// </summary>
    public double MiddleShare { get; init; }

    /// <summary>
    /// The share of examples that show pure noise at the last timestep, which is where sampling starts. The usual schedules leave a
    /// trace of the picture there (Lin et al., arXiv 2305.08891): a network that has only seen that trace mistakes the noise's own mean for the
    /// picture's light.
    /// </summary>
    public double PureNoiseShare { get; init; }
}

/// <summary>
/// Trains U-Net, branch and text encoder jointly on the noise schedule's prediction target: a way to train a small model from scratch, when
/// no base exists to freeze. (BrushNet proper, arXiv 2403.06976, freezes the base.)
/// </summary>
public static class InpaintTraining
{
    /// <summary>The number of encoded examples that are kept.</summary>
    private const int PoolSize = 2048;

    /// <summary>How often each example is shown, on average.</summary>
    private const int ShownTimes = 8;

    /// <summary>Steps between refills.</summary>
    private const int RefillEvery = 8;

    // For the logit-normal distribution of timesteps, as a share of the schedule: its middle is at 0.55.
    private const double MiddleMean = 0.2;
    private const double MiddleDeviation = 0.8;

    /// <summary>Trains in place; continues from the folder's checkpoint if one exists.</summary>
    /// <param name="networks">The networks; the autoencoder is not changed.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="rows">The examples, grouped by size; all examples of a step come from one row.</param>
    /// <param name="options">Steps, batch size, learning rate.</param>
    /// <param name="inpaint">Dropouts and weights.</param>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="cancellation">Ends the run after the current step, with a checkpoint.</param>
    public static void Train(
        InpaintNetworks networks,
        NoiseSchedule schedule,
        IReadOnlyList<TrainingRow> rows,
        TrainingOptions options,
        InpaintTrainingOptions inpaint,
        string checkpoint,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(networks);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(rows);
        networks.Vae.eval();
        Refilled[] pools = [.. rows.Select(row => new Refilled(row, options.Accumulate, new LatentPool(networks.Vae, networks.ScalingFactor, row.Source, PoolSize)))];
        using Disposed disposed = new([.. pools.Select(one => one.Pool)]);
        TrainingLoop.Train(
            "inpaint",
            Trained(networks),
            options,
            (step, batch) =>
            {
                // All batches of a step use the same row, so that parallel batches take equally long; everything else differs per batch.
                Refilled chosen = Choose(pools, new Random(SampleSeed.Of((options.Seed << 40) + (ulong)step)).NextDouble());
                Random random = new(SampleSeed.Of(((options.Seed + 1) << 40) + ((ulong)step * (ulong)options.Accumulate) + (ulong)batch));
                return Loss(networks, schedule, chosen.Pool.Pick(random, chosen.Row.BatchSize), inpaint, random);
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
    }

    /// <summary>
    /// The loss on examples that are the same for every set of weights, with the same noise at the same timesteps: the basis for comparing
    /// two sets. Nothing is dropped out, and pure noise is not shown.
    /// </summary>
    /// <param name="networks">The networks; not changed.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="row">The examples.</param>
    /// <param name="batches">How many batches of the row's size are evaluated.</param>
    /// <param name="inpaint">The weights of the loss and the distribution of timesteps.</param>
    public static double Validate(InpaintNetworks networks, NoiseSchedule schedule, TrainingRow row, int batches, InpaintTrainingOptions inpaint)
    {
        ArgumentNullException.ThrowIfNull(networks);
        ArgumentNullException.ThrowIfNull(row);
        using IDisposable inference = torch.inference_mode();
        using LatentPool pool = new(networks.Vae, networks.ScalingFactor, row.Source, row.BatchSize);
        InpaintTrainingOptions plain = inpaint with { CaptionDropout = 0, BranchDropout = 0, PureNoiseShare = 0 };
        using torch.Generator generator = new(0, networks.Vae.parameters().First().device);
        double sum = 0;
        for (int batch = 0; batch < batches; batch++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            pool.Add((long)batch * row.BatchSize, row.BatchSize, generator);
            sum += Loss(networks, schedule, pool.All, plain, new Random(SampleSeed.Of((ulong)batch))).item<float>();
        }

        return sum / batches;
    }

    /// <summary>Loads a checkpoint's running average into networks: the result of training if it ended there.</summary>
    /// <param name="networks">The networks.</param>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <returns>False if no checkpoint exists; the networks are then unchanged.</returns>
    public static bool TryLoadAverage(InpaintNetworks networks, string checkpoint)
    {
        ArgumentNullException.ThrowIfNull(networks);
        return TrainingLoop.TryLoadAverage(Trained(networks), checkpoint);
    }

    private static Refilled Choose(Refilled[] pools, double drawn)
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

    private static Dictionary<string, Module> Trained(InpaintNetworks networks) => new()
    {
        ["text_encoder"] = networks.TextEncoder,
        ["unet"] = networks.UNet,
        ["brushnet"] = networks.BrushNet,
    };

    private static torch.Tensor Loss(
        InpaintNetworks networks, NoiseSchedule schedule, LatentBatch batch, InpaintTrainingOptions options, Random random)
    {
        (torch.Tensor latent, torch.Tensor masked, torch.Tensor keep, string[] captions) = batch;
        torch.Device device = latent.device;
        using torch.Generator generator = new((ulong)random.Next(), device);
        torch.Tensor isPure = torch.rand(captions.Length, device: device, generator: generator).lt(Scalars.Of(options.PureNoiseShare));
        torch.Tensor last = torch.full_like(isPure, schedule.TrainTimesteps - 1, torch.ScalarType.Int64);
        torch.Tensor timestep = torch.where(isPure, last, Timesteps(schedule, captions.Length, options, device, generator));
        torch.Tensor noise = torch.randn(latent.shape, device: device, generator: generator);
        torch.Tensor noisy = torch.where(isPure.view(-1, 1, 1, 1), noise, schedule.AddNoise(latent, noise, timestep));
        torch.Tensor context = Context(networks, captions, options, random, device);

        BrushNetResiduals? residuals = null;
        if (random.NextDouble() >= options.BranchDropout)
        {
            torch.Tensor condition = torch.cat([masked, keep], 1);
            residuals = networks.BrushNet.forward(noisy, timestep, condition);
        }

        torch.Tensor predicted = networks.UNet.forward(noisy, timestep, context, residuals);
        torch.Tensor error = predicted.Minus(schedule.Target(latent, noise, timestep)).square();
        if (options.HoleWeight != 1)
        {
            torch.Tensor weight = keep.FromOne().Times(options.HoleWeight - 1).Plus(1.0);
            error = error * (weight / weight.mean());
        }

        torch.Tensor perSample = error.mean([1, 2, 3]);
        return (options.SnrGamma > 0 ? perSample * BranchObjective.SnrWeights(schedule, timestep, options.SnrGamma) : perSample).mean();
    }

    private static torch.Tensor Timesteps(NoiseSchedule schedule, int count, InpaintTrainingOptions options, torch.Device device, torch.Generator generator)
    {
        torch.Tensor even = torch.rand(count, device: device, generator: generator);
        torch.Tensor middle = torch.randn(count, device: device, generator: generator).Times(MiddleDeviation).Plus(MiddleMean).sigmoid();
        torch.Tensor place = torch.where(torch.rand(count, device: device, generator: generator).lt(Scalars.Of(options.MiddleShare)), middle, even);
        return place.Times((double)schedule.TrainTimesteps).to(torch.ScalarType.Int64).clamp(Scalars.Of(0.0), Scalars.Of(schedule.TrainTimesteps - 1.0));
    }

    private static torch.Tensor Context(
        InpaintNetworks networks, string[] all, InpaintTrainingOptions options, Random random, torch.Device device)
    {
        string[] captions = [.. all.Select(caption => random.NextDouble() < options.CaptionDropout ? string.Empty : caption)];
        long[] ids = [.. captions.SelectMany(caption => networks.Tokenizer.Encode(caption).Ids)];
        torch.Tensor batch = torch.tensor(ids, [captions.Length, ids.Length / captions.Length], device: device);
        return networks.TextEncoder.forward(batch).LastHiddenState;
    }

    /// <summary>A row with the pool that it fills as training continues.</summary>
    private sealed record Refilled(TrainingRow Row, int Batches, LatentPool Pool)
    {
        // The number of fresh examples per step such that each is shown as often as intended, given the row's share of the steps.
        private double Fresh => Row.Share * Row.BatchSize * Batches / ShownTimes;

        private const int First = 256;

        // A resumed run starts with the pool as full as before.
        public void Begin(int step)
        {
            int before = (int)Math.Min(PoolSize, First + (long)(step * Fresh));
            Pool.Add(First + (long)(step * Fresh) - before, before);
        }

        public void Refill(int step) => Pool.Add(First + (long)(step * Fresh), Math.Max(1, (int)(RefillEvery * Fresh)));
    }

    private sealed class Disposed(IReadOnlyList<IDisposable> all) : IDisposable
    {
        public void Dispose()
        {
            foreach (IDisposable one in all)
            {
                one.Dispose();
            }
        }
    }
}
