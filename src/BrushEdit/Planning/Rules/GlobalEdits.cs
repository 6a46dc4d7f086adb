using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Edits of the whole picture: the words that name it, and what it becomes.</summary>
internal static class GlobalEdits
{
    private static readonly string[] QualityEndings = ["y", "ish", "al", "ic", "ous", "ful", "less", "ed", "er", "ing", "like", "esque", "ian", "ese", "ern", "ist"];

    /// <summary>
    /// Whether a single word ("make it misty") describes a picture: a known word, or one with the ending of an adjective. Any other word may be a
    /// verb ("make it pop").
    /// </summary>
    /// <param name="word">The word.</param>
    public static bool IsQuality(string word) =>
        Lexicon.WholeTerms.Contains(word) || Lexicon.IsAdjective(word) || Lexicon.IsNoun(word) || Lexicon.Materials.Contains(word) || Lexicon.Vague.Contains(word)
        || Lexicon.Manners.Contains(word) || Lexicon.WholeAspects.Contains(word) || Lexicon.PictureQualities.Contains(word) || Lexicon.Doings.ContainsKey(word) || Lexicon.Doings.ContainsValue(word)
        || (!Lexicon.Doing.Contains(word) && QualityEndings.Any(ending => word.Length > ending.Length + 2 && word.EndsWith(ending, StringComparison.Ordinal)));

    /// <summary>Whether the words refer to the picture as a whole.</summary>
    public static bool IsWhole(IReadOnlyList<Word> words)
    {
        IReadOnlyList<Word> bare = NounPhrases.Bare(words);
        return bare.Count == 0 || (bare.Count == 1 && (bare[0].Text is "it" or "this" or "that" || Lexicon.WholePicture.Contains(bare[0].Text)))
            || (bare.Count == 2 && bare[0].Text is "whole" or "entire" && (bare[1].Text == "thing" || Lexicon.WholePicture.Contains(bare[1].Text)));
    }

    /// <summary>Whether the words name something that only the whole picture has: the season, the style, the time of day.</summary>
    public static bool IsAspect(IReadOnlyList<Word> words)
    {
        IReadOnlyList<Word> bare = NounPhrases.Bare(words);
        return (bare.Count > 0 && bare.Count <= 2 && Lexicon.WholeAspects.Contains(bare[^1].Text) && (bare.Count == 1 || !Lexicon.IsNoun(bare[0].Text)))
            || (bare.Count is 3 or 4 && bare[0].Text is "time" or "style" or "season" or "tone" or "mood" && bare[1].Text == "of");
    }

    /// <summary>Whether the words name a light, season, weather or style.</summary>
    public static bool IsWholeTerm(IReadOnlyList<Word> words)
    {
        IReadOnlyList<Word> bare = NounPhrases.Bare(NounPhrases.Trim(words));
        string text = Word.Join(bare).ToLowerInvariant();
        return text is "black and white" or "golden hour" or "oil painting" or "pencil sketch" or "night time" or "day time"
            || (bare.Count is 1 or 2 && Lexicon.WholeTerms.Contains(bare[^1].Text) && (bare.Count == 1 || !Lexicon.Colors.Contains(bare[0].Text)));
    }

    /// <summary>Whether the words are a preposition followed by a light, season or weather: "at night", "in the rain".</summary>
    public static bool IsCircumstance(IReadOnlyList<Word> words) =>
        words.Count > 1 && words[0].Text is "at" or "in" or "by" or "during" or "under" && IsWholeTerm([.. words.Skip(1)]);

    /// <summary>Whether the words name a style or quality of the picture rather than an object in it: "cyberpunk style", "more contrast".</summary>
    public static bool IsManner(IReadOnlyList<Word> words) =>
        words.Count is > 0 and < 6 && !Lexicon.Definite.Contains(words[0].Text)
        && ((words.Count > 1 && Lexicon.Manners.Contains(words[^1].Text)) || (words.Count < 4 && Lexicon.PictureQualities.Contains(words[^1].Text)));

    /// <summary>The index where "in the style of", "in the manner of" or "the style of" begins, with words after it; -1 if there is none.</summary>
    public static int MannerOf(IReadOnlyList<Word> words)
    {
        for (int i = 0; i < words.Count - 3; i++)
        {
            int the = words[i].Text == "in" ? i + 1 : i == 0 ? i : words.Count;
            if (the + 3 < words.Count && words[the].Text is "the" or "a" && (words[the + 1].Text == "manner" || Lexicon.Manners.Contains(words[the + 1].Text)) && words[the + 2].Text == "of")
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>An edit that turns the whole picture into what the words describe.</summary>
    public static Clause Whole(List<Word> content)
    {
        List<Word> rest = [.. NounPhrases.Trim(content)];
        if (MannerOf(rest) is >= 0 and int manner)
        {
            int of = rest.FindIndex(manner, w => w.Text == "of");
            return new Clause { Type = EditType.Global, Content = Word.Join(NounPhrases.Bare(rest[(of + 1)..])) + " style" };
        }

        string text = NounPhrases.Content(rest);
        string last = rest.Count > 1 && Lexicon.Particles.Contains(rest[^1].Text) ? rest[^2].Text : rest.Count > 0 ? rest[^1].Text : string.Empty;
        return text.Length == 0 || Lexicon.Vague.Contains(last) ? Clause.Refused("it does not describe the new look of the picture.") : new Clause { Type = EditType.Global, Content = text };
    }
}
