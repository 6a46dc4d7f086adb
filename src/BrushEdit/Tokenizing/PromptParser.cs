using System.Globalization;
using System.Text.RegularExpressions;
using BrushEdit.Editing;

namespace BrushEdit.Tokenizing;

/// <summary>A span of a prompt and its weight.</summary>
/// <param name="Text">The text.</param>
/// <param name="Weight">The factor on its tokens' states, usually 1.</param>
public sealed record PromptPiece(string Text, double Weight)
{
    /// <summary>Whether a new row begins here; such a piece has no text.</summary>
    public bool IsBreak { get; init; }
}

/// <summary>
/// Reads the brackets of prompts as AUTOMATIC1111's web UI does: (x) has weight 1.1, [x] 1/1.1, (x:1.3) 1.3; nested brackets multiply; an unclosed
/// bracket extends to the end, and a surplus closing bracket is text.
/// </summary>
public static partial class PromptParser
{
    private const double Step = 1.1;

    /// <summary>Reads a prompt.</summary>
    /// <param name="prompt">Any text.</param>
    /// <param name="syntax">How.</param>
    /// <returns>At least one piece; neighbours differ in weight.</returns>
    public static IReadOnlyList<PromptPiece> Parse(string prompt, PromptSyntax syntax)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        if (syntax == PromptSyntax.Plain)
        {
            return [new PromptPiece(prompt, 1)];
        }

        List<PromptPiece> pieces = [];
        Stack<int> round = new();
        Stack<int> square = new();
        foreach (Match match in (syntax == PromptSyntax.WebUI ? LooseSigns() : StrictSigns()).Matches(prompt))
        {
            string sign = match.Value;
            if (sign is "(")
            {
                round.Push(pieces.Count);
            }
            else if (sign is "[")
            {
                square.Push(pieces.Count);
            }
            else if (match.Groups["weight"] is { Success: true } typed && round.Count > 0
                && double.TryParse(typed.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double weight))
            {
                Multiply(pieces, round.Pop(), weight);
            }
            else if (sign is ")" && round.Count > 0)
            {
                Multiply(pieces, round.Pop(), Step);
            }
            else if (sign is "]" && square.Count > 0)
            {
                Multiply(pieces, square.Pop(), 1 / Step);
            }
            else
            {
                AddText(pieces, sign.Length > 1 && sign[0] == '\\' ? sign[1..] : sign, syntax);
            }
        }

        foreach (int start in round)
        {
            Multiply(pieces, start, Step);
        }

        foreach (int start in square)
        {
            Multiply(pieces, start, 1 / Step);
        }

        return Merged(pieces);
    }

    private static void AddText(List<PromptPiece> pieces, string text, PromptSyntax syntax)
    {
        string[] parts = syntax == PromptSyntax.WebUI ? Break().Split(text) : [text];
        for (int i = 0; i < parts.Length; i++)
        {
            if (i > 0)
            {
                pieces.Add(new PromptPiece(string.Empty, 1) { IsBreak = true });
            }

            pieces.Add(new PromptPiece(parts[i], 1));
        }
    }

    private static void Multiply(List<PromptPiece> pieces, int start, double factor)
    {
        for (int i = start; i < pieces.Count; i++)
        {
            pieces[i] = pieces[i].IsBreak ? pieces[i] : pieces[i] with { Weight = pieces[i].Weight * factor };
        }
    }

    private static List<PromptPiece> Merged(List<PromptPiece> pieces)
    {
        List<PromptPiece> merged = [];
        foreach (PromptPiece piece in pieces)
        {
            if (merged.Count > 0 && !piece.IsBreak && !merged[^1].IsBreak && merged[^1].Weight == piece.Weight)
            {
                merged[^1] = merged[^1] with { Text = merged[^1].Text + piece.Text };
            }
            else
            {
                merged.Add(piece);
            }
        }

        return merged.Count > 0 ? merged : [new PromptPiece(string.Empty, 1)];
    }

    // A backslash with the character that it escapes; a weight with the bracket that it closes; a bracket; or a run of text.
    [GeneratedRegex(@"\\[()\[\]\\]|\\|[(\[]|:\s*(?<weight>[+-]?[.0-9]+)\s*\)|[)\]]|[^\\()\[\]:]+|:", RegexOptions.CultureInvariant)]
    private static partial Regex LooseSigns();

    [GeneratedRegex(@"\\[()\[\]\\]|\\|[(\[]|:(?<weight>[+-]?[.0-9]+)\)|[)\]]|[^\\()\[\]:]+|:", RegexOptions.CultureInvariant)]
    private static partial Regex StrictSigns();

    [GeneratedRegex(@"\s*\bBREAK\b\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Break();
}
