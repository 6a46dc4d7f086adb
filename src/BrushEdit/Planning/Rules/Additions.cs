using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>New objects and where they are placed: "add a hat on the dog", "give him a hat", "let her hold a balloon".</summary>
internal static class Additions
{
    /// <summary>"give him a hat": a new object on its owner, a changed body part, or a new background or style.</summary>
    public static Clause? Give(IReadOnlyList<Selection> antecedent, List<Word> rest)
    {
        int split = 1;
        if (!Lexicon.People.ContainsKey(rest[0].Text) && rest[0].Text is not ("it" or "this"))
        {
            split = rest.FindIndex(Math.Min(2, rest.Count), w => Lexicon.Indefinite.Contains(w.Text) || Lexicon.Determiners.Contains(w.Text));
            split = split > 0 ? split : 2;
        }

        if (split >= rest.Count)
        {
            return Clause.Refused("it does not say what to give.");
        }

        List<Word> whom = rest[..split], what = rest[split..];
        string head = NounPhrases.Head(NounPhrases.Name(what) is { Length: > 0 } n ? n : "it");
        bool whole = GlobalEdits.IsWhole(whom) && antecedent.Count == 0;
        if (Lexicon.BackgroundWords.Contains(head))
        {
            Clause scene = Becoming.Become(antecedent, [new Word("background", "background")], what);
            return scene with { Targets = whole ? [] : NounPhrases.Names(whom) };
        }

        if (head is "color" or "colour" or "look" or "style" or "feel" or "vibe")
        {
            return whole && head is not ("color" or "colour") ? GlobalEdits.Whole(what) : Clause.Refused($"'{Word.Join(what)}' was not understood as a look.");
        }

        List<Selection> owners = whole ? [] : GlobalEdits.IsWhole(whom) ? [.. antecedent] : NounPhrases.Names(whom);
        if (Lexicon.BodyParts.Contains(head))
        {
            return new Clause { Type = EditType.Local, Targets = [new Selection { Noun = head, Number = SelectionNumber.All }], Content = NounPhrases.Content(what) };
        }

        // "give the fence a coat of paint": its surface changes, and nothing is added.
        bool coats = what.Count > 2 && what.Any(w => w.Text == "of") && (Lexicon.ColorVerbs.Contains(what[^1].Text) || Lexicon.Materials.Contains(what[^1].Text));
        return owners.Count == 0 || coats
            ? Clause.Refused(coats ? $"'{Word.Join(what)}' changes a surface and adds nothing; say what the object should look like." : "it does not say who or what gets it.")
            : new Clause { Type = EditType.Addition, Content = NounPhrases.Content(what), Place = new PlacePhrase(PlaceRelation.On, owners, $"on the {string.Join(" and the ", owners.Select(one => one.Phrase))}") };
    }

