using System.Globalization;
using System.Text;

namespace BrushEdit.Tokenizing;

/// <summary>
/// Splits a text into the words that are looked up in BERT's vocabulary: control characters are removed, white space separates words, every Chinese
/// character and every punctuation mark is a separate word, and for an uncased vocabulary letters are lower-cased and lose their accents.
/// </summary>
/// <remarks>
/// Follows the reference (github.com/google-research/bert, tokenization.py, BasicTokenizer): punctuation is every symbol of ASCII that is neither
/// letter, digit nor space, even if Unicode classifies it as a symbol ($, +, ^), and every character of Unicode's categories P; Chinese characters
/// are those of the CJK unified and compatibility ideographs, not kana or hangul.
/// </remarks>
/// <param name="Lower">Whether capitals become lower-case letters.</param>
/// <param name="StripAccents">Whether accents are removed.</param>
/// <param name="SplitChinese">Whether each Chinese character is a separate word.</param>
internal sealed record BertWords(bool Lower, bool StripAccents, bool SplitChinese)
{
    private static readonly (int First, int Last)[] Chinese =
    [
        (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
    ];

    /// <summary>The words of a text.</summary>
    /// <param name="text">Any text; a lone surrogate is ignored.</param>
    public IEnumerable<string> Cut(string text)
    {
        string clean = Clean(text);
        StringBuilder word = new();
        foreach (Rune rune in (StripAccents ? WithoutAccents(clean) : clean).EnumerateRunes())
        {
            bool alone = IsPunctuation(rune);
            if ((alone || rune.Value == ' ') && word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }

            if (alone)
            {
                yield return rune.ToString();
            }
            else if (rune.Value != ' ')
            {
                word.Append((Lower ? Rune.ToLowerInvariant(rune) : rune).ToString());
            }
        }

        if (word.Length > 0)
        {
            yield return word.ToString();
        }
    }

    private string Clean(string text)
    {
        StringBuilder clean = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsSpace(rune))
            {
                clean.Append(' ');
            }
            else if (SplitChinese && IsChinese(rune))
            {
                clean.Append(' ').Append(rune.ToString()).Append(' ');
            }
            else if (rune != Rune.ReplacementChar && !IsControl(rune))
            {
                clean.Append(rune.ToString());
            }
        }

        return clean.ToString();
    }

    private static string WithoutAccents(string text)
    {
        StringBuilder plain = new(text.Length);
        foreach (Rune rune in TextForms.Decompose(text).EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
            {
                plain.Append(rune.ToString());
            }
        }

        return plain.ToString();
    }

    private static bool IsSpace(Rune rune) =>
        rune.Value is '\t' or '\n' or '\r'
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static bool IsChinese(Rune rune) => Chinese.Any(range => rune.Value >= range.First && rune.Value <= range.Last);

    private static bool IsPunctuation(Rune rune) => rune.IsAscii
        ? rune.Value is > ' ' and < 0x7F && !char.IsAsciiLetterOrDigit((char)rune.Value)
        : Rune.IsPunctuation(rune);

    private static bool IsControl(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned;
}
