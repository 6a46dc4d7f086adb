namespace BrushEdit.Imaging;

/// <summary>Gaussian blur with a border that mirrors without repeating the edge pixel (… c b | a b c …).</summary>
public static class GaussianFilter
{
    /// <summary>Taps of the blur that the BrushNet papers blend with.</summary>
    public const int PaperTaps = 21;

    /// <summary>The standard deviation of that blur in pixels.</summary>
    public const double PaperSigma = 3.5;

    /// <summary>The weights of a Gaussian, symmetric, with sum 1.</summary>
    /// <param name="taps">How many; odd.</param>
    /// <param name="sigma">Standard deviation in pixels, above 0.</param>
    public static double[] Kernel(int taps, double sigma)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(taps, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigma);
        if (taps % 2 == 0)
        {
            throw new ArgumentException($"{taps} taps have no centre; give an odd number.", nameof(taps));
        }

        double[] kernel = new double[taps];
        for (int i = 0; i < taps; i++)
        {
            double x = i - (taps / 2);
            kernel[i] = Math.Exp(-x * x / (2 * sigma * sigma));
        }

        double sum = kernel.Sum();
        return Array.ConvertAll(kernel, k => k / sum);
    }

    /// <summary>Blurs one band.</summary>
    /// <param name="samples">width * height values, rows from the top.</param>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    /// <param name="taps">Weights across and down; odd.</param>
    /// <param name="sigma">Standard deviation in pixels, above 0.</param>
    /// <returns>width * height values.</returns>
    public static float[] Blur(ReadOnlySpan<float> samples, int width, int height, int taps = PaperTaps, double sigma = PaperSigma)
    {
        if (samples.Length != (long)width * height || samples.IsEmpty)
        {
            throw new ArgumentException($"{samples.Length} values do not make {width} x {height}.", nameof(samples));
        }

        float[] kernel = Array.ConvertAll(Kernel(taps, sigma), k => (float)k);
        int radius = taps / 2;
        float[] across = new float[samples.Length];
        float[] padded = new float[width + (2 * radius)];
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<float> row = samples.Slice(y * width, width);
            for (int i = 0; i < padded.Length; i++)
            {
                padded[i] = row[Mirror(i - radius, width)];
            }

            Span<float> target = across.AsSpan(y * width, width);
            for (int k = 0; k < taps; k++)
            {
                AddScaled(target, padded.AsSpan(k, width), kernel[k]);
            }
        }

        float[] result = new float[samples.Length];
        for (int y = 0; y < height; y++)
        {
            Span<float> target = result.AsSpan(y * width, width);
            for (int k = 0; k < taps; k++)
            {
                AddScaled(target, across.AsSpan(Mirror(y + k - radius, height) * width, width), kernel[k]);
            }
        }

        return result;
    }

    /// <summary>The index that a position beyond the border is mirrored to: …, 2, 1, 0, 1, 2, …</summary>
    internal static int Mirror(int index, int size)
    {
        if (size == 1)
        {
            return 0;
        }

        int period = 2 * (size - 1);
        index = ((index % period) + period) % period;
        return index < size ? index : period - index;
    }

    private static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float weight)
    {
        int step = System.Numerics.Vector<float>.Count;
        int i = 0;
        for (; i <= target.Length - step; i += step)
        {
            (new System.Numerics.Vector<float>(target[i..]) + (new System.Numerics.Vector<float>(source[i..]) * weight)).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] += source[i] * weight;
        }
    }
}
