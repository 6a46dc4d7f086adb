using System.Globalization;
using System.Text.RegularExpressions;

namespace BrushEdit.Displaying;

/// <summary>
/// Asks a terminal for its capabilities with four queries: whether it supports Kitty graphics, the size of a character, the maximum size of Sixel
/// graphics (xterm's XTSMGRAPHICS), and its primary device attributes, which every terminal answers and answers last. Attribute 4 is
/// Sixel.
/// </summary>
public static partial class TerminalQuestion
{
    /// <summary>What is written to the terminal. It saves the cursor position (DECSC), so that an echo of the answer can be erased.</summary>
    public const string Text = "\u001b7\u001b_Gi=1,s=1,v=1,a=q,t=d,f=24;AAAA\u001b\\\u001b[16t\u001b[?2;1;0S\u001b[c";

    /// <summary>What is written afterwards: it restores the cursor position and erases everything after it.</summary>
    public const string Wipe = "\u001b8\u001b[K";

    /// <summary>Whether an answer is complete.</summary>
    /// <param name="answer">The text read so far.</param>
    public static bool IsWhole(string answer) => Attributes().IsMatch(answer);

    /// <summary>Returns the capabilities known after an answer.</summary>
    /// <param name="traits">The capabilities known before.</param>
    /// <param name="answer">What the terminal wrote; anything else in it is skipped.</param>
    public static TerminalTraits Read(TerminalTraits traits, string answer)
    {
        ArgumentNullException.ThrowIfNull(traits);
        ArgumentNullException.ThrowIfNull(answer);
        if (Attributes().Match(answer) is { Success: true } attributes)
        {
            traits = traits with { Sixel = traits.Sixel || attributes.Groups[1].Value.Split(';').Skip(1).Contains("4") };
        }

        if (Cell().Match(answer) is { Success: true } cell && Number(cell.Groups[1]) is > 0 and <= 1000 and { } height && Number(cell.Groups[2]) is > 0 and <= 1000 and { } width)
        {
            traits = traits with { CellWidth = width, CellHeight = height, IsMeasured = true };
        }

        if (Largest().Match(answer) is { Success: true } largest && Number(largest.Groups[1]) is > 0 and { } across && Number(largest.Groups[2]) is > 0 and { } down)
        {
            traits = traits with { LargestSixel = (across, down) };
        }

        return traits with { Kitty = traits.Kitty || answer.Contains("_Gi=1;OK", StringComparison.Ordinal) };
    }

    private static int? Number(Group digits) => int.TryParse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    [GeneratedRegex(@"\u001b\[\?([0-9;]*)c")]
    private static partial Regex Attributes();

    [GeneratedRegex(@"\u001b\[6;([0-9]+);([0-9]+)t")]
    private static partial Regex Cell();

    [GeneratedRegex(@"\u001b\[\?2;0;([0-9]+);([0-9]+)S")]
    private static partial Regex Largest();
}
