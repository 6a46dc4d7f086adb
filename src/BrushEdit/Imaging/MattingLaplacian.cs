namespace BrushEdit.Imaging;

/// <summary>
/// The matting Laplacian of a picture: opacity is assumed to be a linear function of the colour within every window of 3 x 3 pixels, and any
/// deviation from that is penalised by its square. It is never stored as a matrix: each product fits the windows' linear models again.
/// </summary>
/// <remarks>
/// Levin, Lischinski and Weiss, "A Closed-Form Solution to Natural Image Matting", 2008; the product by windows: He, Sun and Tang, "Fast
/// Matting Using Large Kernel Matting Laplacian Matrices", 2010.
/// </remarks>
internal sealed class MattingLaplacian
{
    // Variance of colours, on a scale of 0 to 1, that carries no information: sensor and compression noise.
    private const double Noise = 1e-4;
    private const int Side = 3;
    private const int Area = Side * Side;

    private readonly float[] colors;
    private readonly int width;
    private readonly int[] centres;
    private readonly float[] means;
    private readonly float[] inverses;

    /// <summary>Prepares the windows that contain an unknown pixel.</summary>
    /// <param name="rgb">8-bit sRGB, interleaved, row-major.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="unknown">The pixels whose opacity is to be found; row-major.</param>
    public MattingLaplacian(ReadOnlySpan<byte> rgb, int width, int height, bool[] unknown)
    {
        this.width = width;
        colors = new float[rgb.Length];
        for (int i = 0; i < rgb.Length; i++)
        {
            colors[i] = rgb[i] / 255f;
        }

        centres = [.. Windows(width, height, unknown)];
        means = new float[3 * centres.Length];
        inverses = new float[6 * centres.Length];
        for (int window = 0; window < centres.Length; window++)
        {
            Prepare(window);
        }
    }

    /// <summary>Adds the Laplacian's product with a map of opacities to a map of zeros, where windows reach.</summary>
    /// <param name="opacity">One value a pixel.</param>
    /// <param name="product">Receives the product.</param>
    public void Multiply(float[] opacity, float[] product)
    {
        Span<float> line = stackalloc float[4];
        for (int window = 0; window < centres.Length; window++)
        {
            Fit(window, opacity, line);
            for (int k = 0; k < Area; k++)
            {
                int i = Pixel(window, k);
                product[i] += opacity[i] - Value(line, i);
            }
        }
    }

    /// <summary>The diagonal of the Laplacian, one value a pixel.</summary>
    public float[] Diagonal()
    {
        float[] diagonal = new float[colors.Length / 3];
        for (int window = 0; window < centres.Length; window++)
        {
            for (int k = 0; k < Area; k++)
            {
                int i = Pixel(window, k);
                float r = colors[3 * i] - means[3 * window], g = colors[(3 * i) + 1] - means[(3 * window) + 1], b = colors[(3 * i) + 2] - means[(3 * window) + 2];
                (float x, float y, float z) = Solve(window, r, g, b);
                diagonal[i] += 1 - ((1 + (r * x) + (g * y) + (b * z)) / Area);
            }
        }

        return diagonal;
    }

