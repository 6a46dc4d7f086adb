using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Verifying;

/// <summary>
/// Checks whether an edit of the whole picture kept its scene: the same outlines in the same places, whatever their colours. Measured as the
/// correlation of the gradient magnitudes, in pictures scaled to one size.
/// </summary>
internal static class SceneCheck
{
    public const string Name = "Scene";

    /// <summary>The required correlation of the gradient magnitudes.</summary>
    public const double LeastCorrelation = 0.4;

    private const int LongSide = 96;

    /// <summary>Compares outlines.</summary>
    /// <param name="before">The picture before the edit.</param>
    /// <param name="after">The result, of the same size.</param>
    public static EditCheck Make(Picture before, Picture after)
    {
        double correlation = Correlation(before, after);
        double score = CheckScore.High(correlation, LeastCorrelation);
        return new EditCheck(
            Name,
            CheckScore.Passes(score),
            score,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The outlines of the picture before and after correlate by {correlation:0.00}; {LeastCorrelation:0.00} is needed."));
    }

    /// <summary>How the outlines of two pictures of one size correlate, -1 to 1; 0 if one has none.</summary>
    /// <param name="before">The first picture.</param>
    /// <param name="after">The second picture.</param>
    public static double Correlation(Picture before, Picture after)
    {
        double scale = Math.Min(1, (double)LongSide / Math.Max(before.Width, before.Height));
        int width = Math.Max(3, (int)Math.Round(before.Width * scale)), height = Math.Max(3, (int)Math.Round(before.Height * scale));
        return Correlation(Gradients(before.ToRgb(width, height), width, height), Gradients(after.ToRgb(width, height), width, height));
    }

    // Square roots, so that a few strong edges do not dominate.
    private static double[] Gradients(byte[] rgb, int width, int height)
    {
        double[] strengths = new double[(width - 1) * (height - 1)];
        for (int y = 0; y < height - 1; y++)
        {
            for (int x = 0; x < width - 1; x++)
            {
                double most = 0;
                for (int c = 0; c < 3; c++)
                {
                    int at = (3 * ((y * width) + x)) + c;
                    double across = rgb[at + 3] - rgb[at], down = rgb[at + (3 * width)] - rgb[at];
                    most = Math.Max(most, (across * across) + (down * down));
                }

                strengths[(y * (width - 1)) + x] = Math.Pow(most, 0.25);
            }
        }

        return strengths;
    }

    private static double Correlation(double[] a, double[] b)
    {
        (double meanA, double meanB) = (a.Average(), b.Average());
        (double together, double squareA, double squareB) = (0, 0, 0);
        for (int i = 0; i < a.Length; i++)
        {
            together += (a[i] - meanA) * (b[i] - meanB);
            squareA += (a[i] - meanA) * (a[i] - meanA);
            squareB += (b[i] - meanB) * (b[i] - meanB);
        }

        return squareA == 0 || squareB == 0 ? 0 : together / Math.Sqrt(squareA * squareB);
    }
}
