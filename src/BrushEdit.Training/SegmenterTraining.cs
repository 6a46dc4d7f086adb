using BrushEdit.Imaging;
using BrushEdit.Modeling;
using BrushEdit.Segmenting;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Training;

/// <summary>
/// Trains a SAM from scratch on scenes, as in Segment Anything (arXiv 2304.02643): focal and dice loss, weighted 20 to 1, and the squared
/// error of the predicted IoU; of the candidates for an ambiguous prompt, only the best one contributes to the mask loss.
/// </summary>
public static class SegmenterTraining
{
    private const double FocalWeight = 20;
    private const double DiceWeight = 1;
    private const double IoUWeight = 1;

    /// <summary>Trains in place; continues from the folder's checkpoint if one exists.</summary>
    /// <param name="model">The network.</param>
    /// <param name="source">The samples, of the network's input size.</param>
    /// <param name="options">Steps, batch size, learning rate.</param>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="cancellation">Ends the run after the current step, with a checkpoint.</param>
    public static void Train(
        SamModel model,
        SegmenterSource source,
        TrainingOptions options,
        string checkpoint,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        TrainingLoop.Train(
            "segmenter",
            Trained(model),
            options,
            (step, _) =>
            {
                SegmenterSample[] samples = TrainingBatch.Draw(source.Sample, (long)step * options.BatchSize, options.BatchSize);
                Random chance = new(SampleSeed.Of((options.Seed << 40) + (ulong)step));
                return Loss(model, samples, SegmenterPrompts.Choose(chance), chance);
            },
            checkpoint,
            progress,
            cancellation);
    }

    /// <summary>The network under its checkpoint name.</summary>
    internal static Dictionary<string, nn.Module> Trained(SamModel model) => new() { ["segmenter"] = model };

    /// <summary>The loss of a batch.</summary>
    /// <param name="model">The network.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="kind">The kind of prompts.</param>
    /// <param name="chance">The random source of inexactness.</param>
    internal static Tensor Loss(SamModel model, SegmenterSample[] samples, PromptKind kind, Random chance)
    {
        using DisposeScope scope = NewDisposeScope();
        Device device = model.parameters().First().device;
        int size = model.Config.Vision.ImageSize;
        SamProcessor processor = new(SamProcessorConfig.For(size));
        Tensor pixels = cat([.. samples.Select(sample => processor.Pixels(Picture.FromRgb(sample.Rgb, size, size)))], 0).to(device);
        byte[] outlines = [.. samples.SelectMany(sample => sample.Things).SelectMany(thing => thing)];
        Tensor truth = tensor(outlines, [samples.Length * samples[0].Things.Count, 1, size, size], ScalarType.Byte, device).to(ScalarType.Float32) / 255;
        SamPrompt prompt = SegmenterPrompts.Draw(samples, size, model.Config.LowResolutionSize, kind, chance, device);
        SamPrediction all = model.PredictAll(model.Encode(pixels), prompt);
        return OfMasks(all.Masks.flatten(0, 1), all.IoU.flatten(0, 1), truth).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of masks and their predicted IoU.</summary>
    /// <param name="logits">(N, K, l, l): the mask of a clear prompt first, then the candidates for an ambiguous one.</param>
    /// <param name="predicted">(N, K): the predicted IoU.</param>
    /// <param name="truth">
    /// (N, 1, H, W), 1 on the object, 0 elsewhere. It is averaged down to the logits' size, so that a cell on the edge has the share of it
    /// that the object covers: a logit of zero then means half coverage, and enlarged logits cross zero at the edge.
    /// </param>
    /// <returns>A scalar, the mean over N.</returns>
    internal static Tensor OfMasks(Tensor logits, Tensor predicted, Tensor truth)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor found = logits.to(ScalarType.Float32).flatten(2);
        Tensor wanted = nn.functional.adaptive_avg_pool2d(truth, [logits.shape[2], logits.shape[3]]).flatten(2).expand_as(found);
        Tensor shape = (FocalWeight * DetectionLosses.Focal(found, wanted).mean([2])) + (DiceWeight * DetectionLosses.Dice(found, wanted));
        Tensor clear = shape.narrow(1, 0, 1).squeeze(1);
        Tensor ambiguous = shape.shape[1] > 1 ? shape.narrow(1, 1, shape.shape[1] - 1).amin([1]) : zeros_like(clear);

        Tensor solid = wanted.gt(0.5).to(ScalarType.Float32);
        Tensor inside = found.detach().gt(0).to(ScalarType.Float32);
        Tensor both = (inside * solid).sum(-1);
        Tensor iou = both / (inside.sum(-1) + solid.sum(-1) - both).clamp_min(1);
        Tensor judgement = (predicted.to(ScalarType.Float32) - iou).square().mean([1]);
        return (clear + ambiguous + (IoUWeight * judgement)).mean().MoveToOuterDisposeScope();
    }
}
