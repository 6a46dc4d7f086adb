using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Interprets noun phrases.</summary>
internal static class NounPhrases
{
    /// <summary>Maximum number of words in a target.</summary>
    public const int MostWords = 5;

    private static readonly HashSet<string> Prepositions = ["on", "in", "at", "of", "with", "behind", "near", "by", "next", "under", "above", "beside", "from", "wearing", "standing", "sitting", "holding", "that", "who", "which", "over", "around", "between"];

    private static readonly HashSet<string> Sizes = ["small", "large", "big", "bigger", "smaller", "huge", "tiny", "medium", "larger", "little"];

    private static readonly HashSet<string> Uncountable = ["hair", "grass", "water", "snow", "sand", "skin", "wood", "text", "smoke", "steam", "bread", "rain", "fog", "ice", "leather", "furniture", "clothing", "graffiti", "trash", "litter", "garbage", "rubbish", "dust", "dirt", "mud", "moss", "ivy", "mould", "mold", "writing", "debris", "foliage", "luggage", "traffic", "jewelry", "jewellery"];

    /// <summary>The words without leading determiners ("all of the", "one of the").</summary>
    public static IReadOnlyList<Word> Bare(IReadOnlyList<Word> words)
    {
        int i = 0;
        while (i < words.Count - 1 && (Lexicon.Determiners.Contains(words[i].Text) || (words[i].Text is "of" && i > 0)
            || (words[i].Text == "one" && words[i + 1].Text == "of")))
        {
            // "her" alone is a person, "her hat" is not.
            i++;
        }

        return [.. words.Skip(i)];
    }

    /// <summary>The query for a detector: no determiner, pronouns replaced by people, at most five words; empty if nothing is named.</summary>
    public static string Name(IReadOnlyList<Word> words)
    {
        IReadOnlyList<Word> bare = Bare(Trim(words));
        if (bare.Count == 0)
        {
            return "";
        }

        if (bare.Count == 1)
        {
            return Lexicon.People.TryGetValue(bare[0].Text, out string? person) ? person
                : Lexicon.Determiners.Contains(bare[0].Text) || bare[0].Text is "it" or "one" or "," or "there" or "what" ? "" : WithinLimit(bare);
        }

        if (bare.Count > MostWords)
        {
            bare = [.. bare.Where((w, i) => i == 0 || w.Text is not ("the" or "a" or "an" or "his" or "her" or "their" or "my"))];
        }

        if (bare.Count > MostWords)
        {
            int cut = bare.Count;
            for (int i = 1; i < bare.Count; i++)
            {
                if (Prepositions.Contains(bare[i].Text))
                {
                    cut = i;
                    break;
                }
            }

            bare = [.. bare.Take(cut)];
            bare = [.. bare.Skip(Math.Max(0, bare.Count - MostWords))];
        }

        return WithinLimit(bare);
    }

    // A quotation is one word of the instruction but several of a name: 'the text "closed on all Sundays in May"' becomes 'text'.
    private static string WithinLimit(IReadOnlyList<Word> bare)
    {
        string name = Word.Join(bare);
        if (name.Split(' ').Length <= MostWords)
        {
            return name;
        }

        List<Word> plain = [.. bare.Where(w => !w.Quoted)];
        string[] words = (plain.Count > 0 ? Word.Join(plain) : name.Trim('"')).Split(' ');
        return string.Join(' ', words.Take(MostWords));
    }