    /// <summary>"put a cup on the table", "put her in Paris", "set it at dawn".</summary>
    public static Clause? Put(IReadOnlyList<Selection> antecedent, List<Word> rest)
    {
        while (rest.Count > 2 && rest[0].Text is "in" or "on" or "up" or "down" or "also" && Lexicon.Indefinite.Contains(rest[1].Text))
        {
            rest = rest[1..];
        }

        // "set it at dawn", "set the scene in autumn", "let it rain", "draw it as a cartoon".
        for (int n = 1; n < Math.Min(4, rest.Count); n++)
        {
            if (!GlobalEdits.IsWhole(rest[..n]) || (n > 1 && !Lexicon.Definite.Contains(rest[0].Text)))
            {
                continue;
            }

            string next = rest[n].Text;
            List<Word> how = next is "at" or "in" or "as" or "like" or "to" or "be" && rest.Count > n + 1 ? rest[(n + 1)..] : rest[n..];
            if (GlobalEdits.IsWholeTerm(how) || next is "as" or "like" or "be" or "look" or "appear" or "become")
            {
                return Becoming.Become(antecedent, rest[..n], how);
            }

            if (n == 1)
            {
                return antecedent.Count > 0 ? Backgrounds.Moving(rest) : null;
            }
        }

        if (Wearing(rest) is { } worn)
        {
            return worn;
        }

        int be = NounPhrases.IndexOf(rest, "be", "become", "appear");
        if (be > 0 && be < rest.Count - 1)
        {
            return Becoming.Become(antecedent, rest[..be], rest[(be + 1)..]);
        }

        // "set the time to midnight": changes a property of the whole picture, the background or a colour.
        int to = NounPhrases.IndexOf(rest, "to");
        if (to > 0 && to < rest.Count - 1 && (Backgrounds.IsBackground(rest[..to], out _) || GlobalEdits.IsAspect(rest[..to]) || GlobalEdits.IsWhole(rest[..to]) || Becoming.IsColorOf(rest[..to])))
        {
            return Becoming.Become(antecedent, rest[..to], rest[(to + 1)..]);
        }

        // An object in the picture can get another background but cannot be moved; an action is not an edit.
        bool known = Lexicon.Definite.Contains(rest[0].Text);
        int place = rest.FindIndex(w => Lexicon.IsPreposition(w.Text));
        int action = rest.FindIndex(1, w => Lexicon.Doing.Contains(w.Text) || Lexicon.Doings.ContainsKey(w.Text));
        bool acts = known && action > 1 && (place < 0 || action < place);
        if (!(acts && !Lexicon.Doings.ContainsKey(rest[action].Text)) && Backgrounds.Moving(rest) is { } moved)
        {
            return moved;
        }

        if (acts)
        {
            return Clause.Refused($"'{Word.Join(rest[action..])}' is an action, not an edit.");
        }

        bool bare = rest.Count == 1 && !NounForms.IsPlural(rest[0].Text) && !Lexicon.IsNoun(rest[0].Text);
        return bare || (known && !rest.Any(w => w.Text.Contains('"', StringComparison.Ordinal))) ? Clause.Refused($"it does not say whether '{Word.Join(rest)}' is already in the picture, or what to do with it.")
            : Addition(antecedent, rest);
    }

    /// <summary>"let the cat sit in a garden", "let a bird fly over the house": a subject, an action and a place; only the place leads to an edit.</summary>
    public static Clause? Let(IReadOnlyList<Selection> antecedent, List<Word> rest)
    {
        bool known = Lexicon.Definite.Contains(rest[0].Text);
        if (PlaceReader.Read(rest, out IReadOnlyList<Word> who) is not null && who.Count > 1 && Wearing(rest) is null && NounPhrases.IndexOf(rest, "be", "become", "look", "appear") < 0 && !GlobalEdits.IsWhole([who[0]]))
        {
            string verb = who[^1].Text;
            bool posture = Lexicon.Doings.ContainsKey(verb) || Lexicon.Doings.ContainsValue(verb) || Lexicon.IsNoun(verb);
            if (!posture && who.Count > 2)
            {
                return known ? Clause.Refused($"'{Word.Join(rest[(who.Count - 1)..])}' is an action, not an edit.") : Addition(antecedent, [.. who.SkipLast(1), .. rest[who.Count..]]);
            }
        }

        return Put(antecedent, rest);
    }

    /// <summary>"let the cat wear a hat", "have her hold a balloon": a new object on one in the picture.</summary>
    public static Clause? Wearing(List<Word> rest)
    {
        int verb = NounPhrases.IndexOf(rest, "wear", "hold", "carry");
        List<Selection> owners = verb > 0 && Lexicon.Definite.Contains(rest[0].Text) ? NounPhrases.Names(rest[..verb]) : [];

        // "hold hands", "carry on": nothing is added.
        if (owners.Count > 0 && verb == rest.Count - 2 && (Lexicon.BodyParts.Contains(rest[^1].Text) || Lexicon.BodyParts.Contains(NounForms.Singular(rest[^1].Text)) || Lexicon.Particles.Contains(rest[^1].Text) || rest[^1].Text is "on" or "in"))
        {
            return Clause.Refused($"'{Word.Join(rest[verb..])}' is an action, not an edit.");
        }

        return owners.Count == 0 || verb == rest.Count - 1 ? null : new Clause
        {
            Type = EditType.Addition,
            Content = NounPhrases.WithArticle(NounPhrases.Content(rest[(verb + 1)..])),
            Place = new PlacePhrase(PlaceRelation.On, owners, $"on the {string.Join(" and the ", owners.Select(one => one.Phrase))}"),
        };
    }

