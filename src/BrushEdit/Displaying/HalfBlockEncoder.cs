using System.Text;

namespace BrushEdit.Displaying;

/// <summary>
/// Draws with the upper half block (U+2580): its foreground is the upper pixel, its background the lower one. The colours are set with
/// the sequences of ISO 8613-6, 24-bit (38;2;r;g;b) or from the table of 256 (38;5;n).
/// </summary>
public static class HalfBlockEncoder
{
    private const char UpperHalf = '\u2580';
    private const string Reset = "\u001b[0m";

    /// <summary>Returns the picture as lines of text, each of <paramref name="width"/> characters and ended by a reset to plain text.</summary>
    /// <param name="rgb">width * height * 3 values.</param>
    /// <param name="width">Pixels across, from 1: characters per line.</param>
    /// <param name="height">Pixels down, from 1: two per line; the last line of an odd number is half empty.</param>
    /// <param name="trueColor">False uses the table's 240 fixed colours, dithered.</param>
    public static IReadOnlyList<string> Encode(ReadOnlySpan<byte> rgb, int width, int height, bool trueColor = true)
    {
        if (width < 1 || height < 1 || rgb.Length != width * height * 3)
        {
            throw new ArgumentException($"{rgb.Length} values are not {width} x {height} pixels of RGB.", nameof(rgb));
        }

        byte[]? numbers = trueColor ? null : ColorTable.Dither(rgb, width, height);
        List<string> lines = [];
        StringBuilder line = new();
        for (int y = 0; y < height; y += 2)
        {
            string last = string.Empty;
            line.Clear();
            for (int x = 0; x < width; x++)
            {
                string front = Color(38, rgb, numbers, (y * width) + x);
                string style = y + 1 < height ? $"\u001b[{front};{Color(48, rgb, numbers, ((y + 1) * width) + x)}m" : $"\u001b[{front};49m";
                if (style != last)
                {
                    line.Append(style);
                    last = style;
                }

                line.Append(UpperHalf);
            }

            lines.Add(line.Append(Reset).ToString());
        }

        return lines;
    }

    private static string Color(int layer, ReadOnlySpan<byte> rgb, byte[]? numbers, int pixel) =>
        numbers is null ? $"{layer};2;{rgb[pixel * 3]};{rgb[(pixel * 3) + 1]};{rgb[(pixel * 3) + 2]}" : $"{layer};5;{numbers[pixel]}";
}
