using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Clauses that do not begin with an imperative: wishes, statements, negations, and clauses without a verb.</summary>
internal static class Sentences
{
    /// <summary>"don't touch the tree", "not the dog", "without the umbrella", "no people".</summary>
    public static Clause? Negation(IReadOnlyList<Selection> antecedent, List<Word> w)
    {
        if (NounPhrases.Starts(w, "do", "not") || NounPhrases.Starts(w, "not") || NounPhrases.Starts(w, "without", "changing") || NounPhrases.Starts(w, "without", "touching"))
        {
            int from = w[0].Text == "not" ? 1 : 2;
            if (NounPhrases.Starts(w, "do", "not", "want") || NounPhrases.Starts(w, "do", "not", "need"))
            {
                return Removals.Gone(antecedent, w[3..]);
            }

            while (from < w.Count && (Lexicon.Verbs.Contains(w[from].Text) || w[from].Text is "touch" or "affect"))
            {
                from++;
            }

            return new Clause { Kept = NounPhrases.Names(w[from..]) };
        }

        return w[0].Text is "no" or "without" or "minus" && w.Count > 1 ? Removals.Gone(antecedent, w[(w[1].Text == "more" && w.Count > 2 ? 2 : 1)..]) : null;
    }

    /// <summary>"X instead of Y", "X -> Y", "put X where the Y is".</summary>
    public static Clause? Joined(IReadOnlyList<Selection> antecedent, List<Word> w)
    {
        int arrow = NounPhrases.IndexOf(w, "\u2192");
        if (arrow > 0 && arrow < w.Count - 1)
        {
            return Changes.Exchange(w[..arrow], w[(arrow + 1)..]);
        }

        // "instead of the bucket I want a wheelbarrow"
        int wish = NounPhrases.Starts(w, "instead", "of") ? w.FindIndex(2, word => word.Text is "i" or "we" or "," || Lexicon.Verbs.Contains(word.Text)) : -1;
        if (wish > 2 && wish < w.Count - 1)
        {
            Clause? wanted = new ClauseParser(antecedent).Parse(w[wish..]);
            if (wanted is { Type: EditType.Addition, Content: { } scene, Place: { Relation: PlaceRelation.Behind, Anchors: { } stays } })
            {
                return new Clause { Type = EditType.Background, Targets = stays, Content = scene };
            }

            return wanted is { Type: EditType.Addition, Content: { } content, Place: null } && !Backgrounds.IsBackground(w[2..wish], out _)
                ? Becoming.Local(NounPhrases.Names(w[2..wish]), [.. content.Split(' ').Select(word => new Word(word.ToLowerInvariant(), word))])
                : wanted;
        }

        for (int i = 1; i < w.Count - 2; i++)
        {
            if ((w[i].Text == "instead" && w[i + 1].Text == "of") || (w[i].Text == "rather" && w[i + 1].Text == "than") || (i < w.Count - 3 && w[i].Text == "in" && w[i + 1].Text == "place" && w[i + 2].Text == "of"))
            {
                // The words before "instead of" may form a complete edit: another background, light or look.
                if (w[i].Text != "in" && new ClauseParser(antecedent).Parse(w[..i]) is { Fault: null, Type: EditType.Background or EditType.Global or EditType.Local } whole)
                {
                    return whole;
                }

                List<Word> now = Lexicon.Verbs.Contains(w[0].Text) && i > 1 ? w[1..i] : w[..i];
                List<Word> old = w[(i + (w[i].Text == "in" ? 3 : 2))..];
                return Changes.Exchange(old, now);
            }

            bool put = Lexicon.PlaceVerbs.Contains(w[0].Text);
            if (w[i].Text == "where" && w[^1].Text is "is" or "was" or "are" or "were" && (put ? !Lexicon.Definite.Contains(w[1].Text) : Lexicon.Indefinite.Contains(w[0].Text)) && i > 1)
            {
                return Changes.Exchange(w[(i + 1)..^1], w[(put ? 1 : 0)..i]);
            }
        }

        return null;
    }

