namespace BrushEdit.Imaging;

/// <summary>
/// Measures of the similarity of two pictures: mean squared error, peak signal-to-noise ratio and structural similarity.
/// Pictures are 8-bit, three channels interleaved, row-major, and are measured on the range 0 to 1.
/// </summary>
public static class ImageMetrics
{
    private const int Channels = 3;
    private const int Window = 11;
    private const double WindowDeviation = 1.5;

    /// <summary>The mean squared difference over all pixels and channels.</summary>
    /// <param name="reference">The true picture, width * height * 3 bytes.</param>
    /// <param name="result">The other picture, of the same length.</param>
    /// <returns>0 (equal) to 1.</returns>
    /// <exception cref="EditException">The lengths differ or are 0.</exception>
    public static double MeanSquaredError(ReadOnlySpan<byte> reference, ReadOnlySpan<byte> result)
    {
        CheckSizes(reference, result);
        double sum = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            sum += SquaredDifference(reference[i], result[i]);
        }

        return sum / reference.Length;
    }

    /// <summary>The mean squared difference over the pixels of one part of a mask, and their channels.</summary>
    /// <param name="reference">The true picture, width * height * 3 bytes.</param>
    /// <param name="result">The other picture, of the same length.</param>
    /// <param name="mask">One byte a pixel: above 0 = edited (the hole), 0 = kept.</param>
    /// <param name="part">Which pixels count.</param>
    /// <returns>0 to 1; NaN if the part has no pixel.</returns>
    /// <exception cref="EditException">The sizes do not match.</exception>
    public static double MaskedMeanSquaredError(ReadOnlySpan<byte> reference, ReadOnlySpan<byte> result, ReadOnlySpan<byte> mask, MaskPart part)
    {
        (double sum, long pixels) = MaskedSum(reference, result, mask, part);
        return sum / (pixels * Channels);
    }

    /// <summary>
    /// The masked error as BrushBench computes it: over the kept pixels, the sum over three channels divided by the number of
    /// pixels, so three times <see cref="MaskedMeanSquaredError"/>. For comparison with published figures.
    /// </summary>
    /// <param name="reference">The true picture, width * height * 3 bytes.</param>
    /// <param name="result">The other picture, of the same length.</param>
    /// <param name="mask">One byte a pixel: above 0 = edited (the hole), 0 = kept.</param>
    /// <returns>0 to 3; NaN if no pixel is kept.</returns>
    /// <exception cref="EditException">The sizes do not match.</exception>
    public static double BrushBenchMeanSquaredError(ReadOnlySpan<byte> reference, ReadOnlySpan<byte> result, ReadOnlySpan<byte> mask)
    {
        (double sum, long pixels) = MaskedSum(reference, result, mask, MaskPart.Kept);
        return sum / pixels;
    }

    /// <summary>The peak signal-to-noise ratio of a mean squared error on the range 0 to 1: 10 log10(1 / error).</summary>
    /// <param name="meanSquaredError">The error.</param>
    /// <returns>Decibels; infinite for equal pictures.</returns>
    public static double Psnr(double meanSquaredError) => meanSquaredError == 0 ? double.PositiveInfinity : -10 * Math.Log10(meanSquaredError);

    /// <summary>The peak signal-to-noise ratio over all pixels.</summary>
    /// <param name="reference">The true picture, width * height * 3 bytes.</param>
    /// <param name="result">The other picture, of the same length.</param>
    /// <returns>Decibels; infinite for equal pictures.</returns>
    /// <exception cref="EditException">The lengths differ or are 0.</exception>
    public static double Psnr(ReadOnlySpan<byte> reference, ReadOnlySpan<byte> result) => Psnr(MeanSquaredError(reference, result));

    /// <summary>
    /// Structural similarity (Wang et al. 2004): Gaussian window of 11 x 11 and deviation 1.5, constants 0.01 and 0.03, the mean
    /// over channels and over the pixels whose whole window lies inside the picture.
    /// </summary>
    /// <param name="reference">The true picture, width * height * 3 bytes.</param>
    /// <param name="result">The other picture, as long.</param>
    /// <param name="width">Pixels a row, at least 11.</param>
    /// <param name="height">Rows, at least 11.</param>
    /// <returns>-1 to 1; 1 for equal pictures.</returns>
    /// <exception cref="EditException">The sizes do not match, or the picture is smaller than the window.</exception>
    public static double Ssim(ReadOnlySpan<byte> reference, ReadOnlySpan<byte> result, int width, int height)
    {
        CheckSizes(reference, result);
        if (width < Window || height < Window || reference.Length != (long)width * height * Channels)
        {
            throw new EditException(
                EditFault.BadPicture,
                $"Structural similarity needs a picture of at least {Window} x {Window} pixels with 3 bytes each; this is {width} x {height} in {reference.Length} bytes.",
                "Compare larger pictures.");
        }

        double total = 0;
        for (int channel = 0; channel < Channels; channel++)
        {
            double[] x = Plane(reference, channel);
            double[] y = Plane(result, channel);
            total += ChannelSsim(x, y, width, height);
        }

        return total / Channels;
    }

    private static double ChannelSsim(double[] x, double[] y, int width, int height)
    {
        const double C1 = 0.01 * 0.01;
        const double C2 = 0.03 * 0.03;
        double[] meanX = Blur(x, width, height);
        double[] meanY = Blur(y, width, height);
        double[] xx = Blur([.. x.Select(value => value * value)], width, height);
        double[] yy = Blur([.. y.Select(value => value * value)], width, height);
        double[] xy = Blur([.. x.Zip(y, (a, b) => a * b)], width, height);
        double sum = 0;
        for (int i = 0; i < meanX.Length; i++)
        {
            double product = meanX[i] * meanY[i];
            double squares = meanX[i] * meanX[i] + meanY[i] * meanY[i];
            sum += (2 * product + C1) * (2 * (xy[i] - product) + C2) / ((squares + C1) * (xx[i] + yy[i] - squares + C2));
        }

        return sum / meanX.Length;
    }

    // The weighted mean over the window, rows then columns, where the window fits: (height - 10) x (width - 10).
    private static double[] Blur(double[] plane, int width, int height)
    {
        double[] taps = [.. Enumerable.Range(0, Window).Select(i => Math.Exp(-Math.Pow(i - Window / 2, 2) / (2 * WindowDeviation * WindowDeviation)))];
        double norm = taps.Sum();
        int inner = width - Window + 1;
        double[] rows = new double[inner * height];
        for (int i = 0; i < rows.Length; i++)
        {
            int start = i / inner * width + i % inner;
            for (int k = 0; k < Window; k++)
            {
                rows[i] += taps[k] / norm * plane[start + k];
            }
        }

        double[] result = new double[inner * (height - Window + 1)];
        for (int i = 0; i < result.Length; i++)
        {
            for (int k = 0; k < Window; k++)
            {
                result[i] += taps[k] / norm * rows[i + k * inner];
            }
        }

        return result;
    }

    private static double[] Plane(ReadOnlySpan<byte> picture, int channel)
    {
        double[] plane = new double[picture.Length / Channels];
        for (int i = 0; i < plane.Length; i++)
        {
            plane[i] = picture[i * Channels + channel] / 255.0;
        }

        return plane;
    }

    private static (double Sum, long Pixels) MaskedSum(ReadOnlySpan<byte> reference, ReadOnlySpan<byte> result, ReadOnlySpan<byte> mask, MaskPart part)
    {
        CheckSizes(reference, result);
        if ((long)mask.Length * Channels != reference.Length)
        {
            throw new EditException(EditFault.BadMask, $"The mask has {mask.Length} pixels, the pictures {reference.Length / Channels}.", "Give a mask of the pictures' size.");
        }

        double sum = 0;
        long pixels = 0;
        for (int i = 0; i < mask.Length; i++)
        {
            if ((mask[i] > 0) == (part == MaskPart.Hole))
            {
                pixels++;
                for (int channel = 0; channel < Channels; channel++)
                {
                    sum += SquaredDifference(reference[i * Channels + channel], result[i * Channels + channel]);
                }
            }
        }

        return (sum, pixels);
    }

    private static double SquaredDifference(byte a, byte b)
    {
        double difference = (a - b) / 255.0;
        return difference * difference;
    }

    private static void CheckSizes(ReadOnlySpan<byte> reference, ReadOnlySpan<byte> result)
    {
        if (reference.IsEmpty || reference.Length != result.Length || reference.Length % Channels != 0)
        {
            throw new EditException(
                EditFault.BadPicture,
                $"Pictures of {reference.Length} and {result.Length} bytes cannot be compared.",
                "Give two pictures of one size, with three channels.");
        }
    }
}

/// <summary>The parts that a mask splits a picture into.</summary>
public enum MaskPart
{
    /// <summary>The pixels where the mask is 0.</summary>
    Kept,

    /// <summary>The pixels where the mask is above 0.</summary>
    Hole,
}
