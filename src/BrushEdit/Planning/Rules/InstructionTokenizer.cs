using System.Text;

namespace BrushEdit.Planning;

/// <summary>Takes an instruction apart into words.</summary>
internal static class InstructionTokenizer
{
    private static readonly Dictionary<string, string> Contractions = new(StringComparer.Ordinal)
    {
        ["don't"] = "do not",
        ["dont"] = "do not",
        ["doesn't"] = "does not",
        ["isn't"] = "is not",
        ["aren't"] = "are not",
        ["shouldn't"] = "should not",
        ["what's"] = "what is",
        ["it's"] = "it is",
        ["that's"] = "that is",
        ["there's"] = "there is",
        ["let's"] = "let us",
        ["i'd"] = "i would",
        ["can't"] = "can not",
        ["won't"] = "will not",
        ["wouldn't"] = "would not",
        ["i'm"] = "i am",
        ["we'd"] = "we would",
        ["wanna"] = "want to",
        ["pls"] = "please",
        ["plz"] = "please",
        ["who's"] = "who is",
        ["w/o"] = "without",
        ["&"] = "and",
    };

    /// <summary>The words of an instruction, contractions opened and typing errors mended.</summary>
    /// <param name="instruction">The user's words.</param>
    /// <param name="extra">Words that are right here, such as those of the picture's caption.</param>
    /// <param name="corrections">Receives what was read as something else, as "dgo" read as "dog".</param>
    public static List<Word> Split(string instruction, IReadOnlySet<string> extra, List<string> corrections)
    {
        List<Word> words = [];
        bool shouted = instruction.Any(char.IsLetter) && !instruction.Any(char.IsLower);
        foreach (string raw in Pieces(instruction))
        {
            if (raw.StartsWith('"'))
            {
                words.Add(new Word(raw.ToLowerInvariant(), raw));
                continue;
            }

            string lower = raw.ToLowerInvariant();
            if (Contractions.TryGetValue(lower, out string? open))
            {
                words.AddRange(open.Split(' ').Select(w => new Word(w, w)));
                continue;
            }

            bool name = !shouted && words.Count > 0 && words[^1].Text is not ("." or "?" or "!") && char.IsUpper(raw[0]) && raw != "I";
            string mended = name ? lower : Spelling.Correct(lower, extra);
            if (mended != lower)
            {
                corrections.Add($"'{lower}' was read as '{mended}'.");
            }

            words.Add(new Word(mended, name ? raw : mended));
        }

        // "ad" is a word, but nobody begins an instruction with it.
        if (words.Count > 1 && words[0].Text == "ad")
        {
            words[0] = new Word("add", "add");
            corrections.Add("'ad' was read as 'add'.");
        }

        return words;
    }

    private static IEnumerable<string> Pieces(string text)
    {
        text = text.Replace('\u2019', '\'').Replace('\u2018', '\'').Replace('\u201c', '"').Replace('\u201d', '"').Replace("->", " \u2192 ").Replace("=>", " \u2192 ");
        StringBuilder piece = new();
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            int closing = c == '"' ? text.IndexOf('"', i + 1) : c == '\'' && piece.Length == 0 ? QuoteEnd(text, i) : -1;
            if (closing > i + 1)
            {
                yield return $"\"{text[(i + 1)..closing].Trim()}\"";
                i = closing;
                continue;
            }

            bool inside = char.IsLetterOrDigit(c) || c == '&' || (c is '\'' or '-' or '/' or '.' && piece.Length > 0 && i + 1 < text.Length && char.IsLetterOrDigit(text[i + 1]) && c != '.');
            if (inside)
            {
                piece.Append(c);
                continue;
            }

            if (piece.Length > 0)
            {
                yield return piece.ToString();
                piece.Clear();
            }

            if (c is ',' or ';' or '.' or '!' or '?' or '\u2192' or ':')
            {
                yield return c is ';' or ':' ? "," : c.ToString();
            }
        }

        if (piece.Length > 0)
        {
            yield return piece.ToString();
        }
    }

    // An apostrophe opens a quotation only where one closes it at the end of a word.
    private static int QuoteEnd(string text, int open)
    {
        for (int i = open + 1; i < text.Length; i++)
        {
            if (text[i] == '\'' && (i + 1 == text.Length || !char.IsLetterOrDigit(text[i + 1])))
            {
                return i;
            }
        }

        return -1;
    }
}
