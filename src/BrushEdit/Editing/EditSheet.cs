using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>A summary picture of an edit: the original, the edited part and the result side by side.</summary>
public static class EditSheet
{
    // Small pictures are magnified by whole factors until they are about this high.
    private const int ComfortableHeight = 256;
    private const int Gap = 8;
    private const byte Paper = 255;

    /// <summary>Draws the sheet in 8-bit sRGB, from left to right: the picture, the picture with its mask, and every sample.</summary>
    /// <param name="edit">The edit; missing parts are left out.</param>
    public static Picture Draw(ImageEdit edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        List<Picture> columns = [edit.Picture];
        if (edit.Mask is { } mask)
        {
            columns.Add(mask.Overlay(edit.Picture));
        }

        if (edit.Result is { } result)
        {
            columns.Add(result);
            columns.AddRange(edit.Samples.Select(sample => sample.Picture).Where(picture => picture != result));
        }

        return Draw(columns);
    }

    private static Picture Draw(List<Picture> columns)
    {
        int scale = Math.Max(1, ComfortableHeight / columns[0].Height);
        int height = columns.Max(picture => picture.Height) * scale;
        int width = (columns.Sum(picture => picture.Width) * scale) + (Gap * (columns.Count - 1));
        byte[] sheet = new byte[checked(width * height * 3)];
        Array.Fill(sheet, Paper);
        int left = 0;
        foreach (Picture picture in columns)
        {
            ReadOnlySpan<byte> rgb = picture.Rgb;
            for (int y = 0; y < picture.Height * scale; y++)
            {
                Span<byte> row = sheet.AsSpan(((y * width) + left) * 3, picture.Width * scale * 3);
                for (int x = 0; x < picture.Width * scale; x++)
                {
                    rgb.Slice(((y / scale * picture.Width) + (x / scale)) * 3, 3).CopyTo(row[(x * 3)..]);
                }
            }

            left += (picture.Width * scale) + Gap;
        }

        return Picture.FromRgb(sheet, width, height);
    }
}
