namespace BrushEdit.Imaging;

/// <summary>
/// Structural similarity (Wang et al. 2004) at every pixel: Gaussian window of 11 x 11 and deviation 1.5, constants 0.01 and 0.03, data
/// range 1, the picture mirrored at its border without repeating the edge pixel, as torchmetrics computes it.
/// <see cref="ImageMetrics.Ssim"/> leaves the border out instead.
/// </summary>
public sealed class StructuralSimilarity
{
    /// <summary>The minimum length of a picture's side, for the window to be mirrored.</summary>
    public const int LeastSide = Radius + 1;

    private const int Channels = 3;
    private const int Radius = 5;
    private const double Deviation = 1.5;
    private const double C1 = 0.01 * 0.01;
    private const double C2 = 0.03 * 0.03;

    private static readonly double[] Kernel = MakeKernel();

    private readonly double[] map;

    private StructuralSimilarity(double[] map) => this.map = map;

    /// <summary>The mean over all pixels: -1 to 1, 1 for equal pictures.</summary>
    public double Mean => map.Average();

    /// <summary>Compares two pictures.</summary>
    /// <param name="reference">The true picture, width * height * 3 bytes, interleaved.</param>
    /// <param name="result">The other picture, of the same length.</param>
    /// <param name="width">Pixels a row, at least <see cref="LeastSide"/>.</param>
    /// <param name="height">Rows, at least <see cref="LeastSide"/>.</param>
    /// <exception cref="EditException">The sizes do not match, or the picture is too small (BadPicture).</exception>
    public static StructuralSimilarity Of(ReadOnlySpan<byte> reference, ReadOnlySpan<byte> result, int width, int height)
    {
        if (width < LeastSide || height < LeastSide || reference.Length != (long)width * height * Channels || result.Length != reference.Length)
        {
            throw new EditException(
                EditFault.BadPicture,
                $"Structural similarity needs two pictures of one size, at least {LeastSide} x {LeastSide}; these have {reference.Length} and {result.Length} bytes for {width} x {height}.",
                "Compare larger pictures of one size.");
        }

        double[] map = new double[width * height];
        double[] x = new double[map.Length];
        double[] y = new double[map.Length];
        Blurs blurs = new(width, height);
        for (int channel = 0; channel < Channels; channel++)
        {
            for (int i = 0; i < map.Length; i++)
            {
                x[i] = reference[(i * Channels) + channel] / 255.0;
                y[i] = result[(i * Channels) + channel] / 255.0;
            }

            blurs.AddSimilarity(x, y, map);
        }

        return new StructuralSimilarity(map);
    }

    /// <summary>The mean over the pixels of one part of a mask; a window counts for the pixel in its middle.</summary>
    /// <param name="mask">One byte a pixel: above 0 = edited (the hole), 0 = kept.</param>
    /// <param name="part">Which pixels count.</param>
    /// <returns>-1 to 1; NaN if the part has no pixel.</returns>
    /// <exception cref="EditException">The mask has another size (BadMask).</exception>
    public double MeanOf(ReadOnlySpan<byte> mask, MaskPart part)
    {
        if (mask.Length != map.Length)
        {
            throw new EditException(EditFault.BadMask, $"The mask has {mask.Length} pixels, the pictures {map.Length}.", "Give a mask of the pictures' size.");
        }

        double sum = 0;
        long pixels = 0;
        for (int i = 0; i < map.Length; i++)
        {
            if ((mask[i] > 0) == (part == MaskPart.Hole))
            {
                sum += map[i];
                pixels++;
            }
        }

        return sum / pixels;
    }

    private static double[] MakeKernel()
    {
        double[] taps = [.. Enumerable.Range(-Radius, (2 * Radius) + 1).Select(i => Math.Exp(-i * i / (2 * Deviation * Deviation)))];
        double norm = taps.Sum();
        return [.. taps.Select(tap => tap / norm)];
    }

    /// <summary>Blurs planes of one size, in reused memory.</summary>
    private sealed class Blurs(int width, int height)
    {
        private readonly double[] between = new double[width * height];
        private readonly double[] product = new double[width * height];
        private readonly double[] padded = new double[width + (2 * Radius)];
        private readonly double[][] blurred = [.. Enumerable.Range(0, 5).Select(_ => new double[width * height])];

        // Adds a channel's third of the similarity.
        public void AddSimilarity(double[] x, double[] y, double[] map)
        {
            Blur(x, blurred[0]);
            Blur(y, blurred[1]);
            Blur(Multiply(x, x), blurred[2]);
            Blur(Multiply(y, y), blurred[3]);
            Blur(Multiply(x, y), blurred[4]);
            for (int i = 0; i < map.Length; i++)
            {
                double means = blurred[0][i] * blurred[1][i];
                double squares = (blurred[0][i] * blurred[0][i]) + (blurred[1][i] * blurred[1][i]);
                map[i] += ((2 * means) + C1) * ((2 * (blurred[4][i] - means)) + C2)
                    / ((squares + C1) * (blurred[2][i] + blurred[3][i] - squares + C2)) / Channels;
            }
        }

        private double[] Multiply(double[] a, double[] b)
        {
            for (int i = 0; i < product.Length; i++)
            {
                product[i] = a[i] * b[i];
            }

            return product;
        }

        private void Blur(double[] plane, double[] target)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < padded.Length; x++)
                {
                    padded[x] = plane[(y * width) + GaussianFilter.Mirror(x - Radius, width)];
                }

                for (int x = 0; x < width; x++)
                {
                    double sum = 0;
                    for (int k = 0; k < Kernel.Length; k++)
                    {
                        sum += Kernel[k] * padded[x + k];
                    }

                    between[(y * width) + x] = sum;
                }
            }

            Array.Clear(target);
            for (int y = 0; y < height; y++)
            {
                Span<double> row = target.AsSpan(y * width, width);
                for (int k = 0; k < Kernel.Length; k++)
                {
                    ReadOnlySpan<double> from = between.AsSpan(GaussianFilter.Mirror(y + k - Radius, height) * width, width);
                    double weight = Kernel[k];
                    for (int x = 0; x < row.Length; x++)
                    {
                        row[x] += weight * from[x];
                    }
                }
            }
        }
    }
}