    /// <summary>The selections that a list names: "the dog, both cats and the ball on the left".</summary>
    /// <param name="words">The list.</param>
    /// <param name="before">What "it" refers to; null if nothing.</param>
    public static List<Selection> Names(IReadOnlyList<Word> words, Selection? before = null)
    {
        List<Selection> names = [];
        List<Word> part = [];
        bool excepted = false, between = false;
        for (int i = 0; i <= words.Count; i++)
        {
            // "All but the cat and the dog" is one name, and so is "the cup between the jug and the pot".
            excepted |= i < words.Count && i > 0 && SelectionReader.ExceptionAt(words, i) > 0;
            between |= i < words.Count && words[i].Text == "between";
            bool comma = i < words.Count && !excepted && words[i].Text is "," or "and" or "or" or "plus";
            bool another = i + 1 < words.Count && words[i + 1].Text is "the" or "a" or "an" or "my" or "his" or "her" or "their";
            bool list = comma && part.Count > 0 && (another || !(Lexicon.IsAdjective(part[^1].Text) && !Lexicon.IsNoun(part[^1].Text)));
            if (list && between && words[i].Text == "and")
            {
                (between, list, comma) = (false, false, false);
            }

            if (i == words.Count || list)
            {
                if (SelectionReader.Read(part, names.LastOrDefault() ?? before) is { } name)
                {
                    names.Add(name);
                }

                part = [];
            }
            else if (!comma || part.Count > 0)
            {
                part.Add(words[i]);
            }
        }

        // "The left and the right cup", "the red and the blue ball": the noun follows the last description.
        for (int i = names.Count - 2; i >= 0; i--)
        {
            Selection one = names[i];
            bool look = one.Look is null && Lexicon.IsAdjective(one.Noun) && !Lexicon.IsNoun(one.Noun);
            names[i] = look ? one with { Look = one.Noun, Noun = names[i + 1].Noun } : one.Noun.Length == 0 ? one with { Noun = names[i + 1].Noun } : one;
        }

        return names;
    }

    /// <summary>Whether a noun is uncountable, so that a picture may show several pieces of it: "snow", "text".</summary>
    public static bool IsMass(string noun) => Uncountable.Contains(noun.Split(' ')[^1]);

    /// <summary>A selection shortened to at most five words, the limit of a detector query.</summary>
    /// <param name="name">The selection.</param>
    public static Selection Within(Selection name)
    {
        string[] words = name.Noun.Split(' ');
        int room = MostWords - (name.Look?.Split(' ').Length ?? 0);
        return words.Length <= MostWords && room >= words.Length ? name
            : name.Noun.StartsWith('"') || name.Noun.Contains('"') ? name with { Noun = WithinLimit([.. SplitQuoted(name.Noun)]), Look = null }
            : name with { Noun = string.Join(' ', words.TakeLast(MostWords)), Look = null };
    }

    private static IEnumerable<Word> SplitQuoted(string text)
    {
        int open = text.IndexOf('"'), close = text.LastIndexOf('"');
        foreach (string word in text[..open].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            yield return new Word(word, word);
        }

        yield return new Word(text[open..(close + 1)], text[open..(close + 1)]);
    }

    /// <summary>The words without meaningless ones at the end ("please", "in this picture") and conjunctions at the start.</summary>
    public static IReadOnlyList<Word> Trim(IReadOnlyList<Word> words)
    {
        List<Word> rest = [.. words];
        while (rest.Count > 0)
        {
            int n = rest.Count;
            string last = rest[^1].Text;
            if (last is "," or "." or "!" or "?" or "please" or "thanks" or "instead" or "too" or "also" or "now" or "and" or "alone" or "altogether" or "completely" or "entirely")
            {
                rest.RemoveAt(n - 1);
            }
            else if (n >= 2 && rest[^2].Text is "thank" or "for" && last is "you" or "me")
            {
                rest.RemoveRange(n - 2, 2);
            }
            else if (n >= 4 && rest[^3].Text is "in" or "from" or "of" or "to" && rest[^2].Text is "the" or "this" or "my" or "that" && last is "picture" or "image" or "photo" or "photograph" or "pic" or "scene" or "shot" or "frame")
            {
                rest.RemoveRange(n - 3, 3);
            }
            else
            {
                break;
            }
        }

        while (rest.Count > 0 && rest[0].Text is "," or "." or "and" or "also")
        {
            rest.RemoveAt(0);
        }

        return rest;
    }

    /// <summary>New content as it appears in a caption: with its article, without meaningless words at the end.</summary>
    public static string Content(IReadOnlyList<Word> words)
    {
        IReadOnlyList<Word> trimmed = Trim(words);
        return Word.Join(trimmed);
    }

