using BrushEdit.Imaging;
using NetVips;

namespace BrushEdit.Planning;

/// <summary>A picture for a model: upright, scaled down, JPEG, pixels only.</summary>
/// <param name="Jpeg">The file's bytes.</param>
/// <param name="Width">Width of the sent picture.</param>
/// <param name="Height">Height of the sent picture.</param>
public sealed record PictureAttachment(byte[] Jpeg, int Width, int Height)
{
    private const int Quality = 85;

    /// <summary>Creates the attachment; the picture's orientation is already applied, its metadata is omitted.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="longSide">The maximum length of the longer side, in pixels; a smaller picture is not enlarged.</param>
    public static PictureAttachment Of(Picture picture, int longSide)
    {
        ArgumentNullException.ThrowIfNull(picture);
        double scale = Math.Min(1, (double)longSide / Math.Max(picture.Width, picture.Height));
        int width = Math.Max(1, (int)Math.Round(picture.Width * scale));
        int height = Math.Max(1, (int)Math.Round(picture.Height * scale));
        byte[] rgb = scale < 1 ? picture.ToRgb(width, height) : picture.ToRgb();
        using Image image = Vips.FromSamples(rgb, width, height, 3, Enums.Interpretation.Srgb);
        return new PictureAttachment(image.JpegsaveBuffer(q: Quality, keep: Enums.ForeignKeep.None), width, height);
    }
}
