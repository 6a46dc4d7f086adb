using BrushEdit.Generating;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>Trains the network of an engine other than BrushNet on a bundle's base.</summary>
internal static class EngineTraining
{
    /// <summary>Trains in place; continues from the folder's checkpoint if one exists.</summary>
    /// <param name="networks">The networks.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="rows">The examples, grouped by size.</param>
    /// <param name="options">Steps, batch size, learning rate.</param>
    /// <param name="objective">Dropouts and weights.</param>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="cancellation">Ends the run after the current step, with a checkpoint.</param>
    public static void Train(
        EngineNetworks networks,
        NoiseSchedule schedule,
        IReadOnlyList<TrainingRow> rows,
        TrainingOptions options,
        InpaintTrainingOptions objective,
        string checkpoint,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellation)
    {
        InpaintNetworks bundle = networks.Bundle;
        using RowPools pools = new(rows, options, new ExampleEncoder(bundle.Vae, bundle.ScalingFactor, networks.Engine).Encode);
        pools.Train(
            networks.Engine.ToString(), networks.Trained, (batch, random) => Loss(networks, schedule, batch, objective, random), checkpoint, progress, cancellation);
    }

    private static torch.Tensor Loss(EngineNetworks networks, NoiseSchedule schedule, LatentBatch batch, InpaintTrainingOptions objective, Random random) =>
        DenoisingObjective.Loss(schedule, batch, objective, random, (noisy, timestep) =>
        {
            (string[] captions, torch.Tensor condition) = DropOut(networks.Engine, batch, objective, random);
            torch.Tensor context = DenoisingObjective.Context(networks.Bundle.TextEncoder, networks.Bundle.Tokenizer, captions, noisy.device);
            return networks.Control is { } control
                ? Steered(networks.UNet, control, noisy, timestep, context, condition)
                : networks.UNet.forward(torch.cat([noisy, condition], 1), timestep, context);
        });

    private static torch.Tensor Steered(
        UNet2DConditionModel unet, ControlNetModel control, torch.Tensor noisy, torch.Tensor timestep, torch.Tensor context, torch.Tensor condition)
    {
        using TextKeyValues controlText = control.TextKeysAndValues(context);
        using TextKeyValues text = unet.TextKeysAndValues(new TextConditioning(context));
        return unet.Steered(noisy, timestep, text, null, new UNetSteering(control.forward(noisy, timestep, controlText, condition)));
    }

    // InstructPix2Pix is guided by text and picture (arXiv 2211.09800): equal shares of the examples lack the text, the picture, and both.
    private static (string[] Captions, torch.Tensor Condition) DropOut(EngineKind engine, LatentBatch batch, InpaintTrainingOptions objective, Random random)
    {
        if (engine != EngineKind.InstructPix2Pix)
        {
            return (DenoisingObjective.DropOut(batch.Captions, objective, random), batch.Condition);
        }

        double third = objective.CaptionDropout / 2;
        double[] drawn = [.. batch.Captions.Select(_ => random.NextDouble())];
        float[] shown = [.. drawn.Select(value => value >= third && value < 3 * third ? 0f : 1f)];
        return (
            [.. batch.Captions.Zip(drawn, (caption, value) => value < 2 * third ? string.Empty : caption)],
            batch.Condition * torch.tensor(shown, [shown.Length, 1, 1, 1], device: batch.Condition.device));
    }
}
