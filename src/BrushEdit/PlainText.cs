using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace BrushEdit;

/// <summary>
/// Text from outside (file names, metadata, plans, answers of servers, names of tensors) made safe for a terminal: one line, in which nothing
/// moves the cursor, sets a title, opens a link or reverses the order of letters.
/// </summary>
public static partial class PlainText
{
    /// <summary>The maximum number of characters in one quotation within a message: one line.</summary>
    public const int MostQuoted = 200;

    /// <summary>The maximum number of characters in a message.</summary>
    public const int MostMessage = 1000;

    private const char Unknown = '\uFFFD';
    private const char ControlPictures = '\u2400';
    private const char DeletePicture = '\u2421';

    /// <summary>
    /// Returns one line without control characters: line breaks become spaces, other control characters become their Unicode control pictures (ESC is
    /// ␛), and those without one, bidirectional embeddings, overrides and isolates, and lone surrogates become U+FFFD.
    /// </summary>
    /// <param name="text">Any text; null counts as empty.</param>
    public static string Line(string? text)
    {
        if (string.IsNullOrEmpty(text) || !text.Any(IsSuspect))
        {
            return text ?? string.Empty;
        }

        StringBuilder line = new(text.Length);
        foreach (Rune rune in text.ReplaceLineEndings(" ").EnumerateRunes())
        {
            line.Append(rune.Value switch
            {
                '\t' or '\v' => " ",
                < 0x20 => ((char)(ControlPictures + rune.Value)).ToString(),
                0x7F => DeletePicture.ToString(),
                _ when Rune.GetUnicodeCategory(rune) == UnicodeCategory.Control || IsBidirectional(rune.Value) => Unknown.ToString(),
                _ => rune.ToString(),
            });
        }

        return line.ToString();
    }

    /// <summary>Returns a message: one line as from <see cref="Line"/>, with shortened quotations and a limited length.</summary>
    /// <param name="text">Any text; null counts as empty.</param>
    public static string Message(string? text)
    {
        string line = Line(text);
        if (line.Length > MostQuoted)
        {
            line = LongQuotation().Replace(line, found => $"'{Shortened(found.ValueSpan[1..^1], MostQuoted)}'");
        }

        return Shortened(line, MostMessage);
    }

    /// <summary>Keeps the beginning and the end of a text that is too long: the end of a path is the most informative part.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">The maximum number of characters to keep.</param>
    internal static string Shortened(ReadOnlySpan<char> text, int most)
    {
        if (text.Length <= most)
        {
            return text.ToString();
        }

        int head = Whole(text, most * 2 / 3);
        int tail = Whole(text, text.Length - (most / 3));
        return $"{text[..head]} ... {text[tail..]}";
    }

    private static int Whole(ReadOnlySpan<char> text, int at) => char.IsLowSurrogate(text[at]) ? at - 1 : at;

    private static bool IsSuspect(char c) => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' || IsBidirectional(c);

    private static bool IsBidirectional(int c) => c is 0x061C or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);

    // After a letter it is an apostrophe, which does not open a quotation.
    [GeneratedRegex(@"(?<![\p{L}\p{N}])'[^']{201,}'")]
    private static partial Regex LongQuotation();
}
