using System.Globalization;
using System.Text;
using BrushEdit.Imaging;

namespace BrushEdit.Displaying;

/// <summary>
/// A picture with a line of text that is redrawn at one position of a terminal and removed at the end. The cursor stands at the
/// start of the line below it; a caller that writes other text calls <see cref="Clear"/> first. If the window changes its size, the previous
/// drawing stays, since its new position is unknown.
/// </summary>
/// <param name="protocol">The protocol; not Auto.</param>
/// <param name="traits">The terminal.</param>
/// <param name="number">The picture's number in a terminal that numbers them (Kitty), from 1.</param>
/// <param name="window">The window's columns and rows.</param>
/// <param name="write">Writes to the terminal.</param>
public sealed class LivePicture(TerminalProtocol protocol, TerminalTraits traits, int number, Func<(int Columns, int Rows)> window, Action<string> write)
{
    /// <summary>The maximum number of rows of the picture: a preview shares the screen with other output, and is sent again at each step.</summary>
    public const int MostRows = 24;

    // The line of text, the cursor's line, and three for progress bars below.
    private const int RowsKept = 5;
    private const int LeastRows = 3;
    private const string Erase = "\u001b[J";
    private const string EraseLine = "\u001b[K";
    private const string NewLine = "\r\n";
    private const string SaveCursor = "\u001b7";
    private const string RestoreCursor = "\u001b8";

    private (int Columns, int Rows) drawnIn;
    private (int Columns, int Rows) drawn;

    /// <summary>Whether the picture is on the screen.</summary>
    public bool IsShown => drawn.Rows > 0;

    /// <summary>Draws the picture where the last one is, or where the cursor is, which must be at the start of a line.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="text">A line of text below it; truncated if it is too long.</param>
    /// <returns>False if the window is too small for it, so that nothing is drawn.</returns>
    public bool Show(Picture picture, string text)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(text);
        (int Columns, int Rows) now = window();

        // A character in the last column leaves the cursor at a position that differs between terminals.
        (int across, int down) = (now.Columns - 1, Math.Min(MostRows, now.Rows - RowsKept));
        int columns = TerminalPicture.Columns(picture, protocol, traits, Math.Max(1, across), Math.Max(1, down));
        int rows = TerminalPicture.Rows(picture, protocol, traits, columns);
        if (down < LeastRows || across < LeastRows || rows > down)
        {
            Clear();
            return false;
        }

        StringBuilder frame = new();
        if (drawn != (columns, rows) || drawnIn != now)
        {
            frame.Append(Wiped(now)).Insert(frame.Length, NewLine, rows + 1);
        }

        frame.Append(Up(rows + 1)).Append(Drawn(picture, columns, rows)).Append(Cut(text, across)).Append(EraseLine).Append(NewLine);
        write(frame.ToString());
        (drawn, drawnIn) = ((columns, rows), now);
        return true;
    }

    /// <summary>Removes the picture from the screen: the next output begins where the picture began.</summary>
    public void Clear()
    {
        if (IsShown)
        {
            write(Wiped(window()));
            drawn = default;
        }
    }

    private static string Up(int rows) => string.Create(CultureInfo.InvariantCulture, $"\u001b[{rows}A\r");

    private static string Down(int rows) => string.Create(CultureInfo.InvariantCulture, $"\u001b[{rows}B\r");

    // Characters beyond Latin may occupy two columns.
    private static string Cut(string text, int columns)
    {
        int taken = 0;
        int length = 0;
        while (length < text.Length && (taken += text[length] < '\u0250' ? 1 : 2) <= columns)
        {
            length++;
        }

        return length > 0 && length < text.Length && char.IsHighSurrogate(text[length - 1]) ? text[..(length - 1)] : text[..length];
    }

    private string Wiped((int Columns, int Rows) now)
    {
        if (!IsShown)
        {
            return string.Empty;
        }

        string picture = protocol == TerminalProtocol.Kitty ? KittyEncoder.Delete(number) : string.Empty;
        return now == drawnIn ? picture + Up(drawn.Rows + 1) + Erase : picture;
    }

    // Starts at the beginning of the picture's first line, and ends at that of the line below its last.
    private string Drawn(Picture picture, int columns, int rows)
    {
        byte[] rgb = TerminalPicture.Pixels(picture, protocol, traits, columns, out int width, out int height);
        return protocol switch
        {
            TerminalProtocol.Kitty => KittyEncoder.Replace(PictureView.ToPng(rgb, width, height), columns, rows, number) + Down(rows),
            TerminalProtocol.Sixel => SaveCursor + SixelEncoder.Encode(rgb, width, height) + RestoreCursor + Down(rows),
            TerminalProtocol.HalfBlock => string.Concat(HalfBlockEncoder.Encode(rgb, width, height, traits.TrueColor).Select(line => line + NewLine)),
            _ => throw new InvalidOperationException("Choose a protocol."),
        };
    }
}
