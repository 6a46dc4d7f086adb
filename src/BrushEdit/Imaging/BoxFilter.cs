namespace BrushEdit.Imaging;

/// <summary>Means over squares, in time that does not depend on their size.</summary>
internal static class BoxFilter
{
    /// <summary>Returns for each pixel the mean over the square around it, clipped to the picture.</summary>
    /// <param name="samples">width * height values, rows from the top.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="radius">Pixels from the centre to the square's sides, from 0.</param>
    public static float[] Mean(ReadOnlySpan<float> samples, int width, int height, int radius)
    {
        float[] across = new float[samples.Length];
        for (int y = 0; y < height; y++)
        {
            Along(samples.Slice(y * width, width), across.AsSpan(y * width, width), radius);
        }

        float[] mean = new float[samples.Length];
        float[] column = new float[height], means = new float[height];
        for (int x = 0; x < width; x++)
        {
            for (int y = 0; y < height; y++)
            {
                column[y] = across[(y * width) + x];
            }

            Along(column, means, radius);
            for (int y = 0; y < height; y++)
            {
                mean[(y * width) + x] = means[y];
            }
        }

        return mean;
    }

    // Running sums lose digits in single precision.
    private static void Along(ReadOnlySpan<float> values, Span<float> means, int radius)
    {
        double sum = 0;
        int from = 0, to = 0;
        for (int i = 0; i < values.Length; i++)
        {
            for (; to < Math.Min(values.Length, i + radius + 1); to++)
            {
                sum += values[to];
            }

            for (; from < i - radius; from++)
            {
                sum -= values[from];
            }

            means[i] = (float)(sum / (to - from));
        }
    }
}