    /// <summary>Whether the words describe a look and name no thing: "bright red", "red and yellow", "older".</summary>
    public static bool IsLook(IReadOnlyList<Word> words) =>
        words.Count > 0 && words.All(w => Lexicon.IsAdjective(w.Text) || Lexicon.IsDegree(w.Text) || w.Text is "and" or "," or "with") && Lexicon.IsAdjective(words[^1].Text);

    /// <summary>A named thing with a new look: "red ball" made "blue" is "a blue ball".</summary>
    public static string WithLook(string name, string look)
    {
        bool color = look.Split(' ').Any(Lexicon.Colors.Contains);
        bool size = look.Split(' ').Any(Sizes.Contains);
        string[] words = name.Split(' ');
        int owner = Array.FindIndex(words, w => w.EndsWith("'s", StringComparison.Ordinal));
        if (owner >= 0 && owner < words.Length - 1)
        {
            string part = WithLook(string.Join(' ', words.Skip(owner + 1)), look);
            return $"the {string.Join(' ', words.Take(owner + 1))} {string.Join(' ', part.Split(' ').SkipWhile(Lexicon.Determiners.Contains))}";
        }

        IEnumerable<string> kept = words.Where((w, i) => i == words.Length - 1 || !((color && Lexicon.Colors.Contains(w)) || (size && Sizes.Contains(w))));
        return WithArticle($"{look} {string.Join(' ', kept)}");
    }

    /// <summary>A singular countable noun with its article; other phrases unchanged.</summary>
    public static string WithArticle(string phrase)
    {
        string[] words = phrase.Split(' ');
        string head = Head(phrase);
        bool many = (head.EndsWith('s') && !head.EndsWith("ss", StringComparison.Ordinal) && head is not ("bus" or "cactus")) || head is "people" or "men" or "women" or "children" or "feet" or "sheep";
        return many || Uncountable.Contains(head) || Lexicon.Determiners.Contains(words[0]) || char.IsUpper(head[0]) || phrase.StartsWith('"')
            ? phrase
            : $"{NounForms.Article(phrase)} {phrase}";
    }

    /// <summary>Whether a word separates the name of a thing from its description.</summary>
    public static bool IsPreposition(string word) => Prepositions.Contains(word);

    /// <summary>Whether a noun names a material, which has no fixed shape: "snow", "gold".</summary>
    public static bool IsStuff(string head) => Uncountable.Contains(head) || Lexicon.Materials.Contains(head);

    /// <summary>The word that names the kind of thing: the last one before a preposition.</summary>
    public static string Head(string phrase)
    {
        string[] words = phrase.Split(' ');
        int end = Array.FindIndex(words, Math.Min(1, words.Length), Prepositions.Contains);

        // "a woman walking her dog" is a woman.
        for (int i = 1; i < (end < 0 ? words.Length : end); i++)
        {
            if (words[i].EndsWith("ing", StringComparison.Ordinal) && Lexicon.IsNoun(words[i - 1]) && !Lexicon.IsNoun(words[i]))
            {
                end = i;
            }
        }

        return words[(end < 0 ? words.Length : end) - 1];
    }

    /// <summary>The words before and after a word; null if it is missing or is the first or last.</summary>
    public static (List<Word> Before, List<Word> After)? Read(IReadOnlyList<Word> words, string at)
    {
        int i = IndexOf(words, at);
        return i > 0 && i < words.Count - 1 ? ([.. words.Take(i)], [.. words.Skip(i + 1)]) : null;
    }

    /// <summary>The index of the first word that is any of these; -1 if there is none.</summary>
    public static int IndexOf(IReadOnlyList<Word> words, params string[] any)
    {
        for (int i = 0; i < words.Count; i++)
        {
            if (any.Contains(words[i].Text))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Whether the words begin with these.</summary>
    public static bool Starts(IReadOnlyList<Word> words, params string[] said) =>
        words.Count >= said.Length && !said.Where((s, i) => words[i].Text != s).Any();
}
