using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace BrushEdit.Planning;

/// <summary>
/// Handles what surrounds the answer in a model's output: preceding reasoning, fences, digits of other scripts, unfinished objects.
/// </summary>
internal static partial class AnswerText
{
    private const int MostTries = 256;
    private const int MostDepth = 8;

    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = MostDepth };

    /// <summary>
    /// The answer without the reasoning that some models write before it: between tags such as <c>think</c>, <c>thinking</c>, <c>reasoning</c> or
    /// <c>thought</c> in each model family's brackets, where some omit the opening tag, or in channels. Reasoning that never ends leaves no answer.
    /// </summary>
    /// <param name="text">The model's whole output.</param>
    public static string WithoutReasoning(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Match channel = FinalChannel().Match(text);
        if (channel.Success)
        {
            text = text[(channel.Index + channel.Length)..];
        }
        else if (OtherChannel().Match(text) is { Success: true } other)
        {
            text = text[..other.Index];
        }

        text = Block().Replace(text, " ");
        Match close = LastClose().Match(text);
        text = close.Success ? text[(close.Index + close.Length)..] : text;
        Match open = Open().Match(text);
        return ControlMark().Replace(open.Success ? text[..open.Index] : text, " ").Trim();
    }

    /// <summary>The complete JSON objects of a text, in order.</summary>
    /// <param name="text">Words, a fence, or an object alone.</param>
    public static IReadOnlyList<JsonElement> Objects(string text)
    {
        List<JsonElement> found = [];
        int tries = 0;
        for (int start = text.IndexOf('{'); start >= 0 && tries < MostTries; start = start < text.Length ? text.IndexOf('{', start) : -1)
        {
            tries++;
            int end = Closing(text, start);
            if (end > start && (Parse(text[start..end]) ?? Parse(SingleQuoted().Replace(text[start..end], "\"$1\""))) is { } json)
            {
                found.Add(json);
                start = end;
            }
            else
            {
                start++;
            }
        }

        return found;
    }

    /// <summary>The text of the named field, ignoring case, in the last object that has it, even if that object is nested in another.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="name">The field's name.</param>
    public static string? Field(string text, string name) =>
        Objects(text).Reverse().Select(json => Find(json, name, 3)).OfType<JsonElement>().Select(Words).FirstOrDefault(words => words is not null);

    /// <summary>The named field of an object, or of an object nested in it.</summary>
    public static JsonElement? Find(JsonElement json, string name, int depth)
    {
        if (json.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in json.EnumerateObject())
            {
                if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return property.Value;
                }
            }
        }

        return depth == 0 ? null : Within(json).Select(inner => Find(inner, name, depth - 1)).FirstOrDefault(value => value is not null);
    }

    /// <summary>The text with the digits, separators and brackets of other scripts and widths replaced by ASCII.</summary>
    /// <param name="text">Any text.</param>
    public static string WithPlainDigits(string text)
    {
        StringBuilder plain = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.IsDigit(rune))
            {
                plain.Append((char)('0' + (int)Rune.GetNumericValue(rune)));
                continue;
            }

            _ = rune.Value switch
            {
                0x066B or 0xFF0E => plain.Append('.'),
                0x060C or 0x3001 or 0xFF0C or 0x066C => plain.Append(','),
                0xFF3B or 0x3010 => plain.Append('['),
                0xFF3D or 0x3011 => plain.Append(']'),
                0xFF08 => plain.Append('('),
                0xFF09 => plain.Append(')'),
                0x2212 => plain.Append('-'),
                _ => plain.Append(rune.ToString()),
            };
        }

        return plain.ToString();
    }

    /// <summary>A server's or model's words on one line: without control or formatting characters, and truncated to a maximum length.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="most">The maximum number of characters.</param>
    public static string OneLine(string text, int most = 200)
    {
        string plain = string.Concat(text.Take(4 * most).Select(c => char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate ? ' ' : c));
        plain = string.Join(' ', plain.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return plain.Length > most ? string.Concat(plain.AsSpan(0, most), "...") : plain;
    }

    private static IEnumerable<JsonElement> Within(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().Select(property => property.Value),
        JsonValueKind.Array => json.EnumerateArray(),
        _ => [],
    };

    private static string? Words(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonElement? Parse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, Lenient);
            return IsUnicode(document.RootElement) ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // A lone surrogate, written as an escape, is detected only when the string is read.
    private static bool IsUnicode(JsonElement json)
    {
        try
        {
            return json.ValueKind switch
            {
                JsonValueKind.String => json.GetString() is not null,
                JsonValueKind.Object => json.EnumerateObject().All(property => property.Name is not null && IsUnicode(property.Value)),
                JsonValueKind.Array => json.EnumerateArray().All(IsUnicode),
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    // The position after the brace that closes the one at the start; 0 if none does.
    private static int Closing(string text, int start)
    {
        int depth = 0;
        bool quoted = false;
        for (int i = start; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\' when quoted:
                    i++;
                    break;
                case '"':
                    quoted = !quoted;
                    break;
                case '{' when !quoted:
                    depth++;
                    break;
                case '}' when !quoted && --depth == 0:
                    return i + 1;
            }
        }

        return 0;
    }

    private const string Name =
        @"(?:\w+:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|reflect|analysis|scratchpad|rationale|chain_of_thought|cot|inner_monologue|internal_monologue)";

    private const string OpenTag = @"(?:<\|?(?:begin_of_|start_of_|start_|begin_)?" + Name + @"(?:\s[^<>]*)?\|?>|\[" + Name + @"\]|\u25C1" + Name + @"\u25B7)";

    private const string CloseTag = @"(?:<\|?(?:/\s*|end_of_|end_)" + Name + @"\s*\|?>|\[/\s*" + Name + @"\]|\u25C1/\s*" + Name + @"\u25B7)";

    [GeneratedRegex(OpenTag + "(?:(?!" + OpenTag + ").)*?" + CloseTag, RegexOptions.IgnoreCase | RegexOptions.Singleline, 2000)]
    private static partial Regex Block();

    [GeneratedRegex(CloseTag, RegexOptions.IgnoreCase | RegexOptions.RightToLeft, 2000)]
    private static partial Regex LastClose();

    [GeneratedRegex(OpenTag, RegexOptions.IgnoreCase, 2000)]
    private static partial Regex Open();

    [GeneratedRegex(@"<\|channel\|>\s*final\b[^<]*<\|message\|>", RegexOptions.IgnoreCase | RegexOptions.RightToLeft, 2000)]
    private static partial Regex FinalChannel();

    [GeneratedRegex(@"<\|channel\|>", RegexOptions.IgnoreCase, 2000)]
    private static partial Regex OtherChannel();

    [GeneratedRegex(@"<\|(?!box_)[A-Za-z_]{1,32}\|>", RegexOptions.None, 2000)]
    private static partial Regex ControlMark();

    [GeneratedRegex(@"(?<=[{,:\[]\s*)'([^'""\\]*)'(?=\s*[:,}\]])", RegexOptions.None, 2000)]
    private static partial Regex SingleQuoted();
}
