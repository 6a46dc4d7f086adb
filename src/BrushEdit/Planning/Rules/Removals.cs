using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Clauses that remove something: "remove the dog", "take the hat off".</summary>
internal static class Removals
{
    /// <summary>"take the hat off", "take out the lamp", "get the drone out of the sky"; null if no particle indicates a removal.</summary>
    public static List<Word>? RemovedByParticle(List<Word> rest)
    {
        // "wipe the lipstick from the glass"
        int from = NounPhrases.IndexOf(rest, "from");
        if (from > 0 && from < rest.Count - 1 && !SelectionReader.IsFromSide(rest, from) && NounPhrases.IndexOf(rest, "to", "into") < 0)
        {
            return rest;
        }

        for (int i = 0; i < rest.Count; i++)
        {
            if (Lexicon.RemoveParticles.Contains(rest[i].Text) && !(i + 1 < rest.Count && rest[i].Text == "out" && i > 0 && rest[i + 1].Text != "of"))
            {
                return i == 0 ? rest[(rest.Count > 1 && rest[1].Text == "of" ? 2 : 1)..] : [.. rest[..i], .. i + 1 < rest.Count ? (IEnumerable<Word>)[new Word("from", "from"), .. rest[(i + (rest[i + 1].Text == "of" ? 2 : 1))..]] : []];
            }
        }

        return null;
    }

    /// <summary>The removal of what the words name.</summary>
    public static Clause Gone(IReadOnlyList<Selection> antecedent, List<Word> words)
    {
        List<Word> what = [.. NounPhrases.Trim(words)];
        while (what.Count > 1 && what[0].Text is "out" or "away" or "off" or "up")
        {
            what.RemoveAt(0);
        }

        if (Backgrounds.IsBackground(what, out List<Selection> stays))
        {
            return new Clause { Type = EditType.Background, Targets = stays, Content = Backgrounds.Plain };
        }

        // "from in front of the door": the second preposition gives the place.
        int doubled = what.FindIndex(word => word.Text == "from");
        if (doubled > 0 && doubled < what.Count - 2 && PlaceReader.At([.. what.Skip(doubled + 1)], 0) is { Relation: not (PlaceRelation.None or PlaceRelation.On) } && Lexicon.IsPreposition(what[doubled + 1].Text))
        {
            what.RemoveAt(doubled);
        }

        string? from = null;
        Selection? holder = null;
        int cut = Enumerable.Range(0, what.Count).FirstOrDefault(i => i > 0 && what[i].Text is "from" or "off" && !SelectionReader.IsFromSide(what, i), -1);
        if (cut > 0 && cut < what.Count - 1)
        {
            from = NounPhrases.Content([.. what.Skip(cut + 1)]);
            holder = GlobalEdits.IsWhole([.. what.Skip(cut + 1)]) ? null : SelectionReader.Read([.. what.Skip(cut + 1)]);
            what = what[..cut];
        }

        if (what.Count > 0 && what[0].Text is "anything" or "everything" or "everyone" or "everybody" or "all" or "whatever" && (what.Count == 1 || what[0].Text == "whatever" || what[1].Text is "that" or "which" or "not" || (what[0].Text != "all" && what[1].Text is "but" or "except")))
        {
            return Clause.Refused($"'{Word.Join(what)}' does not name what to remove.");
        }

        List<Selection> names = NounPhrases.Names(what);
        if (names is [{ Phrase: "nothing" }])
        {
            return Clause.Refused("it does not name what to remove.");
        }

        if (names.Count == 0)
        {
            return antecedent.Count > 0 && what.Count > 0 ? new Clause { Type = EditType.Remove, Targets = antecedent } : Clause.Refused("it does not name what to remove.");
        }

        // What is removed from something is on it or worn by it: "the hat from the man" selects only that hat.
        return new Clause
        {
            Type = EditType.Remove,
            Targets = [.. names.Select(one => holder is null || one.Relation != PlaceRelation.None ? one : one with { Relation = PlaceRelation.On, Anchors = [holder] })],
            From = from,
        };
    }
}