    /// <summary>
    /// The map from a pixel's colour to its opacity: the mean of the linear models of all windows that contain it, as four values, of which the
    /// first three are for red, green and blue of 0 to 1. Where no window reaches, the opacity itself stands in the fourth.
    /// </summary>
    /// <param name="opacity">One value a pixel.</param>
    public float[] Lines(float[] opacity)
    {
        float[] lines = new float[4 * opacity.Length];
        byte[] counts = new byte[opacity.Length];
        Span<float> line = stackalloc float[4];
        for (int window = 0; window < centres.Length; window++)
        {
            Fit(window, opacity, line);
            for (int k = 0; k < Area; k++)
            {
                int i = Pixel(window, k);
                counts[i]++;
                for (int c = 0; c < 4; c++)
                {
                    lines[(4 * i) + c] += line[c];
                }
            }
        }

        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] == 0)
            {
                lines[(4 * i) + 3] = opacity[i];
            }

            for (int c = 0; c < 4 && counts[i] > 1; c++)
            {
                lines[(4 * i) + c] /= counts[i];
            }
        }

        return lines;
    }

    private static IEnumerable<int> Windows(int width, int height, bool[] unknown)
    {
        for (int y = 1; y < height - 1; y++)
        {
            for (int x = 1; x < width - 1; x++)
            {
                bool any = false;
                for (int k = 0; k < Area && !any; k++)
                {
                    any = unknown[((y + (k / Side) - 1) * width) + x + (k % Side) - 1];
                }

                if (any)
                {
                    yield return (y * width) + x;
                }
            }
        }
    }

    private int Pixel(int window, int k) => centres[window] + (((k / Side) - 1) * width) + (k % Side) - 1;

    private float Value(ReadOnlySpan<float> line, int i) =>
        (line[0] * colors[3 * i]) + (line[1] * colors[(3 * i) + 1]) + (line[2] * colors[(3 * i) + 2]) + line[3];

    // Mean colour, and the inverse of the colours' covariance: rr, rg, rb, gg, gb, bb.
    private void Prepare(int window)
    {
        Span<double> sums = stackalloc double[9];
        sums.Clear();
        for (int k = 0; k < Area; k++)
        {
            int at = 3 * Pixel(window, k);
            double r = colors[at], g = colors[at + 1], b = colors[at + 2];
            sums[0] += r;
            sums[1] += g;
            sums[2] += b;
            sums[3] += r * r;
            sums[4] += r * g;
            sums[5] += r * b;
            sums[6] += g * g;
            sums[7] += g * b;
            sums[8] += b * b;
        }

        double mr = sums[0] / Area, mg = sums[1] / Area, mb = sums[2] / Area, floor = Noise / Area;
        double rr = (sums[3] / Area) - (mr * mr) + floor, rg = (sums[4] / Area) - (mr * mg), rb = (sums[5] / Area) - (mr * mb);
        double gg = (sums[6] / Area) - (mg * mg) + floor, gb = (sums[7] / Area) - (mg * mb), bb = (sums[8] / Area) - (mb * mb) + floor;
        double a = (gg * bb) - (gb * gb), b0 = (rb * gb) - (rg * bb), c = (rg * gb) - (rb * gg), determinant = (rr * a) + (rg * b0) + (rb * c);
        (means[3 * window], means[(3 * window) + 1], means[(3 * window) + 2]) = ((float)mr, (float)mg, (float)mb);
        Span<float> inverse = inverses.AsSpan(6 * window, 6);
        inverse[0] = (float)(a / determinant);
        inverse[1] = (float)(b0 / determinant);
        inverse[2] = (float)(c / determinant);
        inverse[3] = (float)(((rr * bb) - (rb * rb)) / determinant);
        inverse[4] = (float)(((rb * rg) - (rr * gb)) / determinant);
        inverse[5] = (float)(((rr * gg) - (rg * rg)) / determinant);
    }

    private (float R, float G, float B) Solve(int window, float r, float g, float b)
    {
        ReadOnlySpan<float> m = inverses.AsSpan(6 * window, 6);
        return ((m[0] * r) + (m[1] * g) + (m[2] * b), (m[1] * r) + (m[3] * g) + (m[4] * b), (m[2] * r) + (m[4] * g) + (m[5] * b));
    }

    // The linear model that best fits the opacities of a window.
    private void Fit(int window, float[] opacity, Span<float> line)
    {
        float mr = means[3 * window], mg = means[(3 * window) + 1], mb = means[(3 * window) + 2];
        float mean = 0, r = 0, g = 0, b = 0;
        for (int k = 0; k < Area; k++)
        {
            int i = Pixel(window, k);
            float p = opacity[i];
            mean += p;
            r += p * (colors[3 * i] - mr);
            g += p * (colors[(3 * i) + 1] - mg);
            b += p * (colors[(3 * i) + 2] - mb);
        }

        mean /= Area;
        (line[0], line[1], line[2]) = Solve(window, r / Area, g / Area, b / Area);
        line[3] = mean - (line[0] * mr) - (line[1] * mg) - (line[2] * mb);
    }
}
