using BrushEdit.Generating;
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

/// <summary>
/// Trains U-Net, branch and text encoder jointly on the noise schedule's prediction target: a way to train a small model from scratch, when
/// no base exists to freeze. (BrushNet proper, arXiv 2403.06976, freezes the base.)
/// </summary>
public static class InpaintTraining
{
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
        using RowPools pools = new(rows, options, Encoder(networks).Encode);
        pools.Train("inpaint", Trained(networks), (batch, random) => Loss(networks, schedule, batch, inpaint, random), checkpoint, progress, cancellation);
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
        using LatentPool pool = new(row.Source, Encoder(networks).Encode, row.BatchSize);
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

    private static ExampleEncoder Encoder(InpaintNetworks networks) => new(networks.Vae, networks.ScalingFactor, EngineKind.BrushNet);

    private static Dictionary<string, Module> Trained(InpaintNetworks networks) => new()
    {
        ["text_encoder"] = networks.TextEncoder,
        ["unet"] = networks.UNet,
        ["brushnet"] = networks.BrushNet,
    };

    private static torch.Tensor Loss(
        InpaintNetworks networks, NoiseSchedule schedule, LatentBatch batch, InpaintTrainingOptions options, Random random) =>
        DenoisingObjective.Loss(schedule, batch, options, random, (noisy, timestep) =>
        {
            torch.Tensor context = DenoisingObjective.Context(networks.TextEncoder, networks.Tokenizer, DenoisingObjective.DropOut(batch.Captions, options, random), noisy.device);
            BrushNetResiduals? residuals = random.NextDouble() < options.BranchDropout ? null : networks.BrushNet.forward(noisy, timestep, batch.Condition);
            return networks.UNet.forward(noisy, timestep, context, residuals);
        });
}
