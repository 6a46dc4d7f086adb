using System.Globalization;
using System.Text;
using BrushEdit.Imaging;

namespace BrushEdit.Displaying;

/// <summary>
/// Draws with Sixel graphics (DEC's STD 070): a device control string that defines colours in percent and then paints bands of six rows,
/// one colour after another. A character from <c>?</c> to <c>~</c> is a column of six pixels; <c>!n</c> repeats the next one,
/// <c>$</c> returns to the band's start, <c>-</c> moves to the next band.
/// </summary>
public static class SixelEncoder
{
    private const int BandHeight = 6;
    private const char Nothing = '?';

    /// <summary>Returns the sequence that shows a picture at the cursor, pixel by pixel, in at most 256 colours.</summary>
    /// <param name="rgb">width * height * 3 values.</param>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    public static string Encode(byte[] rgb, int width, int height)
    {
        IndexedPicture picture = IndexedPicture.Of(rgb, width, height);

        // 0;1;0: square pixels, and unpainted pixels stay. The raster attributes repeat this, with the size.
        StringBuilder text = new($"\u001bP0;1;0q\"1;1;{width};{height}");
        for (int i = 0; i < picture.Palette.Count; i++)
        {
            (byte r, byte g, byte b) = picture.Palette[i];
            text.Append(CultureInfo.InvariantCulture, $"#{i};2;{Percent(r)};{Percent(g)};{Percent(b)}");
        }

        char[] columns = new char[width];
        for (int top = 0; top < height; top += BandHeight)
        {
            AppendBand(text, picture, top, columns);
        }

        return text.Append("\u001b\\").ToString();
    }

    private static void AppendBand(StringBuilder text, IndexedPicture picture, int top, char[] columns)
    {
        ReadOnlySpan<byte> band = picture.Indexes.AsSpan(top * picture.Width, Math.Min(BandHeight, picture.Height - top) * picture.Width);
        bool[] used = new bool[IndexedPicture.MostColors];
        foreach (byte color in band)
        {
            used[color] = true;
        }

        bool first = true;
        for (int color = 0; color < picture.Palette.Count; color++)
        {
            if (!used[color])
            {
                continue;
            }

            Array.Fill(columns, Nothing);
            for (int i = 0; i < band.Length; i++)
            {
                if (band[i] == color)
                {
                    columns[i % picture.Width] += (char)(1 << (i / picture.Width));
                }
            }

            text.Append(first ? string.Empty : "$").Append(CultureInfo.InvariantCulture, $"#{color}");
            AppendRuns(text, columns.AsSpan().TrimEnd(Nothing));
            first = false;
        }

        text.Append('-');
    }

    private static void AppendRuns(StringBuilder text, ReadOnlySpan<char> columns)
    {
        while (!columns.IsEmpty)
        {
            int end = columns.IndexOfAnyExcept(columns[0]);
            int run = end < 0 ? columns.Length : end;

            // A repetition costs at least three characters.
            if (run > 3)
            {
                text.Append(CultureInfo.InvariantCulture, $"!{run}{columns[0]}");
            }
            else
            {
                text.Append(columns[..run]);
            }

            columns = columns[run..];
        }
    }

    private static int Percent(byte value) => ((value * 100) + 127) / 255;
}
