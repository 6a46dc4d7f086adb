using System.Globalization;
using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>Draws an edit's parts over its picture: the mask tinted and outlined, and boxes with labels.</summary>
public static class EditOverlay
{
    // Small pictures are magnified by whole factors until a label is readable on them.
    private const int ComfortableSide = 384;

    private static readonly (byte R, byte G, byte B)[] Colors =
        [(255, 196, 0), (0, 200, 255), (120, 220, 60), (255, 110, 180), (180, 140, 255), (255, 130, 40)];

    /// <summary>Draws the available parts: the mask, if <paramref name="mask"/> is true, and the boxes of the detections.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="mask">Whether to tint the mask.</param>
    /// <param name="boxes">Whether to draw the boxes.</param>
    /// <returns>8-bit sRGB, of the picture's size, or of a whole multiple of it if the picture is small and boxes are drawn.</returns>
    public static Picture Draw(ImageEdit edit, bool mask = true, bool boxes = true)
    {
        ArgumentNullException.ThrowIfNull(edit);
        Picture drawn = mask && edit.Mask is { } area ? area.Overlay(edit.Picture) : edit.Picture;
        return boxes && edit.Detections is { Length: > 0 } found ? Draw(drawn, found) : drawn;
    }

    /// <summary>Draws boxes, each with its phrase and score. All boxes of one phrase share a colour.</summary>
    /// <param name="picture">The picture; it is not modified.</param>
    /// <param name="detections">The boxes; the first, most certain one is drawn on top.</param>
    /// <returns>8-bit sRGB, of the picture's size, or of a whole multiple of it if the picture is small.</returns>
    public static Picture Draw(Picture picture, IReadOnlyList<Detection> detections)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(detections);
        int scale = Math.Max(1, ComfortableSide / Math.Max(picture.Width, picture.Height));
        Canvas canvas = new(picture, scale);
        string[] queries = [.. detections.Select(QueryOf).Distinct(StringComparer.Ordinal)];
        foreach (Detection found in detections.Reverse())
        {
            (byte R, byte G, byte B) color = Colors[Array.IndexOf(queries, QueryOf(found)) % Colors.Length];
            canvas.Frame(found.Box.Scale(scale, scale), color);
        }

        // Labels are drawn last, so that no frame crosses them.
        foreach (Detection found in detections.Reverse())
        {
            (byte R, byte G, byte B) color = Colors[Array.IndexOf(queries, QueryOf(found)) % Colors.Length];
            canvas.Label(found.Box.Scale(scale, scale), string.Create(CultureInfo.InvariantCulture, $"{found.Phrase} {found.Score:0.00}"), color);
        }

        return canvas.ToPicture();
    }

    // A detection that was described by hand has no query.
    private static string QueryOf(Detection found) => found.Query.Length > 0 ? found.Query : found.Phrase;

    private sealed class Canvas
    {
        private readonly byte[] rgb;
        private readonly int width;
        private readonly int height;
        private readonly int line;
        private readonly int dot;

        public Canvas(Picture picture, int scale)
        {
            width = checked(picture.Width * scale);
            height = checked(picture.Height * scale);
            rgb = new byte[checked(width * height * 3)];
            ReadOnlySpan<byte> source = picture.Rgb;
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    source.Slice(((y / scale * picture.Width) + (x / scale)) * 3, 3).CopyTo(rgb.AsSpan(((y * width) + x) * 3));
                }
            }

            line = Math.Max(2, Math.Min(width, height) / 256);
            dot = Math.Max(1, Math.Min(width, height) / 320);
        }

        public void Frame(Box box, (byte R, byte G, byte B) color)
        {
            int left = (int)Math.Round(box.X);
            int top = (int)Math.Round(box.Y);
            int right = (int)Math.Round(box.Right);
            int bottom = (int)Math.Round(box.Bottom);
            Fill(left, top, right, top + line, color);
            Fill(left, bottom - line, right, bottom, color);
            Fill(left, top, left + line, bottom, color);
            Fill(right - line, top, right, bottom, color);
        }

        public void Label(Box box, string text, (byte R, byte G, byte B) color)
        {
            int across = (BitmapFont.Measure(text) + 4) * dot;
            int down = (BitmapFont.Height + 4) * dot;

            // Above the box if there is room, otherwise inside it, and never beyond the picture's edge.
            int x = Math.Clamp((int)Math.Round(box.X), 0, Math.Max(0, width - across));
            int above = (int)Math.Round(box.Y) - down;
            int y = Math.Clamp(above >= 0 ? above : (int)Math.Round(box.Y), 0, Math.Max(0, height - down));
            Fill(x, y, x + across, y + down, color);
            foreach ((int column, int row) in BitmapFont.Dots(text))
            {
                int left = x + ((column + 2) * dot);
                int top = y + ((row + 2) * dot);
                Fill(left, top, left + dot, top + dot, (0, 0, 0));
            }
        }

        public Picture ToPicture() => Picture.FromRgb(rgb, width, height);

        private void Fill(int left, int top, int right, int bottom, (byte R, byte G, byte B) color)
        {
            for (int y = Math.Max(0, top); y < Math.Min(height, bottom); y++)
            {
                for (int x = Math.Max(0, left); x < Math.Min(width, right); x++)
                {
                    int at = ((y * width) + x) * 3;
                    (rgb[at], rgb[at + 1], rgb[at + 2]) = color;
                }
            }
        }
    }
}
