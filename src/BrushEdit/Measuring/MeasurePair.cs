using BrushEdit.Imaging;

namespace BrushEdit.Measuring;

/// <summary>An item prepared for a rule: both pictures at one size, with the mask.</summary>
/// <param name="Item">The item.</param>
/// <param name="Original">The picture before the edit.</param>
/// <param name="Result">The picture after the edit, of the same size.</param>
/// <param name="Mask">One byte a pixel: above 0 = edited; null for none.</param>
internal sealed record MeasurePair(MeasureItem Item, RgbPicture Original, RgbPicture Result, byte[]? Mask)
{
    /// <summary>The side in pixels at which the benchmarks measure.</summary>
    public const int BenchmarkSide = 512;

    /// <summary>Brings an item's pictures to one size according to the rule.</summary>
    /// <param name="item">The item.</param>
    /// <param name="rule">The rule.</param>
    /// <exception cref="EditException">The result or the mask differs in size from the original (BadPicture, BadMask).</exception>
    public static MeasurePair Of(MeasureItem item, MeasureRule rule)
    {
        RgbPicture original = rule == MeasureRule.BrushBench ? Resized(item.Original) : Whole(item.Original);
        RgbPicture result = rule switch
        {
            MeasureRule.BrushBench => Resized(item.Result),
            MeasureRule.PieBench => Whole(LastSquare(item.Result)),
            _ => Whole(item.Result),
        };
        if (original.Width != result.Width || original.Height != result.Height)
        {
            throw new EditException(
                EditFault.BadPicture,
                $"The result {item.Result.Path ?? item.Name} is {result.Width} x {result.Height} pixels, but its original is {original.Width} x {original.Height}.",
                "Measure results of the original's size; edits keep it.",
                item.Result.Path ?? item.Name);
        }

        if (item.Mask is { } mask && (mask.Width != original.Width || mask.Height != original.Height))
        {
            throw new EditException(
                EditFault.BadMask,
                $"The mask of {item.Name} is {mask.Width} x {mask.Height} pixels, but the pictures are {original.Width} x {original.Height}.",
                "Give a mask of the pictures' size, or scale this one with -Fit.",
                item.Name);
        }

        return new MeasurePair(item, original, result, item.Mask?.Values.ToArray());
    }

    private static RgbPicture Whole(Picture picture) => new(picture.ToRgb(), picture.Width, picture.Height);

    private static RgbPicture Resized(Picture picture) => new(picture.ToRgb(BenchmarkSide, BenchmarkSide), BenchmarkSide, BenchmarkSide);

    // Published results of PIE-Bench are strips: the original, other pictures, and the result last.
    private static Picture LastSquare(Picture picture) => picture.Width == picture.Height
        ? picture
        : picture.Width >= BenchmarkSide && picture.Height >= BenchmarkSide
            ? picture.Crop(new Box(picture.Width - BenchmarkSide, picture.Height - BenchmarkSide, BenchmarkSide, BenchmarkSide))
            : throw new EditException(
                EditFault.BadPicture,
                $"The result {picture.Path} is {picture.Width} x {picture.Height} pixels; PIE-Bench takes squares, and strips that end with {BenchmarkSide} x {BenchmarkSide}.",
                "Give results of the benchmark's size.",
                picture.Path);
}
