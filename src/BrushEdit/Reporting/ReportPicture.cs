using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Reporting;

/// <summary>A picture embedded in a page: scaled down, encoded, without any metadata.</summary>
/// <param name="Source">A data URI.</param>
/// <param name="Width">Pixels across as shown.</param>
/// <param name="Height">Pixels down as shown.</param>
/// <param name="Magnified">Whether it is shown magnified, so that its pixels should stay hard.</param>
internal sealed record ReportPicture(string Source, int Width, int Height, bool Magnified)
{
    // Up to this side length in pixels, a picture is embedded unscaled as PNG.
    private const int SmallSide = 256;

    // Small pictures are shown magnified, by integer factors, to about this many pixels.
    private const int ComfortableSide = 384;
    private const int Quality = 84;

    /// <summary>Encodes a picture.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="most">The maximum length of its longer side in pixels.</param>
    public static ReportPicture Of(Picture picture, int most)
    {
        (int width, int height) = PictureView.Fit(picture.Width, picture.Height, most);
        byte[] rgb = PictureView.ToRgb(picture, width, height);
        int scale = Math.Max(1, Math.Min(ComfortableSide, most) / Math.Max(width, height));
        string source = Math.Max(width, height) <= SmallSide
            ? "data:image/png;base64," + Convert.ToBase64String(PictureView.ToPng(rgb, width, height))
            : "data:image/webp;base64," + Convert.ToBase64String(PictureView.ToWebP(rgb, width, height, Quality));
        return new ReportPicture(source, width * scale, height * scale, scale > 1);
    }

    /// <summary>
    /// An edit's picture with boxes or mask at the page's scale: they are scaled first and then drawn, so that lines and labels are
    /// readable, and nothing is rendered at the picture's full size.
    /// </summary>
    /// <param name="edit">The edit.</param>
    /// <param name="most">The maximum length of the longer side in pixels.</param>
    /// <param name="boxes">True draws the boxes, false the mask.</param>
    public static ReportPicture Overlay(ImageEdit edit, int most, bool boxes)
    {
        (int width, int height) = PictureView.Fit(edit.Picture.Width, edit.Picture.Height, most);
        Picture small = Picture.FromRgb(PictureView.ToRgb(edit.Picture, width, height), width, height);
        double across = (double)width / edit.Picture.Width;
        double down = (double)height / edit.Picture.Height;
        Picture drawn = boxes
            ? EditOverlay.Draw(small, [.. edit.Detections!.Select(found => found with { Box = found.Box.Scale(across, down) })])
            : edit.Mask!.Fit(width, height).Overlay(small);
        return Of(drawn, Math.Max(most, Math.Max(drawn.Width, drawn.Height)));
    }
}
