using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Where an addition is placed, according to the instruction.</summary>
/// <param name="Relation">The spatial relation.</param>
/// <param name="Anchors">The names of the anchors; empty for a part of the picture.</param>
/// <param name="Text">The words: "next to the dog".</param>
internal sealed record PlacePhrase(PlaceRelation Relation, IReadOnlyList<Selection> Anchors, string Text);

/// <summary>Finds the words that describe a place.</summary>
internal static class PlaceReader
{
    // Parts of the picture: these words stand alone, or before "of the picture" and "side" or "corner".
    private static readonly (string Words, PlaceRelation Relation)[] Parts =
    [
        ("top left", PlaceRelation.TopLeft), ("upper left", PlaceRelation.TopLeft), ("top right", PlaceRelation.TopRight), ("upper right", PlaceRelation.TopRight),
        ("bottom left", PlaceRelation.BottomLeft), ("lower left", PlaceRelation.BottomLeft), ("bottom right", PlaceRelation.BottomRight), ("lower right", PlaceRelation.BottomRight),
        ("left", PlaceRelation.Left), ("right", PlaceRelation.Right), ("middle", PlaceRelation.Middle), ("center", PlaceRelation.Middle), ("centre", PlaceRelation.Middle),
        ("top", PlaceRelation.Top), ("bottom", PlaceRelation.Bottom), ("background", PlaceRelation.Background), ("distance", PlaceRelation.Background), ("foreground", PlaceRelation.Foreground),
    ];

    // Relations to an anchor, longer ones first.
    private static readonly (string[] Words, PlaceRelation Relation)[] Relations =
    [
        .. new (string, PlaceRelation)[]
        {
            ("to the left of", PlaceRelation.LeftOf), ("on the left of", PlaceRelation.LeftOf), ("on the left side of", PlaceRelation.LeftOf), ("at the left of", PlaceRelation.LeftOf), ("left of", PlaceRelation.LeftOf), ("left from", PlaceRelation.LeftOf),
            ("to the right of", PlaceRelation.RightOf), ("on the right of", PlaceRelation.RightOf), ("on the right side of", PlaceRelation.RightOf), ("at the right of", PlaceRelation.RightOf), ("right of", PlaceRelation.RightOf), ("right from", PlaceRelation.RightOf),
            ("in front of", PlaceRelation.InFrontOf), ("in the middle of", PlaceRelation.In), ("in the center of", PlaceRelation.In), ("in the centre of", PlaceRelation.In), ("on top of", PlaceRelation.On), ("at the top of", PlaceRelation.On), ("at the bottom of", PlaceRelation.Below),
            ("next to", PlaceRelation.NextTo), ("close to", PlaceRelation.NextTo), ("at the side of", PlaceRelation.NextTo), ("by the side of", PlaceRelation.NextTo), ("in between", PlaceRelation.Between), ("side by side with", PlaceRelation.NextTo),
            ("beside", PlaceRelation.NextTo), ("near", PlaceRelation.NextTo), ("by", PlaceRelation.NextTo), ("alongside", PlaceRelation.NextTo), ("at", PlaceRelation.NextTo), ("among", PlaceRelation.NextTo),
            ("behind", PlaceRelation.Behind), ("under", PlaceRelation.Below), ("below", PlaceRelation.Below), ("beneath", PlaceRelation.Below), ("underneath", PlaceRelation.Below),
            ("above", PlaceRelation.Above), ("over", PlaceRelation.Above), ("between", PlaceRelation.Between), ("around", PlaceRelation.Around), ("round", PlaceRelation.Around),
            ("inside of", PlaceRelation.In), ("inside", PlaceRelation.In), ("into", PlaceRelation.In), ("within", PlaceRelation.In), ("in", PlaceRelation.In),
            ("on", PlaceRelation.On), ("onto", PlaceRelation.On), ("upon", PlaceRelation.On), ("atop", PlaceRelation.On), ("along", PlaceRelation.On), ("beyond", PlaceRelation.Behind), ("against", PlaceRelation.On), ("across", PlaceRelation.On), ("to", PlaceRelation.On),
        }.OrderByDescending(r => r.Item1.Split(' ').Length).Select(r => (r.Item1.Split(' '), r.Item2)),
    ];

