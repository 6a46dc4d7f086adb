namespace BrushEdit.Imaging;

/// <summary>
/// The colours of one of two layers where both are visible: the colour of a pixel at an object's edge without the background that shows through.
/// </summary>
/// <remarks>
/// Forte, "Approximate Fast Foreground Colour Estimation", 2021: the weighted means of each layer's colours around a pixel, corrected so that
/// both together reproduce the pixel, first over a wide, then over a narrow neighbourhood.
/// </remarks>
internal static class LayerColors
{
    private const float Little = 1e-4f;

    /// <summary>Estimates the colours of a layer.</summary>
    /// <param name="rgb">8-bit sRGB, interleaved, row-major.</param>
    /// <param name="share">How much of each pixel is the layer's, 0 to 1; row-major.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="reach">Pixels over which layers are mixed at the edge, from 1.</param>
    /// <returns>Levels of 0 to 255, three a pixel; of use where the share is neither 0 nor 1.</returns>
    public static float[] Estimate(ReadOnlySpan<byte> rgb, float[] share, int width, int height, int reach)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(reach, 1);
        float[] rest = Array.ConvertAll(share, part => 1 - part);
        float[] layer = new float[rgb.Length], ground = new float[rgb.Length];
        for (int i = 0; i < rgb.Length; i++)
        {
            layer[i] = ground[i] = rgb[i];
        }

        foreach (int radius in new[] { 4 * reach, 1 })
        {
            float[] nearLayer = Mean(layer, share, width, height, radius), nearGround = Mean(ground, rest, width, height, radius);
            for (int i = 0; i < layer.Length; i++)
            {
                float a = share[i / 3];
                float off = rgb[i] - (a * nearLayer[i]) - ((1 - a) * nearGround[i]);
                layer[i] = Math.Clamp(nearLayer[i] + (a * off), 0, 255);
                ground[i] = Math.Clamp(nearGround[i] + ((1 - a) * off), 0, 255);
            }
        }

        return layer;
    }

    // The mean of colours over a square, each pixel with its weight; if all weights are 0, the colour itself.
    private static float[] Mean(float[] colors, float[] weights, int width, int height, int radius)
    {
        float[] all = BoxFilter.Mean(weights, width, height, radius);
        float[] mean = new float[colors.Length];
        float[] band = new float[weights.Length];
        for (int c = 0; c < 3; c++)
        {
            for (int i = 0; i < band.Length; i++)
            {
                band[i] = weights[i] * colors[(3 * i) + c];
            }

            float[] sums = BoxFilter.Mean(band, width, height, radius);
            for (int i = 0; i < band.Length; i++)
            {
                mean[(3 * i) + c] = all[i] > Little ? sums[i] / all[i] : colors[(3 * i) + c];
            }
        }

        return mean;
    }
}