    /// <summary>"fill the sky with birds", "surround the house with trees".</summary>
    public static Clause Fill(IReadOnlyList<Selection> antecedent, string verb, List<Word> rest)
    {
        if (NounPhrases.Read(rest, "with") is not { } parts)
        {
            return Clause.Refused($"it does not say what to {verb} it with.");
        }

        string relation = verb == "fill" ? "in" : "around";
        return Backgrounds.IsBackground(parts.Before, out _) ? Becoming.Become(antecedent, parts.Before, parts.After)
            : GlobalEdits.IsWhole(parts.Before) ? Addition(antecedent, parts.After)
            : Addition(antecedent, [.. parts.After, new Word(relation, relation), .. parts.Before]);
    }

    /// <summary>"the table needs a vase (on it)": a new object on or in the thing that lacks it.</summary>
    public static Clause Lacking(IReadOnlyList<Selection> antecedent, List<Word> subject, List<Word> lacking)
    {
        if (GlobalEdits.IsWhole(subject))
        {
            return Addition(antecedent, lacking);
        }

        if (lacking.Count > 2 && lacking[^1].Text is "it" or "them" or "him" or "her")
        {
            return Addition(antecedent, [.. lacking[..^1], .. subject]);
        }

        string relation = subject[^1].Text == "sky" || (Lexicon.Places.Contains(subject[^1].Text) && !Lexicon.Surfaces.Contains(subject[^1].Text)) ? "in" : "on";
        return PlaceReader.Read(lacking, out _) is not null ? Addition(antecedent, lacking) : Addition(antecedent, [.. lacking, new Word(relation, relation), .. subject]);
    }

    /// <summary>A new object, at the place that the words describe.</summary>
    public static Clause Addition(IReadOnlyList<Selection> antecedent, List<Word> words)
    {
        List<Word> all = [.. NounPhrases.Trim(words)];
        bool inPlace = false;
        foreach (string said in (string[])["in its place", "in their place", "in his place", "in her place", "there"])
        {
            string[] end = said.Split(' ');
            if (all.Count > end.Length && all.Skip(all.Count - end.Length).Select(w => w.Text).SequenceEqual(end))
            {
                all = all[..^end.Length];
                inPlace = true;
            }
        }

        PlacePhrase? place = PlaceReader.Read(all, out IReadOnlyList<Word> what);
        // The action of a new object is omitted: "a falcon circle above the tower", "a cup down on the table".
        what = place is not null && what.Count > 2 && (Lexicon.Particles.Contains(what[^1].Text) || (Lexicon.Doing.Contains(what[^1].Text) && !Lexicon.IsNoun(what[^1].Text))) ? [.. what.SkipLast(1)] : what;
        List<Word> thing = [.. what.Where((w, i) => i == 0 || i < what.Count - 1 || w.Text is not ("fly" or "stand" or "sit" or "run" or "swim" or "float" or "sleep" or "walk"))];
        if (thing.Count > 1 && place is null && thing[^1].Text is "it" or "them")
        {
            return Clause.Refused("it does not say clearly where to add it.");
        }

        if (place is null && GlobalEdits.IsManner(thing) && Lexicon.PictureQualities.Contains(thing[^1].Text))
        {
            return GlobalEdits.Whole(thing);
        }

        string content = NounPhrases.Content(thing);
        if (content.Length == 0 || thing[0].Text is "something" or "anything" or "nothing" or "it" or "them" || GlobalEdits.IsWhole([.. thing.Where(w => w.Text != "me")]) || NounPhrases.Name(thing).Length == 0)
        {
            return content is "one" or "some" && antecedent.Count > 0
                ? new Clause { Type = EditType.Addition, Content = NounPhrases.WithArticle(antecedent[0].Phrase), Place = place, InPlace = inPlace }
                : Clause.Refused("it does not name what to add.");
        }

        content = NounPhrases.WithArticle(content);
        return new Clause
        {
            Type = EditType.Addition,
            Content = content,
            Place = place is { Relation: PlaceRelation.None } ? null : place,
            InPlace = inPlace,
            Doubt = Lexicon.Definite.Contains(thing[0].Text) ? $"'{content}' was read as something new in the picture." : null,
        };
    }
}
