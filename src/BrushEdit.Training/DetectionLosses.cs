using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Training;

/// <summary>The loss terms that detection and segmentation are trained with. Boxes are centre x, centre y, width and height.</summary>
public static class DetectionLosses
{
    /// <summary>
    /// Focal loss of binary predictions (Lin et al., arXiv 1708.02002): cross-entropy, weighted down where the prediction is already good.
    /// </summary>
    /// <param name="logits">Predictions before the sigmoid, any shape.</param>
    /// <param name="targets">0 or 1, or between; the same shape.</param>
    /// <param name="alpha">The weight of target 1; that of target 0 is 1 - alpha.</param>
    /// <param name="gamma">How strongly good predictions are weighted down.</param>
    /// <returns>The loss of each prediction, the same shape.</returns>
    public static Tensor Focal(Tensor logits, Tensor targets, double alpha = 0.25, double gamma = 2)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor yes = logits.sigmoid();
        Tensor entropy = logits.clamp_min(0) - (logits * targets) + logits.abs().neg().exp().log1p();
        Tensor right = (yes * targets) + ((1 - yes) * (1 - targets));
        Tensor weight = (alpha * targets) + ((1 - alpha) * (1 - targets));
        return (weight * (1 - right).pow(gamma) * entropy).MoveToOuterDisposeScope();
    }

    /// <summary>Dice loss (Milletari et al., arXiv 1606.04797): 1 - (2 |A B| + 1) / (|A| + |B| + 1), where sums run over the last dimension.</summary>
    /// <param name="logits">(..., N), before the sigmoid.</param>
    /// <param name="targets">(..., N), 0 to 1.</param>
    /// <returns>(...)</returns>
    public static Tensor Dice(Tensor logits, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor inside = logits.sigmoid();
        Tensor both = (inside * targets).sum(-1);
        return (1 - (((2 * both) + 1) / (inside.sum(-1) + targets.sum(-1) + 1))).MoveToOuterDisposeScope();
    }

    /// <summary>Generalised intersection over union (Rezatofighi et al., arXiv 1902.09630), -1 to 1. Shapes may broadcast.</summary>
    /// <param name="a">(..., 4)</param>
    /// <param name="b">(..., 4)</param>
    /// <returns>(...)</returns>
    public static Tensor GeneralizedIoU(Tensor a, Tensor b)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor aLow, Tensor aHigh, Tensor aArea) = Corners(a);
        (Tensor bLow, Tensor bHigh, Tensor bArea) = Corners(b);
        Tensor both = Area((minimum(aHigh, bHigh) - maximum(aLow, bLow)).clamp_min(0));
        Tensor union = aArea + bArea - both;
        Tensor hull = Area(maximum(aHigh, bHigh) - minimum(aLow, bLow));
        const double least = 1e-7;
        return ((both / (union + least)) - ((hull - union) / (hull + least))).MoveToOuterDisposeScope();
    }

    private static (Tensor Low, Tensor High, Tensor Area) Corners(Tensor boxes)
    {
        Tensor centre = boxes.narrow(-1, 0, 2);
        Tensor size = boxes.narrow(-1, 2, 2).clamp_min(0);
        return (centre - (size / 2), centre + (size / 2), Area(size));
    }

    private static Tensor Area(Tensor size) => size.select(-1, 0) * size.select(-1, 1);
}
