namespace BrushEdit.Training;

/// <summary>An example of inpainting at the training size, as BrushNet's data loader makes it.</summary>
/// <param name="Pixels">The true picture in planes, (3, S, S), -1 to 1.</param>
/// <param name="Masked">The picture with its hole black, likewise; cubic interpolation may overshoot if it was not rounded to 8 bits.</param>
/// <param name="Keep">The mask, (S, S): 1 = keep, 0 = hole.</param>
/// <param name="Caption">What the picture shows.</param>
public sealed record BranchSample(float[] Pixels, float[] Masked, float[] Keep, string Caption);

/// <summary>Turns a picture with a mask into an example, step by step as the authors' loader does.</summary>
public static class BranchPreparation
{
    /// <summary>The size of a picture whose short side is scaled to the training size; rounding up may make it one pixel longer.</summary>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="side">The training size.</param>
    public static (int Width, int Height) Resized(int width, int height, int side)
    {
        double scale = (double)side / Math.Min(width, height);
        return ((int)Math.Ceiling(width * scale), (int)Math.Ceiling(height * scale));
    }

    /// <summary>Makes an example: the picture, the masked picture and the mask are resized and cropped separately.</summary>
    /// <param name="rgb">8-bit sRGB, interleaved, row-major.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="hole">True = hole, of the same size.</param>
    /// <param name="side">The training size.</param>
    /// <param name="left">The first column of the crop in the resized picture.</param>
    /// <param name="top">The first row of the crop.</param>
    /// <param name="caption">What it shows.</param>
    /// <param name="rounded">Whether mask and masked picture are rounded to 8 bits, as object masks are; brush strokes are not, and overshoot at edges.</param>
    public static BranchSample Prepare(
        byte[] rgb, int width, int height, bool[] hole, int side, int left, int top, string caption, bool rounded)
    {
        ArgumentNullException.ThrowIfNull(rgb);
        ArgumentNullException.ThrowIfNull(hole);
        (int toWidth, int toHeight) = Resized(width, height, side);
        float[] Cut(float[] source, int bands, bool toBytes) =>
            CubicResizer.Resize(source, width, height, bands, toWidth, toHeight, left, top, side, toBytes);

        float[] whole = Array.ConvertAll(rgb, value => (float)value);
        float[] masked = new float[rgb.Length];
        for (int at = 0; at < masked.Length; at++)
        {
            masked[at] = hole[at / 3] ? 0 : rgb[at];
        }

        float[] keep = Cut(Array.ConvertAll(hole, isHole => isHole ? 0f : 1f), 1, toBytes: rounded);
        return new BranchSample(Planes(Cut(whole, 3, toBytes: true), side), Planes(Cut(masked, 3, toBytes: rounded), side), keep, caption);
    }

    private static float[] Planes(float[] interleaved, int side)
    {
        int area = side * side;
        float[] planes = new float[3 * area];
        for (int at = 0; at < area; at++)
        {
            for (int band = 0; band < 3; band++)
            {
                planes[(band * area) + at] = (interleaved[(3 * at) + band] / 127.5f) - 1;
            }
        }

        return planes;
    }
}
