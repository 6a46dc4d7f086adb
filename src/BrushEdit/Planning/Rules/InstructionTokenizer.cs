using System.Text;

namespace BrushEdit.Planning;

/// <summary>Splits an instruction into words.</summary>
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
        ["+"] = "and",
        ["u"] = "you",
        ["ur"] = "your",
        ["thx"] = "thanks",
        ["gotta"] = "have to",
        ["w/"] = "with",
        ["b&w"] = "black and white",
        ["b/w"] = "black and white",
        ["bg"] = "background",
        ["img"] = "image",
        ["foto"] = "photo",
        ["fotos"] = "photos",
    };

    /// <summary>The words of an instruction, with contractions expanded and typing errors corrected.</summary>
    /// <param name="instruction">The user's words.</param>
    /// <param name="extra">Words that count as correct here, such as those of the picture's caption.</param>
    /// <param name="corrections">Receives the corrections, such as "dgo" read as "dog".</param>
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

        if (words.Count > 1 && VerbOf(words[0].Text) is { } verb)
        {
            corrections.Add($"'{words[0].Text}' was read as '{verb}'.");
            words[0] = new Word(verb, verb);
        }

        return Joined(words);
    }

    // The verb meant by a first word that is a typing error or a gerund: "ad", "dd" for "add"; "removing" for "remove". Null for other words.
    private static string? VerbOf(string word)
    {
        if (word is "ad" or "dd")
        {
            return "add";
        }

        if (Lexicon.Verbs.Contains(word) || !word.EndsWith("ing", StringComparison.Ordinal) || word.Length < 6)
        {
            return null;
        }

        string stem = word[..^3];
        string?[] forms = [stem, stem + "e", stem[^1] == stem[^2] ? stem[..^1] : null];
        return forms.FirstOrDefault(f => f is not null && Lexicon.Verbs.Contains(f));
    }

    // "in to" means "into", "on to" means "onto"; "too a forest" means "to a forest".
    private static List<Word> Joined(List<Word> words)
    {
        for (int i = 1; i < words.Count - 1; i++)
        {
            if (words[i].Text is "in" or "on" && words[i + 1].Text == "to" && i + 2 < words.Count)
            {
                string one = words[i].Text + "to";
                words[i] = new Word(one, one);
                words.RemoveAt(i + 1);
            }
            else if (words[i].Text == "ought" && words[i + 1].Text == "to")
            {
                words[i] = new Word("should", "should");
                words.RemoveAt(i + 1);
            }
            else if (words[i].Text == "shall")
            {
                words[i] = new Word("should", "should");
            }
            else if (words[i].Text == "too" && words[i + 1].Text is "a" or "an" or "the")
            {
                words[i] = new Word("to", "to");
            }
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
                string quoted = string.Join(' ', text[(i + 1)..closing].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
                if (quoted.Length > 0)
                {
                    yield return $"\"{quoted}\"";
                }

                i = closing;
                continue;
            }

            bool inside = char.IsLetterOrDigit(c) || c == '&' || (c == '+' && piece.Length == 0) || (c is '\'' or '-' or '/' or '.' && piece.Length > 0 && i + 1 < text.Length && char.IsLetterOrDigit(text[i + 1]) && c != '.');
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

    // An apostrophe opens a quotation only if another one closes it at the end of a word.
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
