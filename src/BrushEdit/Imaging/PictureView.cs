namespace BrushEdit.Imaging;

/// <summary>Pictures for display: 8-bit sRGB, scaled, transparent parts laid on a checkerboard.</summary>
public static class PictureView
{
    private const int Square = 8;
    private const byte LightSquare = 230;
    private const byte DarkSquare = 190;

    /// <summary>The size of a picture that is scaled to fit, with its aspect ratio kept.</summary>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    /// <param name="most">The maximum length of the longer side in pixels, from 1; smaller pictures stay as they are.</param>
    public static (int Width, int Height) Fit(int width, int height, int most)
    {
        double scale = Math.Min(1, (double)most / Math.Max(width, height));
        return (Scaled(width, scale), Scaled(height, scale));
    }

    /// <summary>The picture at a size: antialiased where it shrinks, with hard pixels where it grows to twice its size or more.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    /// <returns>width * height * 3 values.</returns>
    public static byte[] ToRgb(Picture picture, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ResizeFilter filter = width >= picture.Width * 2 && height >= picture.Height * 2 ? ResizeFilter.Nearest : ResizeFilter.Bicubic;
        byte[] rgb = picture.ToRgb(width, height, filter);
        if (!picture.HasAlpha)
        {
            return rgb;
        }

        Mask transparency = Mask.FromAlpha(picture);
        ReadOnlySpan<byte> hidden = Resizer.Resize(transparency.Values, picture.Width, picture.Height, 1, width, height, filter);
        for (int i = 0; i < hidden.Length; i++)
        {
            int square = (i % width / Square) + (i / width / Square);
            byte paper = square % 2 == 0 ? LightSquare : DarkSquare;
            for (int b = i * 3; b < (i * 3) + 3; b++)
            {
                rgb[b] = (byte)(((rgb[b] * (255 - hidden[i])) + (paper * hidden[i]) + 127) / 255);
            }
        }

        return rgb;
    }

    /// <summary>A PNG file of sRGB samples, without metadata.</summary>
    /// <param name="rgb">width * height * 3 values.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    internal static byte[] ToPng(byte[] rgb, int width, int height)
    {
        using NetVips.Image image = Vips.FromSamples(rgb, width, height, 3, NetVips.Enums.Interpretation.Srgb);
        return image.PngsaveBuffer(compression: 6, filter: NetVips.Enums.ForeignPngFilter.All, keep: NetVips.Enums.ForeignKeep.None);
    }

    /// <summary>A lossy WebP file of sRGB samples, without metadata.</summary>
    /// <param name="rgb">width * height * 3 values.</param>
    /// <param name="width">Pixels across, at most 16383.</param>
    /// <param name="height">Pixels down, at most 16383.</param>
    /// <param name="quality">1 to 100.</param>
    internal static byte[] ToWebP(byte[] rgb, int width, int height, int quality)
    {
        using NetVips.Image image = Vips.FromSamples(rgb, width, height, 3, NetVips.Enums.Interpretation.Srgb);
        return image.WebpsaveBuffer(q: quality, keep: NetVips.Enums.ForeignKeep.None);
    }

    private static int Scaled(int side, double scale) => Math.Max(1, (int)Math.Round(side * scale));
}
