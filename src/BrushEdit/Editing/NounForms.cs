namespace BrushEdit.Editing;

/// <summary>The grammatical number of English nouns, by their endings and a list of irregular forms.</summary>
internal static class NounForms
{
    /// <summary>"a" or "an" before a word.</summary>
    public static string Article(string next) => "aeiou".Contains(next[0], StringComparison.Ordinal) ? "an" : "a";

    private static readonly Dictionary<string, string> Irregular = (
        "people person, men man, women woman, children child, feet foot, teeth tooth, geese goose, mice mouse, oxen ox, cacti "
        + "cactus, fungi fungus, policemen policeman, firemen fireman, snowmen snowman, fishermen fisherman, knives knife, wives "
        + "wife, lives life, leaves leaf, wolves wolf, shelves shelf, scarves scarf, loaves loaf, elves elf, calves calf, halves "
        + "half, hooves hoof, thieves thief, dice die, buses bus, ones one")
        .Split(',', StringSplitOptions.TrimEntries).Select(pair => pair.Split(' ')).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    // Nouns for pairs or collections that have no singular.
    private static readonly HashSet<string> PluralOnly =
    [
        "glasses", "sunglasses", "scissors", "trousers", "jeans", "pants", "shorts", "goggles", "binoculars", "headphones", "pliers", "tweezers",
        "clothes", "stairs", "pyjamas", "pajamas", "tights", "surroundings",
    ];

    private static readonly HashSet<string> Singulars = ["gas", "canvas", "atlas", "christmas", "lens", "series", "bus", "plus", "news", "chess"];

    private static readonly HashSet<string> KeepIe =
        ["cookies", "movies", "zombies", "pies", "ties", "brownies", "hoodies", "selfies", "smoothies", "genies", "pixies", "prairies", "calories", "neckties"];

    /// <summary>Whether a noun, or the head of a phrase, is in the plural.</summary>
    /// <param name="phrase">Such as "red balls"; "shadow of trees" is a shadow.</param>
    public static bool IsPlural(string phrase)
    {
        string word = Head(phrase);
        return Irregular.ContainsKey(word) || PluralOnly.Contains(word)
            || (word.Length > 3 && word[^1] == 's' && word[^2] is not ('s' or 'u' or '\'') && (word[^2] != 'i' || word is "taxis" or "skis") && !Singulars.Contains(word));
    }

    /// <summary>The phrase with its head in the singular; unchanged if the head has no singular.</summary>
    /// <param name="phrase">Such as "red balls".</param>
    public static string Singular(string phrase)
    {
        string[] words = phrase.Split(' ');
        int head = HeadIndex(words);
        if (IsPlural(phrase))
        {
            words[head] = One(words[head]);
        }

        return string.Join(' ', words);
    }

    private static string Head(string phrase)
    {
        string[] words = phrase.ToLowerInvariant().Split(' ');
        return words[HeadIndex(words)];
    }

    private static int HeadIndex(string[] words)
    {
        int of = Array.FindIndex(words, 1 % Math.Max(1, words.Length), word => word is "of" or "with" or "in" or "on" or "without");
        return of > 0 ? of - 1 : words.Length - 1;
    }

    private static string One(string word)
    {
        string lower = word.ToLowerInvariant();
        if (PluralOnly.Contains(lower) || word.Length < 4)
        {
            return word;
        }

        if (Irregular.TryGetValue(lower, out string? one))
        {
            return one;
        }

        bool Ends(string ending) => lower.EndsWith(ending, StringComparison.Ordinal);
        return Ends("ies") && !KeepIe.Contains(lower) ? word[..^3] + "y"
            : Ends("sses") || Ends("shes") || Ends("ches") || Ends("xes") || Ends("zzes") || (Ends("oes") && lower is not ("shoes" or "canoes" or "toes" or "horseshoes")) || (Ends("uses") && !Ends("ouses")) ? word[..^2]
            : word[..^1];
    }
}
