namespace BrushEdit.Planning;

/// <summary>
/// Corrects typing errors: an unknown word becomes the known word that is one slip away (a letter missing, doubled or wrong, or two exchanged), or
/// two slips in a long word. A word without a similar known word stays unchanged.
/// </summary>
internal static class Spelling
{
    private const string Vowels = "aeiouy";

    private static readonly string[] Keys = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

    private static readonly string[] Alike = ["ck", "sz", "cs", "fv", "mn", "dt", "bp"];

    /// <summary>The known word that a word stands for, or the word itself.</summary>
    /// <param name="word">A word in lower case.</param>
    /// <param name="extra">Further words that count as correct here, such as those of the picture's caption.</param>
    public static string Correct(string word, IReadOnlySet<string> extra)
    {
        if (Lexicon.IsSpeltRight(word) || extra.Contains(word) || word.Length < 3 || !word.All(char.IsAsciiLetterLower) || IsInflected(word))
        {
            return word;
        }

        string best = word;
        int least = int.MaxValue;
        foreach (string known in Lexicon.Known.Concat(extra))
        {
            int allowed = word.Length >= 9 ? 2 : 1;
            if (known.Length < 3 || Math.Abs(known.Length - word.Length) > allowed)
            {
                continue;
            }

            int slips = Distance(word, known);
            if (slips > allowed || !Likely(word, known) || (slips == 1 && !IsSlip(word, known)))
            {
                continue;
            }

            // Order of preference: same letters in another order, same first letter, same last letter, verb, alphabet.
            bool cut = word.Length == 3 && known.StartsWith(word, StringComparison.Ordinal);
            int cost = (slips * 100) + (SameLetters(word, known) || cut ? 0 : 40) + (word[0] == known[0] ? 0 : 20) + (word[^1] == known[^1] ? 0 : 10)
                + (Lexicon.Verbs.Contains(known) ? 0 : 5);
            if (cost < least || (cost == least && string.CompareOrdinal(known, best) < 0))
            {
                (least, best) = (cost, known);
            }
        }

        return best;
    }

    /// <summary>Edit distance between two words, where an exchange of neighbours counts as one edit (optimal string alignment).</summary>
    public static int Distance(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            d[i, 0] = i;
        }

        for (int j = 0; j <= b.Length; j++)
        {
            d[0, j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }

    // Short words resemble many others, so they are corrected only if letters are exchanged or one is left out.
    private static bool Likely(string word, string known) => word.Length switch
    {
        3 => SameLetters(word, known) || (known.Length == 4 && known.StartsWith(word, StringComparison.Ordinal) && known[3] == known[2])
            || (word[0] == known[0] && (word[^1] == known[^1] || known.StartsWith(word, StringComparison.Ordinal)) && Lexicon.Verbs.Contains(known)),
        4 => SameLetters(word, known) || (known.Length != 4 && word[0] == known[0] && (known.Length == 3 || word[^1] == known[^1] && word[1] == known[1])),
        _ => word[0] == known[0] || SameLetters(word, known),
    };

    // A wrong letter is a slip if the keys are neighbours or the letters sound alike; otherwise it makes another word:
    // "clown" is not "crown". Vowels sound alike only in words of several syllables: "stack" is not "stick".
    private static bool IsSlip(string word, string known)
    {
        if (word.Length != known.Length || SameLetters(word, known))
        {
            return true;
        }

        int at = Enumerable.Range(0, word.Length).First(i => word[i] != known[i]);
        (char a, char b) = (word[at], known[at]);
        return NextTo(a, b) || (Vowels.Contains(a) && Vowels.Contains(b) && Syllables(word) > 1) || Alike.Any(pair => pair.Contains(a) && pair.Contains(b));
    }

    private static int Syllables(string word) => Enumerable.Range(0, word.Length).Count(i => Vowels.Contains(word[i]) && (i == 0 || !Vowels.Contains(word[i - 1])));

    private static bool NextTo(char a, char b)
    {
        (int rowA, int rowB) = (Array.FindIndex(Keys, r => r.Contains(a)), Array.FindIndex(Keys, r => r.Contains(b)));
        return rowA >= 0 && rowB >= 0 && Math.Abs(rowA - rowB) <= 1 && Math.Abs(Keys[rowA].IndexOf(a) - Keys[rowB].IndexOf(b)) <= 1;
    }

    private static bool SameLetters(string a, string b) => a.Length == b.Length && a.Order().SequenceEqual(b.Order());

    // Whether the word is an inflected form of a known one.
    private static bool IsInflected(string word)
    {
        foreach (string ending in (string[])["s", "es", "ing", "ed", "er", "est", "y", "ly", "n"])
        {
            if (word.Length > ending.Length + 2 && word.EndsWith(ending, StringComparison.Ordinal))
            {
                string stem = word[..^ending.Length];
                if (ending == "s" ? CanTakeEnding(stem) && stem.Length > 2 : ending.Length == 1 ? Lexicon.Known.Contains(stem) : CanTakeEnding(stem) || CanTakeEnding(stem + "e") || (stem.Length > 3 && stem[^1] == stem[^2] && CanTakeEnding(stem[..^1])))
                {
                    return true;
                }
            }
        }

        return false;
    }

    // "forrest" is not a form of "for".
    private static bool CanTakeEnding(string stem) => Lexicon.IsSpeltRight(stem) && !Lexicon.IsFunction(stem);
}