    /// <summary>"I want ...", "there should be ...", "can we get ...".</summary>
    public static Clause? Wish(IReadOnlyList<Selection> antecedent, List<Word> w)
    {
        // "the photo would be better without the fence"
        int without = NounPhrases.IndexOf(w, "without");
        if (without > 2 && without < w.Count - 1 && w[without - 1].Text is "better" or "nicer" && GlobalEdits.IsWhole(w[..(Lexicon.Determiners.Contains(w[0].Text) ? 2 : 1)]))
        {
            return Removals.Gone(antecedent, w[(without + 1)..]);
        }

        foreach (string start in (string[])["i do not want to see", "i do not want", "i do not like", "we do not want", "i do not need", "there should not be", "there should be no", "there must be no", "there must not be", "there is no need for", "i would rather not have", "i would rather not see"])
        {
            if (NounPhrases.Starts(w, start.Split(' ')))
            {
                List<Word> rest = w[start.Split(' ').Length..];
                if (rest.Count > 1 && rest[0].Text == "any")
                {
                    rest.RemoveAt(0);
                }

                return Removals.Gone(antecedent, rest);
            }
        }

        foreach (string start in (string[])["i want to see", "i want to have", "i would like to see", "i would like to have", "i would like", "i would love", "i want", "i need", "we want", "we need", "need", "i could use", "there should be", "there must be", "let there be", "see", "have", "get"])
        {
            string[] said = start.Split(' ');
            if (!NounPhrases.Starts(w, said) || w.Count == said.Length)
            {
                continue;
            }

            List<Word> rest = w[said.Length..];
            if (said is ["get"] && (NounPhrases.Starts(rest, "rid", "of") || NounPhrases.Starts(rest, "rid", "off") || Lexicon.Definite.Contains(rest[0].Text)))
            {
                return null;
            }

            if (rest[0].Text == "to" && rest.Count > 1)
            {
                return new ClauseParser(antecedent).Parse(rest[1..]);
            }

            return Desire(antecedent, rest);
        }

        int missing = NounPhrases.IndexOf(w, "missing");
        if (NounPhrases.Starts(w, "i", "am", "missing") && w.Count > 3)
        {
            return Additions.Addition(antecedent, w[3..]);
        }

        if (NounPhrases.Starts(w, "there", "is") && missing > 2)
        {
            return Additions.Addition(antecedent, [.. w[2..missing], .. w[(missing + 1)..]]);
        }

        return null;
    }

    // What the user wants: "the car gone", "a bird in the sky", "the wall to be blue".
    private static Clause? Desire(IReadOnlyList<Selection> antecedent, List<Word> rest)
    {
        if (rest[^1].Text is "gone" or "removed" or "deleted" or "erased" or "out" or "away")
        {
            List<Word> what = rest[..^1];
            while (what.Count > 2 && what[^1].Text is "be" or "to")
            {
                what.RemoveAt(what.Count - 1);
            }

            return Removals.Gone(antecedent, what);
        }

        if (Additions.Wearing(rest) is { } worn)
        {
            return worn;
        }

        int role = NounPhrases.IndexOf(rest, "as");
        if (role > 0 && role < rest.Count - 1 && Backgrounds.IsBackground(rest[(role + 1)..], out _))
        {
            return Becoming.Become(antecedent, rest[(role + 1)..], rest[..role]);
        }

        if (rest.Count is > 1 and < 6 && Lexicon.BackgroundWords.Contains(rest[^1].Text) && rest[0].Text is "a" or "an")
        {
            return Becoming.Become(antecedent, [rest[^1]], rest);
        }

        int be = NounPhrases.IndexOf(rest, "be", "look", "become");
        if (be > 0)
        {
            return Becoming.Become(antecedent, rest[..(rest[be - 1].Text == "to" ? be - 1 : be)], rest[(be + (rest[be].Text == "be" ? 1 : 0))..]);
        }

        if (!Lexicon.Definite.Contains(rest[0].Text) && rest[0].Text != "it")
        {
            return Backgrounds.Moving(rest) ?? Additions.Addition(antecedent, rest);
        }

        for (int i = 1; i < rest.Count - 1; i++)
        {
            if (rest[i].Text is "in" or "as" && (NounPhrases.IsLook(rest[(i + 1)..]) || rest[i].Text == "as" || Lexicon.Materials.Contains(rest[^1].Text)))
            {
                return Becoming.Become(antecedent, rest[..i], rest[(i + 1)..]);
            }
        }

        return Backgrounds.Moving(rest) ?? Changes.Looks(antecedent, rest, 0);
    }

