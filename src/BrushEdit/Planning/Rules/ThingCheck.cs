using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>
/// Checks whether the names in a parsed clause are objects that a picture can show. A wrong plan costs more than a question, so a
/// clause is refused if a name has words left over, if it is an action or a circumstance, or if nothing is named.
/// </summary>
internal static class ThingCheck
{
    // Words allowed inside a name: "shadow of tree", "salt and pepper", "woman in red".
    private static readonly HashSet<string> Joints = ["of", "and", "or", "in", "with", "to", "for"];

    private static readonly HashSet<string> NoThings =
    [
        "thing", "things", "something", "anything", "everything", "nothing", "stuff", "object", "objects", "item", "items", "one", "ones", "other", "others",
        "part", "parts", "place", "places", "rest", "none", "no", "everyone", "someone", "anyone", "everybody", "somebody", "anybody", "nobody", "whatever", "more", "less", "such",
    ];

    /// <summary>The clause if it can be acted on; otherwise a refused clause that names what was not understood.</summary>
    /// <param name="clause">The parsed clause.</param>
    public static Clause Checked(Clause clause)
    {
        if (clause.Fault is not null || clause.Type is not { } type)
        {
            return clause;
        }

        string? fault = clause.Targets.Select(one => Fault(one, 0)).FirstOrDefault(one => one is not null)
            ?? (type == EditType.Addition ? clause.Place?.Anchors.Select(one => Fault(one, 1)).FirstOrDefault(one => one is not null) : null)
            ?? (clause.Content is { } content && type is EditType.Addition or EditType.Local && clause.Look is null ? ContentFault(content, type) : null)
            ?? (clause.Content is { } scene && type is EditType.Background or EditType.Global ? SceneFault(scene) : null)
            ?? (clause.Look is { } look ? LookFault(look) : null)
            ?? clause.Targets.Select(one => MatterFault(one, clause)).FirstOrDefault(one => one is not null);
        return fault is null ? clause : Clause.Refused(fault);
    }

    // A material, or an effect applied to the picture, is not a thing: "the sofa in velvet instead of leather", "remove the blur".
    private static string? MatterFault(Selection one, Clause clause) =>
        clause.Type == EditType.Local && one.Look is null && Lexicon.Materials.Contains(one.Noun) && clause.Content is { } content && content.Contains(" in ", StringComparison.Ordinal) ? $"'{one.Noun}' is a material, not an object."
        : clause.Type == EditType.Remove && Lexicon.StateVerbs.ContainsKey(one.Noun) && !Lexicon.IsLit(one.Noun) ? $"'{one.Noun}' is not an object in the picture."
        : null;

    // What is wrong with a selection, its anchors or its exceptions; null if nothing.
    private static string? Fault(Selection selection, int depth)
    {
        string? own = selection.Noun.Length == 0 ? depth < 2 ? "the object is described only by its place or look; name it." : null : NameFault(selection.Noun, selection.Look is not null);
        return own
            ?? selection.Anchors.Select(one => Fault(one, 1)).FirstOrDefault(one => one is not null)
            ?? selection.Except.Select(one => Fault(one, 2)).FirstOrDefault(one => one is not null);
    }

    private static string? NameFault(string name, bool described)
    {
        if (name.Contains('"'))
        {
            return null;
        }

        string[] words = name.ToLowerInvariant().Split(' ');
        string head = words[^1];
        for (int i = 0; i < words.Length; i++)
        {
            bool inside = i > 0 && i < words.Length - 1 && Joints.Contains(words[i]);
            if (!inside && IsLeftOver(words[i], i, words.Length))
            {
                return $"'{words[i]}' in '{name}' was not understood.";
            }
        }

        bool share = words.Length > 2 && words[1] == "of" && Lexicon.Indefinite.Contains(words[0]);
        return share || NoThings.Contains(head) || NoThings.Contains(words[0]) || Amounts.Number(head) is not null ? $"'{name}' does not name an object to look for."
            : Lexicon.IsAbstract(head) ? $"'{name}' is not something a picture can show."
            : words.Length == 1 && !described && Lexicon.IsAdjective(head) && !Lexicon.IsNoun(head) ? $"'{name}' is a look; name the object that has it."
            : null;
    }

    // Function words, adverbs and verbs are not part of a name.
    private static bool IsLeftOver(string word, int at, int count) =>
        (Lexicon.People.ContainsKey(word) && count > 1) || IsUnknownOrder(word)
        || (Lexicon.IsFunction(word) && !Lexicon.IsNoun(word) && !Lexicon.People.ContainsKey(word) && word is not ("way" or "system" or "prompt" or "print" or "ad" or "like" or "light" or "close" or "inside"))
        || word is "," or "some" or "most" or "half" or "other" or "rather" or "before" or "after" or "without" or "whose" or "my" or "his" or "her" or "their" or "i" or "it"
        || (at > 0 && word.Length > 4 && word.EndsWith("ly", StringComparison.Ordinal) && !Lexicon.IsNoun(word) && at == count - 1)
        || (at > 0 && at == count - 1 && Lexicon.Particles.Contains(word));

    // "The farthest", "the brightest": an order that a detector's boxes do not show.
    private static bool IsUnknownOrder(string word) =>
        word is "farthest" or "furthest" or "nearest" or "closest" or "most" or "least"
        || (word.EndsWith("est", StringComparison.Ordinal) && !Lexicon.IsNoun(word) && (Lexicon.IsAdjective(word[..^3]) || Lexicon.IsAdjective(word[..^2])));

