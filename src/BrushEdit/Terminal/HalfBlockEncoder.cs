using System.Text;

namespace BrushEdit.Terminal;

/// <summary>
/// Draws with the upper half block (U+2580): its foreground is the upper pixel, its background the lower one. The colours are set with
/// the sequences of ISO 8613-6, 24-bit (38;2;r;g;b) or from the table of 256 (38;5;n).
/// </summary>
public static class HalfBlockEncoder
{
    private const char UpperHalf = '\u2580';
    private const string Reset = "\u001b[0m";

    /// <summary>The picture as lines of text, each of <paramref name="width"/> characters and ended by a return to plain text.</summary>
    /// <param name="rgb">width * height * 3 values.</param>
    /// <param name="width">Pixels across, from 1: characters of a line.</param>
    /// <param name="height">Pixels down, from 1: two a line; the last line of an odd number is half empty.</param>
    /// <param name="trueColor">False takes the nearest of the table's 240 fixed colours.</param>
    public static IReadOnlyList<string> Encode(ReadOnlySpan<byte> rgb, int width, int height, bool trueColor = true)
    {
        if (width < 1 || height < 1 || rgb.Length != width * height * 3)
        {
            throw new ArgumentException($"{rgb.Length} values are not {width} x {height} pixels of RGB.", nameof(rgb));
        }

        List<string> lines = [];
        StringBuilder line = new();
        for (int y = 0; y < height; y += 2)
        {
            ReadOnlySpan<byte> upper = rgb.Slice(y * width * 3, width * 3);
            ReadOnlySpan<byte> lower = y + 1 < height ? rgb.Slice((y + 1) * width * 3, width * 3) : [];
            string last = string.Empty;
            line.Clear();
            for (int x = 0; x < width * 3; x += 3)
            {
                string style = Style(upper.Slice(x, 3), lower.IsEmpty ? lower : lower.Slice(x, 3), trueColor);
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

    private static string Style(ReadOnlySpan<byte> upper, ReadOnlySpan<byte> lower, bool trueColor)
    {
        string front = Color(38, upper, trueColor);
        return lower.IsEmpty ? $"\u001b[{front};49m" : $"\u001b[{front};{Color(48, lower, trueColor)}m";
    }

    private static string Color(int layer, ReadOnlySpan<byte> rgb, bool trueColor) =>
        trueColor ? $"{layer};2;{rgb[0]};{rgb[1]};{rgb[2]}" : $"{layer};5;{ColorTable.Nearest(rgb[0], rgb[1], rgb[2])}";
}