    /// <summary>"the dog should be a cat", "the cat has to go", "the couch would look better in grey".</summary>
    public static Clause? Statement(IReadOnlyList<Selection> antecedent, List<Word> w)
    {
        if (w[0].Text is "could" or "should" or "can" or "would" or "will" && NounPhrases.IndexOf(w, "be", "become", "look") is int verb and > 1)
        {
            w = [.. w[1..verb], w[0], .. w[verb..]];
        }

        int modal = NounPhrases.IndexOf(w, "should", "must", "needs", "need", "lacks", "has", "have", "would", "can", "could", "will", "shall", "ought");
        if (modal < 1 || Lexicon.Verbs.Contains(w[0].Text) || w[0].Text is "what" or "i" or "how" or "why" || modal >= w.Count - 1)
        {
            return null;
        }

        List<Word> subject = w[..modal];
        List<Word> predicate = w[(modal + 1)..];
        if (predicate.Count > 1 && predicate[0].Text == "to")
        {
            predicate.RemoveAt(0);
        }

        // "the cobwebs should not be there"
        if (predicate[0].Text == "not" && predicate.Count > 1 && predicate[1].Text is "be" or "exist" && (predicate.Count == 2 || predicate[2].Text is "there" or "here" or "visible" or "in" or "seen"))
        {
            return Removals.Gone(antecedent, subject);
        }

        if (predicate[0].Text is "go" or "disappear" or "vanish" || (predicate[0].Text == "be" && predicate.Count > 1 && predicate[1].Text is "removed" or "gone" or "deleted" or "erased"))
        {
            return Removals.Gone(antecedent, subject);
        }

        if (w[modal].Text is "needs" or "need" or "lacks" && Lexicon.Indefinite.Contains(predicate[0].Text))
        {
            return Additions.Lacking(antecedent, subject, predicate);
        }

        if (w[modal].Text is "could" or "can" && predicate[0].Text == "use" && predicate.Count > 1)
        {
            return Additions.Lacking(antecedent, subject, predicate[1..]);
        }

        // "the meadow would look nicer with a few poppies"
        if (predicate.Count > 3 && predicate[0].Text is "be" or "look" && Lexicon.Vague.Contains(predicate[1].Text) && predicate[2].Text == "with")
        {
            return Additions.Lacking(antecedent, subject, predicate[3..]);
        }

        // "a cup on the shelf would be nice"
        if (predicate is [{ Text: "be" }, _] && Lexicon.Vague.Contains(predicate[1].Text) && Lexicon.Indefinite.Contains(subject[0].Text))
        {
            return Additions.Addition(antecedent, subject);
        }

        return predicate[0].Text == "be" && predicate.Count > 2 && Lexicon.IsPreposition(predicate[1].Text) && Backgrounds.Moving([.. subject, .. predicate[1..]]) is { } moved ? moved
            : predicate[0].Text is "be" or "look" or "become" && predicate.Count > 1
            ? Becoming.Become(antecedent, subject, predicate[(predicate[0].Text == "be" ? 1 : 0)..])
            : null;
    }

