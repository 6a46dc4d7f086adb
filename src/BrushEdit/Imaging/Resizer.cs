namespace BrushEdit.Imaging;

/// <summary>How samples are weighted when a picture is resized.</summary>
public enum ResizeFilter
{
    /// <summary>Nearest neighbour: the sample whose area contains the centre of the new one; introduces no new values.</summary>
    Nearest,

    /// <summary>A triangle one sample wide to each side.</summary>
    Bilinear,

    /// <summary>Cubic convolution with a = -0.5, two samples to each side.</summary>
    Bicubic,

    /// <summary>A sinc windowed by a sinc, three samples to each side.</summary>
    Lanczos,
}

/// <summary>
/// Resizes with antialiasing as the Python imaging library does: when a picture shrinks, the filter widens accordingly; the
/// passes are separate, horizontal first; with 8 bits the weights are integers of 22 fraction bits and each pass rounds to 8 bits.
/// Approved against the case image-resize.
/// </summary>
/// <remarks>libvips resizes with other kernels' phases and reductions and differs by more than one level.</remarks>
public static class Resizer
{
    private const int FractionBits = 22;

    /// <summary>Resizes 8-bit samples.</summary>
    /// <param name="samples">Interleaved: width * height * bands values, rows from the top.</param>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    /// <param name="bands">Bands per pixel.</param>
    /// <param name="newWidth">Pixels across of the result, from 1.</param>
    /// <param name="newHeight">Pixels down of the result, from 1.</param>
    /// <param name="filter">The filter.</param>
    /// <returns>newWidth * newHeight * bands values.</returns>
    /// <exception cref="ArgumentException">The number of values does not fit the size, or a size is below 1.</exception>
    public static byte[] Resize(ReadOnlySpan<byte> samples, int width, int height, int bands, int newWidth, int newHeight, ResizeFilter filter = ResizeFilter.Bicubic)
    {
        Check(samples.Length, width, height, bands, newWidth, newHeight);
        if (filter == ResizeFilter.Nearest)
        {
            return Nearest(samples, width, height, bands, newWidth, newHeight);
        }

        byte[]? narrow = width == newWidth ? null : Across(samples, width, height, bands, Integers(Taps.Of(width, newWidth, filter)));
        ReadOnlySpan<byte> between = narrow is null ? samples : narrow;
        return height == newHeight ? between.ToArray() : Down(between, newWidth * bands, Integers(Taps.Of(height, newHeight, filter)));
    }

    /// <summary>Resizes floating-point samples; sums are in double precision and nothing is clipped.</summary>
    /// <param name="samples">Interleaved: width * height * bands values, rows from the top.</param>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    /// <param name="bands">Bands per pixel.</param>
    /// <param name="newWidth">Pixels across of the result, from 1.</param>
    /// <param name="newHeight">Pixels down of the result, from 1.</param>
    /// <param name="filter">The filter.</param>
    /// <returns>newWidth * newHeight * bands values.</returns>
    /// <exception cref="ArgumentException">The number of values does not fit the size, or a size is below 1.</exception>
    public static float[] Resize(ReadOnlySpan<float> samples, int width, int height, int bands, int newWidth, int newHeight, ResizeFilter filter = ResizeFilter.Bicubic)
    {
        Check(samples.Length, width, height, bands, newWidth, newHeight);
        if (filter == ResizeFilter.Nearest)
        {
            return Nearest(samples, width, height, bands, newWidth, newHeight);
        }

        float[]? narrow = width == newWidth ? null : Across(samples, width, height, bands, Taps.Of(width, newWidth, filter));
        ReadOnlySpan<float> between = narrow is null ? samples : narrow;
        return height == newHeight ? between.ToArray() : Down(between, newWidth * bands, Taps.Of(height, newHeight, filter));
    }

    /// <summary>The weights of a pass: for each new sample, where its input samples begin and their weights.</summary>
    /// <typeparam name="T">Type of a weight.</typeparam>
    private sealed record Weights<T>(int[] Starts, int[] Counts, T[] Values, int Most);

    private static class Taps
    {
        public static Weights<double> Of(int size, int newSize, ResizeFilter filter)
        {
            double step = (double)size / newSize;
            double widening = Math.Max(step, 1);
            double support = widening * (filter switch { ResizeFilter.Bilinear => 1, ResizeFilter.Bicubic => 2, _ => 3 });
            int most = ((int)Math.Ceiling(support) * 2) + 1;
            Weights<double> weights = new(new int[newSize], new int[newSize], new double[newSize * (long)most], most);
            for (int i = 0; i < newSize; i++)
            {
                double middle = (i + 0.5) * step;
                int start = Math.Max(0, (int)(middle - support + 0.5));
                int count = Math.Min(size, (int)(middle + support + 0.5)) - start;
                Span<double> values = weights.Values.AsSpan(i * most, count);
                double sum = 0;
                for (int k = 0; k < count; k++)
                {
                    values[k] = Filter((start + k - middle + 0.5) / widening, filter);
                    sum += values[k];
                }

                for (int k = 0; k < count && sum != 0; k++)
                {
                    values[k] /= sum;
                }

                weights.Starts[i] = start;
                weights.Counts[i] = count;
            }

            return weights;
        }

        private static double Filter(double x, ResizeFilter filter)
        {
            x = Math.Abs(x);
            switch (filter)
            {
                case ResizeFilter.Bilinear:
                    return x < 1 ? 1 - x : 0;
                case ResizeFilter.Bicubic:
                    const double A = -0.5;
                    return x < 1 ? ((((A + 2) * x) - (A + 3)) * x * x) + 1 : x < 2 ? ((((x - 5) * x) + 8) * x - 4) * A : 0;
                default:
                    return x < 3 ? Sinc(x) * Sinc(x / 3) : 0;
            }
        }

