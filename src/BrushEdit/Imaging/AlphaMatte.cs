namespace BrushEdit.Imaging;

/// <summary>
/// Opacity along the edge of an object: the share of each pixel that belongs to the object, the rest being background. Within a band along a
/// binary outline, it is estimated from the colours.
/// </summary>
public static class AlphaMatte
{
    /// <summary>Pixels on either side of an outline within which the edge is searched for, in a picture whose shorter side is 512.</summary>
    public const double ReachAt512 = 12;

    // Bands wider than this are solved at a reduced size; the resulting linear models of opacity over colour are then applied at full size.
    private const int WidestBand = 6;
    private const int MostSteps = 200;
    private const double Tolerance = 1e-3;

    // The outline's weight where colours do not separate object and background, beside windows that weigh up to nine.
    private const float OutlineWeight = 0.002f;

    // Opacities nearer than this to 0 or 1 are rounding errors of the solver, and are set to 0 or 1.
    private const float Certain = 0.08f;

    /// <summary>How far the edge is searched for: 12 pixels where the picture's shorter side is 512, in proportion elsewhere; at least 2.</summary>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    public static int DefaultReach(int width, int height) => Math.Max(2, (int)Math.Round(ReachAt512 * Math.Min(width, height) / 512));

    /// <summary>Estimates the opacity.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="outline">The object's outline, of the picture's size; values of 128 and above are the object.</param>
    /// <param name="reach">Pixels on either side of the outline within which the edge is; 0 returns the hard outline.</param>
    /// <returns>255 on the object, 0 on the background, opacity times 255 between; the outline's values farther from it than the reach.</returns>
    /// <exception cref="EditException">The outline is of another size than the picture.</exception>
    public static Mask Refine(Picture picture, Mask outline, int reach)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(outline);
        ArgumentOutOfRangeException.ThrowIfNegative(reach);
        outline.RequireSize(picture);
        Mask hard = outline.Binarize();
        if (reach == 0 || hard.IsEmpty || hard.IsFull)
        {
            return hard;
        }

        int shrink = (reach + WidestBand - 1) / WidestBand;
        int width = (picture.Width + shrink - 1) / shrink, height = (picture.Height + shrink - 1) / shrink;
        Mask small = hard.Fit(width, height).Binarize();
        bool[] unknown = Band(small, Math.Max(2, reach / shrink));
        byte[] rgb = picture.ToRgb(width, height, ResizeFilter.Bilinear);
        MattingLaplacian laplacian = new(rgb, width, height, unknown);
        float[] opacity = Solve(laplacian, small, unknown);
        float[] lines = shrink == 1 ? laplacian.Lines(opacity) : Resizer.Resize(laplacian.Lines(opacity), width, height, 4, picture.Width, picture.Height, ResizeFilter.Bilinear);
        return Read(picture, hard, shrink == 1 ? unknown : Band(hard, reach, thin: false), lines);
    }

    // The outline's edge, with a distance of up to the reach on both sides, where the object is wider than its edge: for an object that
    // is thinner than the band, only the pixels at the edge are in doubt, or none if they were not resolved one by one.
    private static bool[] Band(Mask hard, int reach, bool thin = true)
    {
        int[] inside = DistanceTransform.Squared(hard.Values, hard.Width, hard.Height, toInside: false);
        int[] outside = DistanceTransform.Squared(hard.Values, hard.Width, hard.Height, toInside: true);
        long far = (long)reach * reach;
        byte[] core = Array.ConvertAll(inside, squared => squared > far ? (byte)255 : (byte)0);
        int[] toCore = DistanceTransform.Squared(core, hard.Width, hard.Height, toInside: true);
        long near = (2L * reach) + 2;
        bool[] band = new bool[inside.Length];
        for (int i = 0; i < band.Length; i++)
        {
            long limit = toCore[i] <= near * near ? far : thin ? 1 : 0;
            band[i] = inside[i] <= limit && outside[i] <= limit;
        }

        return band;
    }

    // Conjugate gradients on the unknown pixels alone, each scaled by the diagonal.
    private static float[] Solve(MattingLaplacian laplacian, Mask hard, bool[] unknown)
    {
        float[] outline = GaussianFilter.Blur(hard.ToFloats(), hard.Width, hard.Height, taps: 5, sigma: 1);
        float[] x = hard.ToFloats();
        float[] diagonal = laplacian.Diagonal();
        float[] residual = new float[x.Length], direction = new float[x.Length], product = new float[x.Length];
        int[] at = [.. Enumerable.Range(0, x.Length).Where(i => unknown[i])];
        laplacian.Multiply(x, product);
        double energy = 0;
        foreach (int i in at)
        {
            residual[i] = (OutlineWeight * (outline[i] - x[i])) - product[i];
            direction[i] = residual[i] / (diagonal[i] + OutlineWeight);
            energy += residual[i] * direction[i];
        }

        double enough = energy * Tolerance * Tolerance;
        for (int step = 0; step < MostSteps && energy > enough && energy > 0; step++)
        {
            Array.Clear(product);
            laplacian.Multiply(direction, product);
            double curvature = at.Sum(i => (double)direction[i] * (product[i] + (OutlineWeight * direction[i])));
            if (curvature <= 0)
            {
                break;
            }

            float length = (float)(energy / curvature);
            double next = 0;
            foreach (int i in at)
            {
                x[i] += length * direction[i];
                residual[i] -= length * (product[i] + (OutlineWeight * direction[i]));
                next += residual[i] * residual[i] / (diagonal[i] + OutlineWeight);
            }

            float turn = (float)(next / energy);
            foreach (int i in at)
            {
                direction[i] = (residual[i] / (diagonal[i] + OutlineWeight)) + (turn * direction[i]);
            }

            energy = next;
        }

        return x;
    }

    private static Mask Read(Picture picture, Mask hard, bool[] band, float[] lines)
    {
        byte[] values = hard.Values.ToArray();
        ReadOnlySpan<byte> rgb = picture.Rgb;
        for (int i = 0; i < values.Length; i++)
        {
            if (!band[i])
            {
                continue;
            }

            float opacity = (((lines[4 * i] * rgb[3 * i]) + (lines[(4 * i) + 1] * rgb[(3 * i) + 1]) + (lines[(4 * i) + 2] * rgb[(3 * i) + 2])) / 255f) + lines[(4 * i) + 3];
            values[i] = opacity <= Certain ? (byte)0 : opacity >= 1 - Certain ? (byte)255 : (byte)Math.Round(255 * opacity);
        }

        return Mask.FromValues(values, hard.Width, hard.Height);
    }
}
