using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Verifying;

/// <summary>Checks whether anything changed within the mask.</summary>
internal static class ChangedCheck
{
    public const string Name = "Changed";

    // In levels of 255: a smaller difference is compression noise.
    private const double Least = 3;

    /// <summary>Compares the colours within the mask.</summary>
    /// <param name="before">The picture before the edit, compared in 8-bit sRGB.</param>
    /// <param name="after">The result, of the same size.</param>
    /// <param name="mask">The edited area.</param>
    public static EditCheck Make(Picture before, Picture after, Mask mask)
    {
        ReadOnlySpan<byte> a = before.Rgb, b = after.Rgb;
        (double sum, long count) = (0, 0);
        for (int i = 0; i < mask.Values.Length; i++)
        {
            if (mask.Values[i] >= Mask.Threshold)
            {
                int at = 3 * i;
                sum += Math.Max(Math.Abs(a[at] - b[at]), Math.Max(Math.Abs(a[at + 1] - b[at + 1]), Math.Abs(a[at + 2] - b[at + 2])));
                count++;
            }
        }

        double mean = count == 0 ? 0 : sum / count;
        double score = CheckScore.High(mean, Least);
        return new EditCheck(
            Name,
            CheckScore.Passes(score),
            score,
            string.Create(CultureInfo.InvariantCulture, $"Within the mask a pixel differs by {mean:0.0} levels of 255 on average; {Least:0} are needed."));
    }
}
