using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Finds the phrases that end a noun: places in the picture ("on the far left side") and exceptions ("except the red one").</summary>
internal static class PhraseBoundary
{
    private static readonly HashSet<string> Excepting = ["except", "but", "besides", "excluding", "bar", "save"];

    /// <summary>The number of words that begin an exception at a word ("except", "apart from"); 0 for none.</summary>
    /// <param name="words">The words.</param>
    /// <param name="i">The word.</param>
    public static int ExceptionAt(IReadOnlyList<Word> words, int i)
    {
        string next = TextAt(words, i + 1);
        return Excepting.Contains(words[i].Text) ? (next is "for" ? 2 : next is "not" ? 0 : 1)
            : words[i].Text is "apart" or "aside" && next == "from" ? 2
            : words[i].Text == "other" && next == "than" ? 2
            : 0;
    }

    /// <summary>Whether "from" at a word names a side: "the second from the right".</summary>
    /// <param name="words">The words.</param>
    /// <param name="from">The position of "from".</param>
    public static bool IsFromSide(IReadOnlyList<Word> words, int from)
    {
        Word[] trimmed = [.. NounPhrases.Trim(words)];
        return PlaceAt(trimmed, from, out _) > 0 || (from > 0 && words[from - 1].Text is "apart" or "aside");
    }

    /// <summary>The number of words of a place in the picture at a word; 0 for none: "on the far left side", "furthest to the left", "in the top left corner of the picture".</summary>
    /// <param name="words">The words.</param>
    /// <param name="start">The word.</param>
    /// <param name="place">The place.</param>
    public static int PlaceAt(IReadOnlyList<Word> words, int start, out PlaceRelation place)
    {
        int i = start;
        place = PlaceRelation.None;
        bool far = TextAt(words, i) is "furthest" or "farthest" or "closest" or "nearest" && i > 0;
        i += far ? 1 : 0;
        bool joined = TextAt(words, i) is "on" or "in" or "at" or "to" or "from" or "towards" or "toward" or "by";
        i += joined ? 1 : 0;
        if (!far && !joined)
        {
            return 0;
        }

        i += TextAt(words, i) == "the" ? 1 : 0;
        i += TextAt(words, i) is "far" or "very" or "extreme" ? 1 : 0;
        place = Amounts.Place(TextAt(words, i));
        if (place == PlaceRelation.None || TextAt(words, i) is "nearest" or "closest")
        {
            return 0;
        }

        i++;
        PlaceRelation corner = Amounts.Corner(place, Amounts.Place(TextAt(words, i)));
        (place, i) = corner == PlaceRelation.None ? (place, i) : (corner, i + 1);
        i += TextAt(words, i) == "hand" ? 1 : 0;
        i += TextAt(words, i) is "side" or "corner" or "edge" or "part" or "half" or "end" or "third" ? 1 : 0;
        if (TextAt(words, i) is "of" or "from")
        {
            int whole = TextAt(words, i + 1) is "the" or "this" or "my" ? i + 2 : i + 1;
            return Lexicon.WholePicture.Contains(TextAt(words, whole)) || TextAt(words, whole) is "row" or "line" or "it" ? whole + 1 - start : 0;
        }

        // "on the left shelf": no place, but a relation to one of the shelves.
        return i == words.Count || IsBoundary(words, i) ? i - start : 0;
    }

    private static string TextAt(IReadOnlyList<Word> words, int i) => i >= 0 && i < words.Count ? words[i].Text : "";

    private static bool IsBoundary(IReadOnlyList<Word> words, int i) =>
        TextAt(words, i) is "of" or "with" or "who" or "which" or "that" || ExceptionAt(words, i) > 0 || PlaceReader.RelationAt(words, i, out _) > 0;
}