    /// <summary>Separates a place from the words before it, which name the placed object.</summary>
    /// <param name="words">Such as "a red ball on the table".</param>
    /// <param name="before">The placed object: "a red ball".</param>
    /// <returns>The place; null if none is given.</returns>
    public static PlacePhrase? Read(IReadOnlyList<Word> words, out IReadOnlyList<Word> before)
    {
        words = NounPhrases.Trim(words);
        for (int i = 0; i < words.Count; i++)
        {
            if (At(words, i) is { } place)
            {
                before = [.. words.Take(i)];
                return place;
            }
        }

        before = words;
        return null;
    }

    /// <summary>The place that extends from a word to the end; null if there is none.</summary>
    public static PlacePhrase? At(IReadOnlyList<Word> words, int start)
    {
        string text = string.Join(' ', words.Skip(start).Select(w => w.Text));
        string shown = Word.Join(words.Skip(start));
        if (PartOf(text) is { } part)
        {
            return new PlacePhrase(part, [], shown);
        }

        foreach ((string[] said, PlaceRelation relation) in Relations)
        {
            if (start + said.Length >= words.Count || !said.Select((s, k) => words[start + k].Text == s).All(same => same))
            {
                continue;
            }

            Word[] rest = [.. words.Skip(start + said.Length)];
            if (GlobalEdits.IsWhole(rest) && relation != PlaceRelation.Between)
            {
                return rest.Length > 0 && rest[^1].Text is "it" or "this" or "that" ? new PlacePhrase(relation, [], shown) : new PlacePhrase(PlaceRelation.None, [], shown);
            }

            // "a woman in a red dress": what she wears, not where she is.
            if (said is ["in"] && start > 0 && (Lexicon.Clothes.Contains(NounPhrases.Head(NounPhrases.Name(rest) is { Length: > 0 } n ? n : "x")) || NounPhrases.IsLook(rest)))
            {
                return null;
            }

            List<Selection> anchors = relation == PlaceRelation.Between ? NounPhrases.Names(rest) : SelectionReader.Read(Shorten(rest)) is { Noun.Length: > 0 } one ? [one] : [];
            return anchors.Count > 0 ? new PlacePhrase(relation, anchors, shown) : null;
        }

        return null;
    }

    /// <summary>The number of words in the relation that begins at a word; 0 if there is none or no anchor follows. "To" alone is not a relation.</summary>
    /// <param name="words">The words.</param>
    /// <param name="start">Index of the first word of the relation.</param>
    /// <param name="relation">The relation; None if there is none.</param>
    public static int RelationAt(IReadOnlyList<Word> words, int start, out PlaceRelation relation)
    {
        foreach ((string[] said, PlaceRelation one) in Relations)
        {
            if (said is not ["to"] && start + said.Length < words.Count && !said.Where((s, k) => words[start + k].Text != s).Any())
            {
                relation = one;
                return said.Length;
            }
        }

        relation = PlaceRelation.None;
        return 0;
    }

    // The anchor ends at a conjunction or comma.
    private static Word[] Shorten(Word[] words)
    {
        int end = Array.FindIndex(words, 1, w => w.Text is "but" or "and" or ",");
        return end < 0 ? words : words[..end];
    }

    private static PlaceRelation? PartOf(string text)
    {
        string rest = text;
        foreach (string start in (string[])["on the far ", "to the far ", "on the ", "to the ", "at the ", "in the ", "in ", "at ", "on ", "towards the "])
        {
            if (rest.StartsWith(start, StringComparison.Ordinal))
            {
                rest = rest[start.Length..];
                break;
            }
        }

        if (rest == text && text is not ("top left" or "top right" or "bottom left" or "bottom right"))
        {
            return null;
        }

        foreach (string end in (string[])[" of the picture", " of the image", " of the photo", " of the scene", " of the frame", " of it", " corner", " side", " edge", " hand side", " part", " half"])
        {
            if (rest.EndsWith(end, StringComparison.Ordinal))
            {
                rest = rest[..^end.Length];
            }
        }

        rest = rest.EndsWith(" hand", StringComparison.Ordinal) ? rest[..^5] : rest;
        foreach (string end in (string[])[" corner", " side", " edge", " part", " half", " third"])
        {
            rest = rest.EndsWith(end, StringComparison.Ordinal) ? rest[..^end.Length] : rest;
        }

        foreach ((string words, PlaceRelation relation) in Parts)
        {
            if (rest == words || rest == words.Replace(' ', '-'))
            {
                return relation;
            }
        }

        return null;
    }
}
