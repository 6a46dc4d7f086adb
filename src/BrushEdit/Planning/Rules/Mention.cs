namespace BrushEdit.Planning;

/// <summary>
/// A clause that requests nothing but names what the next one refers to: "that pole ruins the photo, delete it", "there is a dog,
/// make it brown".
/// </summary>
internal static class Mention
{
    private static readonly string[][] Leads =
    [
        .. new[]
        {
            "if there is", "if there are", "if you see", "there is", "there are", "where is", "where are", "i hate", "i dislike", "i do not like", "i like", "i love", "i see", "do you see", "you see", "see", "look at",
        }.Select(l => l.Split(' ')),
    ];

    /// <summary>What a clause names, with "the" in front; empty if it is not a mention.</summary>
    public static IReadOnlyList<Word> Of(IReadOnlyList<Word> words)
    {
        List<Word> rest = [.. NounPhrases.Trim(words)];
        string[]? lead = Leads.FirstOrDefault(l => NounPhrases.Starts(rest, l));
        rest = lead is null ? rest : rest[lead.Length..];
        rest = NounPhrases.Starts(rest, "too", "many") || NounPhrases.Starts(rest, "so", "many") ? rest[1..] : rest;
        if (rest.Count == 0 || !(Lexicon.Determiners.Contains(rest[0].Text) || Lexicon.Indefinite.Contains(rest[0].Text)))
        {
            return [];
        }

        // The thing ends where its verb begins: "that pole | ruins the photo".
        int end = rest.FindIndex(1, IsPredicate);
        IReadOnlyList<Word> thing = NounPhrases.Bare(end < 0 ? rest : rest[..end]);
        thing = thing[0].Text == "many" ? [.. thing.Skip(1)] : thing;
        return NounPhrases.Names(thing).Count == 0 ? [] : [new Word("the", "the"), .. thing];
    }

    /// <summary>The clause with its pronoun replaced by what was mentioned; null if it has no pronoun.</summary>
    public static List<Word>? Resolve(IReadOnlyList<Word> mentioned, IReadOnlyList<Word> clause)
    {
        for (int i = 1; i < clause.Count; i++)
        {
            bool owner = i + 1 < clause.Count && clause[i].Text == "her" && !Lexicon.IsFunction(clause[i + 1].Text);
            if (clause[i].Text is "it" or "them" or "him" or "her" && !owner)
            {
                return [.. clause.Take(i), .. mentioned, .. clause.Skip(i + 1 + (i + 1 < clause.Count && clause[i + 1].Text == "all" ? 1 : 0))];
            }
        }

        return null;
    }

    private static bool IsPredicate(Word word) =>
        word.Text is "is" or "are" or "was" or "were" or "looks" or "look" or "has" or "does" or "bothers" or "ruins" or "spoils" or "distracts" or "annoys" or "disturbs" or "blocks" or "hides" or "covers";
}