        private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
    }

    private static Weights<int> Integers(Weights<double> weights) => new(
        weights.Starts,
        weights.Counts,
        Array.ConvertAll(weights.Values, v => (int)(v * (1 << FractionBits) + (v < 0 ? -0.5 : 0.5))),
        weights.Most);

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);

    private static byte[] Across(ReadOnlySpan<byte> samples, int width, int height, int bands, Weights<int> weights)
    {
        int newWidth = weights.Starts.Length;
        byte[] result = new byte[newWidth * height * bands];
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = samples.Slice(y * width * bands, width * bands);
            Span<byte> target = result.AsSpan(y * newWidth * bands, newWidth * bands);
            for (int x = 0; x < newWidth; x++)
            {
                int start = weights.Starts[x];
                ReadOnlySpan<int> values = weights.Values.AsSpan(x * weights.Most, weights.Counts[x]);
                if (bands == 3)
                {
                    int r = 1 << (FractionBits - 1);
                    int g = r;
                    int b = r;
                    ReadOnlySpan<byte> from = row.Slice(start * 3, values.Length * 3);
                    for (int k = 0, at = 0; k < values.Length; k++, at += 3)
                    {
                        int value = values[k];
                        r += from[at] * value;
                        g += from[at + 1] * value;
                        b += from[at + 2] * value;
                    }

                    target[x * 3] = Clip(r);
                    target[(x * 3) + 1] = Clip(g);
                    target[(x * 3) + 2] = Clip(b);
                    continue;
                }

                for (int c = 0; c < bands; c++)
                {
                    int sum = 1 << (FractionBits - 1);
                    for (int k = 0; k < values.Length; k++)
                    {
                        sum += row[((start + k) * bands) + c] * values[k];
                    }

                    target[(x * bands) + c] = Clip(sum);
                }
            }
        }

        return result;
    }

    private static byte[] Down(ReadOnlySpan<byte> samples, int stride, Weights<int> weights)
    {
        int newHeight = weights.Starts.Length;
        byte[] result = new byte[newHeight * stride];
        int[] sums = new int[stride];
        for (int y = 0; y < newHeight; y++)
        {
            Array.Fill(sums, 1 << (FractionBits - 1));
            for (int k = 0; k < weights.Counts[y]; k++)
            {
                ReadOnlySpan<byte> row = samples.Slice((weights.Starts[y] + k) * stride, stride);
                int value = weights.Values[(y * weights.Most) + k];
                for (int x = 0; x < row.Length; x++)
                {
                    sums[x] += row[x] * value;
                }
            }

            Span<byte> target = result.AsSpan(y * stride, stride);
            for (int x = 0; x < target.Length; x++)
            {
                target[x] = Clip(sums[x]);
            }
        }

        return result;
    }

    private static float[] Across(ReadOnlySpan<float> samples, int width, int height, int bands, Weights<double> weights)
    {
        int newWidth = weights.Starts.Length;
        float[] result = new float[newWidth * height * bands];
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<float> row = samples.Slice(y * width * bands, width * bands);
            for (int x = 0; x < newWidth; x++)
            {
                ReadOnlySpan<double> values = weights.Values.AsSpan(x * weights.Most, weights.Counts[x]);
                for (int c = 0; c < bands; c++)
                {
                    double sum = 0;
                    for (int k = 0; k < values.Length; k++)
                    {
                        sum += row[((weights.Starts[x] + k) * bands) + c] * values[k];
                    }

                    result[(((y * newWidth) + x) * bands) + c] = (float)sum;
                }
            }
        }

        return result;
    }

    private static float[] Down(ReadOnlySpan<float> samples, int stride, Weights<double> weights)
    {
        int newHeight = weights.Starts.Length;
        float[] result = new float[newHeight * stride];
        double[] sums = new double[stride];
        for (int y = 0; y < newHeight; y++)
        {
            Array.Clear(sums);
            for (int k = 0; k < weights.Counts[y]; k++)
            {
                ReadOnlySpan<float> row = samples.Slice((weights.Starts[y] + k) * stride, stride);
                double value = weights.Values[(y * weights.Most) + k];
                for (int x = 0; x < row.Length; x++)
                {
                    sums[x] += row[x] * value;
                }
            }

            for (int x = 0; x < stride; x++)
            {
                result[(y * stride) + x] = (float)sums[x];
            }
        }

        return result;
    }

    private static T[] Nearest<T>(ReadOnlySpan<T> samples, int width, int height, int bands, int newWidth, int newHeight)
    {
        T[] result = new T[newWidth * newHeight * bands];
        double across = (double)width / newWidth;
        double down = (double)height / newHeight;
        for (int y = 0; y < newHeight; y++)
        {
            ReadOnlySpan<T> row = samples.Slice(Math.Min(height - 1, (int)((y + 0.5) * down)) * width * bands, width * bands);
            Span<T> target = result.AsSpan(y * newWidth * bands, newWidth * bands);
            for (int x = 0; x < newWidth; x++)
            {
                row.Slice(Math.Min(width - 1, (int)((x + 0.5) * across)) * bands, bands).CopyTo(target[(x * bands)..]);
            }
        }

        return result;
    }

    private static void Check(int length, int width, int height, int bands, int newWidth, int newHeight)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(bands, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(newWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(newHeight, 1);
        if (length != (long)width * height * bands)
        {
            throw new ArgumentException($"{length} values do not make {width} x {height} pixels of {bands} band(s).", nameof(length));
        }
    }
}
