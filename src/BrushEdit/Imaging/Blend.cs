namespace BrushEdit.Imaging;

/// <summary>
/// The weight of the fill at each pixel, and the blending itself. Alpha maps contain width * height values of 0 to 1.
/// </summary>
public static class Blend
{
    /// <summary>
    /// The default blending: 0 wherever the mask is 0, so that kept pixels do not change; inside, it rises over a number of pixels from
    /// the mask's edge, and is the mask's own value deeper in. The picture's border is not an edge.
    /// </summary>
    /// <param name="mask">Where to edit.</param>
    /// <param name="feather">
    /// Pixels over which the weight rises, from 0. The pixel next to a kept one has a weight of 1 / (feather + 1), or less where the
    /// mask is soft; 0 returns the mask's values unchanged.
    /// </param>
    public static float[] InsideAlpha(Mask mask, int feather)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentOutOfRangeException.ThrowIfNegative(feather);
        float[] alpha = mask.ToFloats();
        if (feather == 0 || mask.IsEmpty || mask.IsFull)
        {
            return alpha;
        }

        int[] distances = DistanceTransform.Squared(mask.Values, mask.Width, mask.Height, toInside: false, threshold: 1);
        double deep = feather + 1.0;
        for (int i = 0; i < alpha.Length; i++)
        {
            if (distances[i] < deep * deep)
            {
                alpha[i] = Math.Min(alpha[i], (float)(Math.Sqrt(distances[i]) / deep));
            }
        }

        return alpha;
    }

    /// <summary>The two-sided form of the papers: a Gaussian of the mask, which reaches into the kept part as well.</summary>
    /// <param name="mask">Where to edit.</param>
    /// <param name="taps">Weights across and down; odd.</param>
    /// <param name="sigma">Standard deviation in pixels.</param>
    public static float[] TwoSidedAlpha(Mask mask, int taps = GaussianFilter.PaperTaps, double sigma = GaussianFilter.PaperSigma)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return GaussianFilter.Blur(mask.ToFloats(), mask.Width, mask.Height, taps, sigma);
    }

    /// <summary>
    /// The union form: 1 - (1 - mask)(1 - blurred mask). All of the mask is edited fully, and the Gaussian reaches outwards only.
    /// </summary>
    /// <param name="mask">Where to edit.</param>
    /// <param name="taps">Weights across and down; odd.</param>
    /// <param name="sigma">Standard deviation in pixels.</param>
    public static float[] UnionAlpha(Mask mask, int taps = GaussianFilter.PaperTaps, double sigma = GaussianFilter.PaperSigma)
    {
        float[] alpha = TwoSidedAlpha(mask, taps, sigma);
        for (int i = 0; i < alpha.Length; i++)
        {
            alpha[i] = 1 - ((1 - (mask.Values[i] / 255f)) * (1 - alpha[i]));
        }

        return alpha;
    }

    /// <summary>
    /// Lays the kept object over the drawn picture with the mask as a matte: where it is soft, the old background is first removed from the
    /// object's colours (<see cref="LayerColors"/>).
    /// </summary>
    /// <param name="original">8-bit sRGB, interleaved, row-major.</param>
    /// <param name="drawn">The drawn picture, of the same length.</param>
    /// <param name="mask">255 where only the drawn picture shows, 0 where only the original shows; of the same size.</param>
    /// <param name="reach">Pixels over which the matte is soft at an edge, from 1.</param>
    /// <returns>As many values; the original's where the mask is 0.</returns>
    /// <exception cref="ArgumentException">The lengths do not match.</exception>
    public static byte[] OverMatte(ReadOnlySpan<byte> original, ReadOnlySpan<byte> drawn, Mask mask, int reach)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (original.Length != drawn.Length || original.Length != 3 * mask.Values.Length)
        {
            throw new ArgumentException($"{original.Length} and {drawn.Length} values do not fit a mask of {mask.Width} x {mask.Height}.", nameof(mask));
        }

        float[] kept = mask.Invert().ToFloats();
        float[] colors = LayerColors.Estimate(original, kept, mask.Width, mask.Height, reach);
        byte[] mixed = original.ToArray();
        for (int i = 0; i < mixed.Length; i++)
        {
            float share = kept[i / 3];
            mixed[i] = share >= 1 ? mixed[i] : (byte)Math.Round((share * colors[i]) + ((1 - share) * drawn[i]));
        }

        return mixed;
    }

    /// <summary>alpha * drawn + (1 - alpha) * original, in levels of 0 to 255 before rounding.</summary>
    /// <param name="original">8-bit pixels of any number of interleaved bands.</param>
    /// <param name="drawn">Pixels of the same number and bands.</param>
    /// <param name="alpha">One value a pixel.</param>
    /// <exception cref="ArgumentException">The lengths do not match.</exception>
    public static float[] Mix(ReadOnlySpan<byte> original, ReadOnlySpan<byte> drawn, ReadOnlySpan<float> alpha)
    {
        if (original.Length != drawn.Length || alpha.IsEmpty || original.Length % alpha.Length != 0)
        {
            throw new ArgumentException($"{original.Length} and {drawn.Length} values do not fit {alpha.Length} values of alpha.", nameof(alpha));
        }

        int bands = original.Length / alpha.Length;
        float[] mixed = new float[original.Length];
        for (int i = 0; i < mixed.Length; i++)
        {
            float share = alpha[i / bands];
            mixed[i] = (share * drawn[i]) + ((1 - share) * original[i]);
        }

        return mixed;
    }

    /// <summary>Levels rounded to nearest and clipped to 8 bits.</summary>
    /// <param name="levels">Values of 0 to 255.</param>
    public static byte[] Round(ReadOnlySpan<float> levels)
    {
        byte[] bytes = new byte[levels.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)Math.Clamp(levels[i] + 0.5f, 0f, 255f);
        }

        return bytes;
    }
}
