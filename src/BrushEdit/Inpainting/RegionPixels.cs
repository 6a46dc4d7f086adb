using BrushEdit.Imaging;

namespace BrushEdit.Inpainting;

/// <summary>The region of a picture that goes through the networks, at the size they work at.</summary>
/// <param name="Region">The position of the region.</param>
/// <param name="Rgb">8-bit sRGB, interleaved, row-major, WorkWidth x WorkHeight.</param>
/// <param name="Hole">True for pixels that the networks fill, row-major.</param>
internal sealed record RegionPixels(WorkRegion Region, byte[] Rgb, bool[] Hole)
{
    // A cell that is edited to this share or more is hidden from the networks: the removed object must not show through the hole's edge.
    private const float Touched = 0.05f;

    /// <summary>Pixels across.</summary>
    public int Width => Region.WorkWidth;

    /// <summary>Pixels down.</summary>
    public int Height => Region.WorkHeight;

    /// <summary>Whether the whole picture is edited, not only all of this region: none of it is kept.</summary>
    public bool IsWhole { get; private init; }

    /// <summary>Cuts out the region and scales it to its work size.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="mask">Its mask.</param>
    /// <param name="region">The region.</param>
    /// <param name="threshold">The lowest mask value that counts as hole: 1 for a matte, to hide the old background in its edge.</param>
    public static RegionPixels Cut(Picture picture, Mask mask, WorkRegion region, byte threshold = Mask.Threshold)
    {
        byte[] rgb = new byte[region.Width * region.Height * 3];
        float[] hole = new float[region.Width * region.Height];
        for (int y = 0; y < region.Height; y++)
        {
            int start = ((region.Y + y) * picture.Width) + region.X;
            picture.Rgb.Slice(3 * start, 3 * region.Width).CopyTo(rgb.AsSpan(3 * y * region.Width));
            ReadOnlySpan<byte> row = mask.Values.Slice(start, region.Width);
            for (int x = 0; x < region.Width; x++)
            {
                hole[(y * region.Width) + x] = row[x] >= threshold ? 1 : 0;
            }
        }

        if (region.IsScaled)
        {
            rgb = Resizer.Resize(rgb, region.Width, region.Height, 3, region.WorkWidth, region.WorkHeight, ResizeFilter.Lanczos);
            hole = Resizer.Resize(hole, region.Width, region.Height, 1, region.WorkWidth, region.WorkHeight, ResizeFilter.Bilinear);
        }

        return new RegionPixels(region, rgb, Array.ConvertAll(hole, share => share >= Touched)) { IsWhole = mask.Binarize().IsFull };
    }
}
