using BrushEdit.Imaging;

namespace BrushEdit.Measuring;

/// <summary>The figures that need no network: errors and structural similarity.</summary>
internal static class PixelMeasures
{
    // BrushBench's script: for an error below the minimum, the PSNR has this value.
    private const double LeastError = 1e-10;
    private const double PsnrOfEqual = 1000;

    /// <summary>Measures a pair.</summary>
    /// <param name="pair">The pair.</param>
    /// <param name="rule">The rule to measure by.</param>
    /// <returns>The item's descriptions and its pixel figures.</returns>
    public static EditMeasures Of(MeasurePair pair, MeasureRule rule)
    {
        MeasureItem item = pair.Item;
        (byte[] a, byte[] b) = (pair.Original.Pixels, pair.Result.Pixels);
        StructuralSimilarity? similarity = Similarity(pair.Original, pair.Result);
        double mse = ImageMetrics.MeanSquaredError(a, b);
        EditMeasures whole = new()
        {
            Name = item.Name,
            Method = item.Method,
            EditType = item.EditType,
            Caption = item.Caption,
            Rule = rule,
            OriginalPath = item.Original.Path,
            ResultPath = item.Result.Path,
            Seconds = item.Seconds,
            Right = item.Right,
            Mse = mse,
            Psnr = ImageMetrics.Psnr(mse),
            Ssim = similarity?.Mean,
            Notes = similarity is null ? [$"Structural similarity needs {StructuralSimilarity.LeastSide} pixels a side."] : [],
        };
        if (pair.Mask is not { } mask)
        {
            return whole with { Notes = [.. whole.Notes, "No mask is given, so the kept and the edited part are not measured separately."] };
        }

        double edited = ImageMetrics.MaskedMeanSquaredError(a, b, mask, MaskPart.Hole);
        return Kept(whole, pair, mask, similarity) with
        {
            MaskShare = mask.Count(value => value > 0) / (double)mask.Length,
            EditedMse = edited,
            EditedPsnr = Psnr(edited),
            EditedSsim = similarity?.MeanOf(mask, MaskPart.Hole),
            TruthPsnr = item.Truth is { } truth && truth.Width == pair.Result.Width && truth.Height == pair.Result.Height
                ? Psnr(ImageMetrics.MaskedMeanSquaredError(truth.ToRgb(), b, mask, MaskPart.Hole))
                : null,
        };
    }

    private static EditMeasures Kept(EditMeasures whole, MeasurePair pair, byte[] mask, StructuralSimilarity? similarity)
    {
        (byte[] a, byte[] b) = (pair.Original.Pixels, pair.Result.Pixels);
        switch (whole.Rule)
        {
            case MeasureRule.BrushBench:
                double quotient = ImageMetrics.BrushBenchMeanSquaredError(a, b, mask);
                return whole with
                {
                    KeptMse = quotient,
                    KeptPsnr = quotient < LeastError ? PsnrOfEqual : Psnr(quotient),
                    KeptSsim = similarity?.MeanOf(mask, MaskPart.Kept),
                };
            case MeasureRule.PieBench when mask.AsSpan().IndexOf((byte)0) < 0:
                return whole with { KeptMse = double.NaN, KeptPsnr = double.NaN, KeptSsim = double.NaN };
            case MeasureRule.PieBench:
                RgbPicture first = pair.Original.Only(mask, keepEdited: false);
                RgbPicture second = pair.Result.Only(mask, keepEdited: false);
                double blackened = ImageMetrics.MeanSquaredError(first.Pixels, second.Pixels);
                return whole with { KeptMse = blackened, KeptPsnr = Psnr(blackened), KeptSsim = Similarity(first, second)?.Mean };
            default:
                double kept = ImageMetrics.MaskedMeanSquaredError(a, b, mask, MaskPart.Kept);
                return whole with { KeptMse = kept, KeptPsnr = Psnr(kept), KeptSsim = similarity?.MeanOf(mask, MaskPart.Kept) };
        }
    }

    private static double Psnr(double error) => double.IsNaN(error) ? double.NaN : ImageMetrics.Psnr(error);

    private static StructuralSimilarity? Similarity(RgbPicture a, RgbPicture b) =>
        a.Width < StructuralSimilarity.LeastSide || a.Height < StructuralSimilarity.LeastSide ? null : StructuralSimilarity.Of(a.Pixels, b.Pixels, a.Width, a.Height);
}
