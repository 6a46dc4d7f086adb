using System.Globalization;
using System.Text;

namespace BrushEdit.Displaying;

/// <summary>
/// Draws with Kitty's graphics protocol: a PNG file, base64, in pieces of at most 4096 characters, each an application program command
/// (<c>ESC _ G keys ; piece ESC \</c>). Keys: a=T sends and shows, f=100 is PNG, q=2 suppresses answers, c is the width in columns,
/// r the height in rows, i the picture's number, p that of its placement, C=1 leaves the cursor where it is, a=d with d=I deletes a picture,
/// m=1 says that more pieces follow.
/// </summary>
public static class KittyEncoder
{
    private const int LongestPiece = 4096;

    /// <summary>Returns the sequence that shows a picture at the cursor, scaled by the terminal.</summary>
    /// <param name="png">A PNG file.</param>
    /// <param name="columns">The width in columns, from 1; the rows follow from the aspect ratio.</param>
    public static string Encode(ReadOnlySpan<byte> png, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        return Pieces(png, string.Create(CultureInfo.InvariantCulture, $"c={columns}"));
    }

    /// <summary>Returns the sequence that replaces the picture of a number at the cursor without moving the cursor.</summary>
    /// <param name="png">A PNG file.</param>
    /// <param name="columns">The width in columns, from 1.</param>
    /// <param name="rows">The height in rows, from 1: the terminal stretches it to fit both.</param>
    /// <param name="number">The picture's number, from 1.</param>
    public static string Replace(ReadOnlySpan<byte> png, int columns, int rows, int number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        return Pieces(png, string.Create(CultureInfo.InvariantCulture, $"i={number},p=1,c={columns},r={rows},C=1"));
    }

    /// <summary>Returns the sequence that removes a picture from the screen and from the terminal's memory.</summary>
    /// <param name="number">The picture's number, from 1.</param>
    public static string Delete(int number) => string.Create(CultureInfo.InvariantCulture, $"\u001b_Ga=d,d=I,i={number},q=2\u001b\\");

    private static string Pieces(ReadOnlySpan<byte> png, string place)
    {
        string data = Convert.ToBase64String(png);
        StringBuilder text = new(data.Length + (data.Length / 256) + 64);
        for (int at = 0; at < data.Length; at += LongestPiece)
        {
            int length = Math.Min(LongestPiece, data.Length - at);
            int more = at + length < data.Length ? 1 : 0;
            text.Append("\u001b_G");
            if (at == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"a=T,f=100,q=2,{place},");
            }

            text.Append(CultureInfo.InvariantCulture, $"m={more};").Append(data, at, length).Append("\u001b\\");
        }

        return text.ToString();
    }
}
