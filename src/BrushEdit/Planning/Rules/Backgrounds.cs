using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Clauses about the background: the words that name it, and objects that get another one.</summary>
internal static class Backgrounds
{
    /// <summary>The new background if the instruction only removes the old one.</summary>
    public const string Plain = "a plain white background";

    /// <summary>
    /// Whether the words name what is behind the foreground: "the background (of the dog)", "everything behind her", "everything except the dog".
    /// Returns the foreground if it is named.
    /// </summary>
    public static bool IsBackground(IReadOnlyList<Word> words, out List<Selection> foreground)
    {
        foreground = [];
        IReadOnlyList<Word> bare = NounPhrases.Bare(NounPhrases.Trim(words));
        if (bare.Count == 0)
        {
            return false;
        }

        int word = -1;
        for (int i = 0; i < bare.Count && word < 0; i++)
        {
            word = Lexicon.BackgroundWords.Contains(bare[i].Text) ? i : -1;
        }

        if (word >= 0 && (word == 0 || (word == 1 && bare[0].Text is "whole" or "entire" or "current" or "boring" or "old" or "ugly")))
        {
            if (bare.Count > word + 2 && bare[word + 1].Text is "of" or "behind" or "around")
            {
                foreground = NounPhrases.Names([.. bare.Skip(word + 2)]);
            }

            return bare.Count == word + 1 || foreground.Count > 0;
        }

        if (bare.Count >= 2 && word == bare.Count - 1 && bare[0].Text.EndsWith("'s", StringComparison.Ordinal))
        {
            foreground = [new Selection { Noun = bare[0].Shown[..^2], Number = SelectionNumber.Exactly }];
            return true;
        }

        int behind = NounPhrases.IndexOf(bare, "behind", "around");
        bool all = bare[0].Text is "everything" or "what" or "anything" or "whatever" or "all" or "things";
        if (all && behind is >= 1 and <= 2)
        {
            foreground = NounPhrases.Names([.. bare.Skip(behind + 1)]);
            return foreground.Count > 0;
        }

        int except = NounPhrases.IndexOf(bare, "except", "but", "besides");
        if (bare[0].Text is "everything" or "all" && except == 1)
        {
            int from = bare.Count > 2 && bare[2].Text == "for" ? 3 : 2;

            // "All but the red ball" means the other balls; "all but the dog" means everything else.
            if (bare[0].Text == "all" && SelectionReader.Read([.. bare.Skip(from)]) is { } one && (one.Look is not null || one.Place != PlaceRelation.None || one.Size != SelectionSize.None))
            {
                return false;
            }

            foreground = NounPhrases.Names([.. bare.Skip(from)]);
            return foreground.Count > 0;
        }

        return (bare.Count == 2 && bare[0].Text == "everything" && bare[1].Text == "else") || (bare.Count == 1 && bare[0].Text is "rest" or "remainder");
    }

    /// <summary>
    /// "put her in Paris", "the dog stand in a meadow": an object in the picture gets another background. Null if the words mean something else.
    /// </summary>
    public static Clause? Moving(List<Word> rest)
    {
        if (!Lexicon.Definite.Contains(rest[0].Text) || PlaceReader.Read(rest, out IReadOnlyList<Word> who) is not { } place || who.Count == 0)
        {
            return null;
        }

        string[] words = place.Text.Split(' ');
        int skip = words[0] == "in" && words.Length > 2 && words[1] == "front" ? 3 : words is ["next", "to", ..] or ["on", "top", ..] ? (words[0] == "on" ? 3 : 2) : 1;
        string where = string.Join(' ', words.Skip(skip));
        string head = place.Anchors.Count > 0 ? NounPhrases.Head(place.Anchors[0].Phrase) : "";
        bool scene = head.Length > 0 && (char.IsUpper(head[0]) || Lexicon.Places.Contains(head) || (words.Length > skip && words[skip] is "a" or "an"));
        if (!scene)
        {
            return null;
        }

        List<Word> whom = [.. who.Where((w, i) => i == 0 || !(Lexicon.Doings.ContainsKey(w.Text) || Lexicon.Doings.ContainsValue(w.Text) || w.Text is "be"))];
        bool whole = GlobalEdits.IsWhole(whom);
        List<Selection> names = whole ? [] : NounPhrases.Names(whom);
        return names.Count == 0 && !whole ? null : new Clause
        {
            Type = EditType.Background,
            Targets = names,
            Content = where,
            Place = new PlacePhrase(place.Relation, [], string.Join(' ', words.Take(skip)) is "to" or "into" ? "" : place.Text),
        };
    }
}