    private static string? ContentFault(string content, EditType type)
    {
        if (content.Contains('"'))
        {
            return null;
        }

        // A description may follow a thing ("a cat sleeping", "a man with a hat"): only the head noun must be a thing.
        string[] words = [.. content.ToLowerInvariant().Split(' ').SkipWhile(word => Lexicon.Determiners.Contains(word) || Lexicon.Indefinite.Contains(word) || Amounts.Number(word) is not null)];
        if (words.Length == 0)
        {
            return "it does not name the new content.";
        }

        int tail = Array.FindIndex(words, Math.Min(1, words.Length), word => Lexicon.IsPreposition(word) || word is "that" or "who" or "which");
        string head = NounPhrases.Head(string.Join(' ', words[..(tail < 0 ? words.Length : tail)]));
        if (type == EditType.Addition && AmountFault(content, words) is { } fault)
        {
            return fault;
        }

        bool look = type == EditType.Local && words.All(word => Lexicon.IsAdjective(word) || Lexicon.IsDegree(word) || word == "and");
        return look ? null
            : Lexicon.IsFunction(words[0]) && !Lexicon.IsAdjective(words[0]) && !Lexicon.IsNoun(words[0]) && words[0] is not ("less" or "more" or "other" or "twice" or "very" or "too") ? $"'{content}' was not understood as new content."
            : NoThings.Contains(head) && words.Length == 1 ? $"'{content}' does not name an object."
            : Lexicon.IsAbstract(head) || (type == EditType.Addition && Lexicon.WholeAspects.Contains(head) && !Lexicon.IsLit(head)) ? $"'{content}' is not something a picture can show."
            : (Amounts.Number(head) is not null && head != "one") || Amounts.Place(head) != PlaceRelation.None && words.Length == 1 ? $"'{content}' does not name an object."
            : words.Length > 1 && tail < 0 && Lexicon.Particles.Contains(words[^1]) ? $"'{words[^1]}' in '{content}' was not understood."
            : Unread(words);
    }

    // "More drama", "a bit of nostalgia": an amount of something that is not a known object or material is a quality.
    private static string? AmountFault(string content, string[] words)
    {
        string[] all = content.ToLowerInvariant().Split(' ');
        bool amount = all.Take(2).Contains("more") || words[0] is "bit" or "little" or "touch" or "hint";
        string what = words[^1];
        bool matter = Lexicon.Materials.Contains(what) || Lexicon.Surfaces.Contains(what) || Lexicon.WholeTerms.Contains(what) || Lexicon.IsLit(what);
        return amount && !matter && !NounForms.IsPlural(what) && (!Lexicon.IsNoun(what) || Lexicon.Places.Contains(what)) ? $"'{content}' is not something a picture can show." : null;
    }

    private static string? SceneFault(string content)
    {
        string[] words = [.. content.ToLowerInvariant().Split(' ').SkipWhile(Lexicon.Determiners.Contains)];
        return GlobalEdits.IsWholeTerm([.. words.Select(word => new Word(word, word))]) ? null
            : words.Length == 0 || Lexicon.IsModal(words[0]) ? $"'{content}' does not describe a scene."
            : words.Contains("instead") || words.Contains("rather") || words.Any(word => word.All(char.IsAsciiDigit)) ? $"'{content}' was not understood."
            : words is ["more" or "less", { } quality] && !Lexicon.PictureQualities.Contains(quality) && !Lexicon.IsAdjective(quality) && !Lexicon.IsNoun(quality) ? $"'{content}' is not something a picture can show."
            : Lexicon.IsAbstract(words[^1]) && !Lexicon.Manners.Contains(words[^1]) && !Lexicon.WholeAspects.Contains(words[^1]) && !Lexicon.WholePicture.Contains(words[^1]) ? $"'{content}' is not something a picture can show."
            : null;
    }

    private static string? LookFault(string look)
    {
        string last = look.ToLowerInvariant().Split(' ')[^1];
        return Lexicon.Particles.Contains(last) || Lexicon.NoLooks.Contains(last) || Lexicon.IsAbstract(last) || (Lexicon.Doing.Contains(last) && !Lexicon.IsAdjective(last)) ? $"'{look}' is not a look." : null;
    }

    // "Feed" and "bring" only look like participles.
    private static bool IsParticiple(string word) =>
        (word.EndsWith("ing", StringComparison.Ordinal) || word.EndsWith("ed", StringComparison.Ordinal)) && !Lexicon.Doing.Contains(word);

    // A determiner after a bare word begins another thing, so that word is a verb: "the juggler throws the pins".
    private static string? Unread(string[] words)
    {
        for (int i = 1; i < words.Length; i++)
        {
            bool begins = words[i] is "a" or "an" or "the" or "his" or "her" or "its" or "their" or "my" or "your" or "our" or "another";
            if (begins && !Lexicon.IsPreposition(words[i - 1]) && !IsParticiple(words[i - 1])
                && words[i - 1] is not ("and" or "that" or "who" or "which" or "out" or "as" or "like" or "than" or "all" or "full" or "made" or "worn" or "says" or "saying" or "reads"))
            {
                bool relative = words[..i].Any(word => word is "that" or "who" or "which");
                return relative ? null : $"'{words[i - 1]}' was not understood.";
            }

            if (words[i] is "instead" or "rather" or "before" or "after" or "because" or "until" or "while")
            {
                return $"'{words[i]}' was not understood.";
            }
        }

        return null;
    }
}
