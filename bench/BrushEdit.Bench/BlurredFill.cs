using BrushEdit.Imaging;

namespace BrushEdit.Bench;

/// <summary>A baseline without a network: a hole filled with a blur of the pixels around it. A model has to beat it.</summary>
internal static class BlurredFill
{
    private const double Sigma = 2;
    private const int Taps = 13;

    /// <summary>Fills a hole from its rim inwards by repeated normalised Gaussian blur.</summary>
    /// <param name="rgb">Interleaved RGB, rows from the top.</param>
    /// <param name="mask">Nonzero = hole.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <returns>The filled picture; null if there are no kept pixels to fill the hole from.</returns>
    public static byte[]? Fill(ReadOnlySpan<byte> rgb, ReadOnlySpan<byte> mask, int width, int height)
    {
        float[] known = new float[mask.Length];
        for (int i = 0; i < known.Length; i++)
        {
            known[i] = mask[i] == 0 ? 1 : 0;
        }

        if (!known.Contains(1))
        {
            return null;
        }

        float[][] bands = [new float[known.Length], new float[known.Length], new float[known.Length]];
        for (int i = 0; i < rgb.Length; i++)
        {
            bands[i % 3][i / 3] = rgb[i] * known[i / 3];
        }

        // A pixel is filled once enough of its neighbourhood is known; each round advances by about a kernel's radius.
        while (known.Contains(0))
        {
            float[] weight = GaussianFilter.Blur(known, width, height, Taps, Sigma);
            float[][] sums = Array.ConvertAll(bands, band => GaussianFilter.Blur(band, width, height, Taps, Sigma));
            float enough = 0.2f * Enumerable.Range(0, known.Length).Where(i => known[i] == 0).Max(i => weight[i]);
            for (int i = 0; i < known.Length; i++)
            {
                if (known[i] == 0 && weight[i] >= enough)
                {
                    for (int band = 0; band < 3; band++)
                    {
                        bands[band][i] = sums[band][i] / weight[i];
                    }

                    known[i] = 1;
                }
            }
        }

        byte[] filled = rgb.ToArray();
        for (int i = 0; i < filled.Length; i++)
        {
            if (mask[i / 3] != 0)
            {
                filled[i] = (byte)Math.Clamp(MathF.Round(bands[i % 3][i / 3]), 0, 255);
            }
        }

        return filled;
    }
}