    /// <summary>"winter", "as a watercolour", "a hat on the dog", "what would it look like at night".</summary>
    public static Clause? Verbless(IReadOnlyList<Selection> antecedent, List<Word> w)
    {
        if (NounPhrases.Starts(w, "what", "if") || NounPhrases.Starts(w, "how", "about"))
        {
            return w.Count > 2 ? Supposed(antecedent, w[2..]) : null;
        }

        if (NounPhrases.Starts(w, "what", "would") || NounPhrases.Starts(w, "how", "would") || NounPhrases.Starts(w, "imagine"))
        {
            int like = NounPhrases.IndexOf(w, "like", "look");
            int from = like < 0 ? 1 : like + 1;
            while (from < w.Count && w[from].Text is "at" or "in" or "as" or "with" or "like" or "it")
            {
                from++;
            }

            return from < w.Count ? GlobalEdits.Whole(w[from..]) : null;
        }

        if (w.Count > 2 && w[0].Text == "do" && w[1].Text is "it" or "this")
        {
            return GlobalEdits.Whole(w[(w[2].Text is "as" or "like" && w.Count > 3 ? 3 : 2)..]);
        }

        if ((w[0].Text is "as" or "like" && w.Count > 1) || GlobalEdits.IsCircumstance(w))
        {
            return GlobalEdits.Whole(w[1..]);
        }

        if (w[0].Text == "be" && w.Count > 1)
        {
            return Backgrounds.Moving([new Word("me", "me"), .. w[1..]]);
        }

        // "the picture as a tapestry"
        int role = NounPhrases.IndexOf(w, "as", "like");
        if (role > 0 && role < w.Count - 1 && GlobalEdits.IsWhole(w[..role]))
        {
            return GlobalEdits.Whole(w[(role + 1)..]);
        }

        if (GlobalEdits.MannerOf(w) == 0)
        {
            return GlobalEdits.Whole(w);
        }

        if (GlobalEdits.IsManner(w))
        {
            return GlobalEdits.Whole(w[(w.Count > 2 && w[0].Text is "in" or "with" ? 1 : 0)..]);
        }

        if (w.Count is > 1 and < 6 && w[^1].Text is "out" or "away" or "gone" && !Lexicon.IsFunction(w[^2].Text))
        {
            return Removals.Gone(antecedent, w[..^1]);
        }

        if (Recoloured(antecedent, w) is { } look)
        {
            return look;
        }

        if (GlobalEdits.IsWholeTerm(w))
        {
            return GlobalEdits.Whole(w);
        }

        if (w.Count > 1 && w.Count < 5 && Lexicon.BackgroundWords.Contains(w[^1].Text) && !Lexicon.Definite.Contains(w[0].Text))
        {
            return Becoming.Become(antecedent, [w[^1]], NounPhrases.IsLook(w[..^1]) ? w[..^1] : [.. NounPhrases.Bare(w[..^1])]);
        }

        int colon = NounPhrases.IndexOf(w, ",");
        if (colon is 1 or 2 && colon < w.Count - 1 && Lexicon.BackgroundWords.Contains(w[colon - 1].Text))
        {
            return Becoming.Become(antecedent, [w[colon - 1]], w[(colon + 1)..]);
        }

        if (w[0].Text == "plus" && w.Count > 1)
        {
            return Additions.Addition(antecedent, w[1..]);
        }

        // "cartoonify this"
        string stem = w[0].Text.EndsWith("ify", StringComparison.Ordinal) || w[0].Text.EndsWith("ize", StringComparison.Ordinal) || w[0].Text.EndsWith("ise", StringComparison.Ordinal) ? w[0].Text[..^3].TrimEnd('-') : "";
        if (Lexicon.WholeTerms.Contains(stem) && w.Count > 1)
        {
            return Becoming.Become(antecedent, w[1..], [new Word(stem, stem)]);
        }

        bool with = w[0].Text == "with";
        List<Word> thing = with ? w[1..] : w;
        if (thing.Count > 1 && Lexicon.Indefinite.Contains(thing[0].Text) && ((thing[0].Text == "more" && (NounForms.IsPlural(thing[^1].Text) || Lexicon.IsNoun(thing[^1].Text))) || PlaceReader.Read(thing, out _) is { Relation: not PlaceRelation.None }))
        {
            return Additions.Addition(antecedent, thing);
        }

        return null;
    }

    // "(what if) the dog was on the moon", "(how about) a hat on the dog".
    private static Clause? Supposed(IReadOnlyList<Selection> antecedent, List<Word> w)
    {
        int verb = NounPhrases.IndexOf(w, "was", "were", "is", "are");
        if (verb < 1 || verb == w.Count - 1)
        {
            return Desire(antecedent, w);
        }

        return Backgrounds.Moving([.. w[..verb], .. w[(verb + 1)..]]) ?? Becoming.Become(antecedent, w[..verb], w[(verb + 1)..]);
    }

    // "the car, but blue", "the wall in green"; null for any other clause.
    private static Clause? Recoloured(IReadOnlyList<Selection> antecedent, List<Word> w)
    {
        int joint = NounPhrases.IndexOf(w, "but", "in");
        return joint > 1 && joint < w.Count - 1 && Lexicon.Definite.Contains(w[0].Text) && NounPhrases.IsLook(w[(joint + 1)..])
            ? Becoming.Become(antecedent, [.. NounPhrases.Trim(w[..joint])], w[(joint + 1)..])
            : null;
    }
}
