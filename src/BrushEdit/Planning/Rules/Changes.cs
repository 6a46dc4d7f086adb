using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Verbs that change an object: replace, turn into, make, paint, use as.</summary>
internal static class Changes
{
    /// <summary>"replace the dog with a cat", "swap the cup for a glass": the old and the new object, joined by a preposition.</summary>
    public static Clause Replace(IReadOnlyList<Selection> antecedent, string verb, List<Word> rest)
    {
        if (rest.Count > 1 && rest[0].Text is "out" or "away")
        {
            rest = rest[1..];
        }

        int joint = NounPhrases.IndexOf(rest, "with", "by", "for");
        if (verb == "substitute" && NounPhrases.IndexOf(rest, "for") is int forWord and > 0)
        {
            return Becoming.Local(NounPhrases.Names(rest[(forWord + 1)..]), rest[..forWord]);
        }

        // "the man with the hat with a dog": the last "with" separates the old from the new.
        int last = rest.FindLastIndex(w => w.Text is "with" or "by" or "for");
        joint = joint > 0 && last > joint && rest[last].Text == rest[joint].Text && Lexicon.Definite.Contains(rest[joint + 1].Text) ? last : joint;
        if (joint < 1)
        {
            joint = NounPhrases.IndexOf(rest, "to", "into");
        }

        if (joint < 1 || joint == rest.Count - 1)
        {
            return Clause.Refused("it does not name the replacement.");
        }

        return Becoming.Become(antecedent, rest[..joint], rest[(joint + 1)..], exchange: true);
    }

    /// <summary>Replaces one named object with another.</summary>
    public static Clause Exchange(List<Word> old, List<Word> now) =>
        Backgrounds.IsBackground(old, out _) ? Becoming.Become([], old, now)
        : GlobalEdits.IsWholeTerm(old) && GlobalEdits.IsWholeTerm(now) ? GlobalEdits.Whole(now) : Becoming.Local(NounPhrases.Names(old), now);

    /// <summary>"turn the dog into a cat", "change the car so that it is red".</summary>
    public static Clause Change(IReadOnlyList<Selection> antecedent, List<Word> rest)
    {
        for (int i = 1; i < rest.Count - 2; i++)
        {
            if (rest[i].Text == "so" && rest[i + 1].Text is "that" or "it")
            {
                int be = NounPhrases.IndexOf(rest[i..], "is", "are", "looks", "becomes");
                return be < 0 ? Clause.Refused("it does not describe the new look or content.") : Becoming.Become(antecedent, rest[..i], rest[(i + be + 1)..]);
            }
        }

        int joint = NounPhrases.IndexOf(rest, "into");
        joint = joint >= 0 ? joint : rest.FindLastIndex(w => w.Text == "to");
        int earlier = NounPhrases.IndexOf(rest, "into", "to");
        if (rest.FindLastIndex(w => w.Text is "into" or "to") is int last && last > earlier + 2 && rest[last].Text == rest[earlier].Text && rest[(earlier + 1)..last].Any(w => w.Text == "and"))
        {
            return Clause.Refused("it asks for two different changes; give them as separate instructions.");
        }

        if (joint >= 0 && joint < rest.Count - 1)
        {
            return Becoming.Become(antecedent, rest[..joint], rest[(joint + 1)..]);
        }

        int swap = NounPhrases.IndexOf(rest, "for");
        if (swap > 0 && swap < rest.Count - 1)
        {
            return Becoming.Become(antecedent, rest[..swap], rest[(swap + 1)..], exchange: true);
        }

        int manner = NounPhrases.IndexOf(rest, "as");
        if (manner > 0 && manner < rest.Count - 1)
        {
            return Becoming.Become(antecedent, rest[..manner], rest[(manner + 1)..]);
        }

        int from = NounPhrases.IndexOf(rest, "in");
        return from > 0 && NounPhrases.IsLook(rest[(from + 1)..]) ? Becoming.Become(antecedent, rest[..from], rest[(from + 1)..]) : Looks(antecedent, rest, 0);
    }

    /// <summary>"make the car red", "make it look like winter", "make the wires disappear".</summary>
    public static Clause Make(IReadOnlyList<Selection> antecedent, List<Word> rest)
    {
        int as0 = NounPhrases.IndexOf(rest, "as", "like");
        if (rest.Count > 1 && as0 >= 0 && GlobalEdits.IsWhole(rest[..as0].Where(w => w.Text != "look").ToList()) && !(antecedent.Count > 0))
        {
            return GlobalEdits.Whole(rest[(as0 + 1)..]);
        }

        if (Additions.Wearing(rest) is { } worn)
        {
            return worn;
        }

        // "make a cartoon out of this picture"
        int source = NounPhrases.IndexOf(rest, "out", "from");
        if (source > 0 && Lexicon.Indefinite.Contains(rest[0].Text) && source < rest.Count - 1 && GlobalEdits.IsWhole(rest[(source + (rest[source + 1].Text == "of" ? 2 : 1))..]))
        {
            return GlobalEdits.Whole(rest[..source]);
        }

        for (int i = 1; i < rest.Count; i++)
        {
            string at = rest[i].Text;
            bool gone = at is "disappear" or "vanish" or "gone" || (at == "go" && (i == rest.Count - 1 || rest[i + 1].Text == "away"));
            if (gone)
            {
                return Removals.Gone(antecedent, rest[..i]);
            }

            // "make the dog look to the left": an action, not a look.
            if (at == "look" && i + 1 < rest.Count && (rest[i + 1].Text is "to" or "at" or "towards" || Lexicon.Particles.Contains(rest[i + 1].Text) || Amounts.Place(rest[i + 1].Text) != PlaceRelation.None))
            {
                return Clause.Refused($"'{Word.Join(rest[i..])}' is an action, not a look.");
            }

            bool second = at is "a" or "an" && !(i == 1 && rest[0].Text is "such");
            if (at is "look" or "into" or "to" or "like" or "appear" or "become" or "not" or "say" or "show" || (at is "out" or "of" && Lexicon.Materials.Contains(rest[^1].Text)) || IsMadeOf(rest, i) || (second && i > 0))
            {
                return Becoming.Become(antecedent, rest[..i], rest[i..]);
            }
        }

        return Looks(antecedent, rest, 0);
    }

    // "the wardrobe out of bamboo": the material may be unknown if it is singular and no place, and if no action is named.
    private static bool IsMadeOf(List<Word> rest, int at) =>
        rest[at].Text == "out" && at > 1 && at == rest.Count - 3 && rest[at + 1].Text == "of" && Lexicon.Definite.Contains(rest[0].Text)
        && !NounForms.IsPlural(rest[^1].Text) && !Lexicon.Places.Contains(rest[^1].Text) && !rest[1..at].Any(word => Lexicon.Doing.Contains(word.Text) || Lexicon.Doings.ContainsKey(word.Text));

    /// <summary>"use a brick wall as background".</summary>
    public static Clause Use(IReadOnlyList<Selection> antecedent, List<Word> rest)
    {
        int joint = NounPhrases.IndexOf(rest, "as", "for");
        if (joint < 1 || joint == rest.Count - 1)
        {
            return Clause.Refused("it does not say what to use it for.");
        }

        return Becoming.Become(antecedent, rest[(joint + 1)..], Lexicon.Materials.Contains(rest[joint - 1].Text) ? [new Word("of", "of"), .. rest[..joint]] : rest[..joint]);
    }

    /// <summary>"turn the lamp on", "switch off the lights"; null for any other clause.</summary>
    public static Clause? Switch(IReadOnlyList<Selection> antecedent, List<Word> rest)
    {
        bool first = rest[0].Text is "on" or "off";
        if (rest.Count < 2 || !(first || rest[^1].Text is "on" or "off"))
        {
            return null;
        }

        string way = first ? rest[0].Text : rest[^1].Text;
        List<Word> what = first ? rest[1..] : rest[..^1];
        string head = NounPhrases.Head(NounPhrases.Name(what) is { Length: > 0 } n ? n : "it");
        string state = Lexicon.LightSources.Contains(head) ? (way == "on" ? "lit" : "unlit") : $"switched-{way}";
        return Becoming.Become(antecedent, what, [new Word(state, state)], quality: true);
    }

    /// <summary>"apply a vintage filter", "apply gold to the statue".</summary>
    public static Clause Apply(List<Word> rest) =>
        NounPhrases.Read(rest, "to") is { } to && !GlobalEdits.IsWhole(to.After)
            ? Becoming.Local(NounPhrases.Names(to.After), to.Before)
            : GlobalEdits.Whole(NounPhrases.Read(rest, "to")?.Before ?? rest);

    /// <summary>"cover the ground with snow": the object stays and is covered.</summary>
    public static Clause Cover(IReadOnlyList<Selection> antecedent, List<Word> rest)
    {
        int joint = NounPhrases.IndexOf(rest, "with", "in");
        if (joint < 1 || joint == rest.Count - 1)
        {
            return Clause.Refused("it does not say what to cover it with.");
        }

        List<Word> what = rest[..joint], cover = rest[(joint + 1)..];
        List<Selection> names = NounPhrases.Names(what);
        return Backgrounds.IsBackground(what, out _) || names.Count == 0 || GlobalEdits.IsWhole(what)
            ? Becoming.Become(antecedent, what, cover)
            : Becoming.Local(names, [.. what, new Word("covered", "covered"), .. rest[joint..]]);
    }

    /// <summary>Verbs with a word for their result: "open the door", "darken the background".</summary>
    public static Clause State(IReadOnlyList<Selection> antecedent, string state, List<Word> rest)
    {
        // "decorate the hall with garlands"
        int with = NounPhrases.IndexOf(rest, "with");
        if (with > 0 && with < rest.Count - 1 && state.EndsWith("ed", StringComparison.Ordinal))
        {
            return Becoming.Local(NounPhrases.Names(rest[..with]), [.. rest[..with], new Word(state, state), .. rest[with..]]);
        }

        return !Backgrounds.IsBackground(rest, out List<Selection> stays) || state == "blurred"
            ? Becoming.Become(antecedent, rest, [new Word(state, state)])
            : new Clause { Type = EditType.Background, Targets = stays, Content = $"a {state} background", Look = state };
    }

    /// <summary>"paint the wall blue", "color her lips red", "paint it like Picasso"; null for "paint a heart on the wall".</summary>
    public static Clause? Paint(IReadOnlyList<Selection> antecedent, List<Word> rest)
    {
        int like = NounPhrases.IndexOf(rest, "like", "as");
        if (like > 0 && GlobalEdits.IsWhole(rest[..like]))
        {
            return GlobalEdits.Whole(rest[(like + 1)..]);
        }

        int joint = NounPhrases.IndexOf(rest, "to", "in", "into", "with");
        if (joint > 0 && joint < rest.Count - 1 && NounPhrases.IsLook(rest[(joint + 1)..]))
        {
            return Becoming.Become(antecedent, rest[..joint], rest[(joint + 1)..]);
        }

        return Lexicon.IsAdjective(rest[^1].Text) && rest.Count > 1 ? Looks(antecedent, rest, 0) : null;
    }

    /// <summary>The words after the object describe its new state: "the red ball | blue", "him | bald", "her | smile", "it | night".</summary>
    public static Clause Looks(IReadOnlyList<Selection> antecedent, List<Word> rest, int from)
    {
        rest = [.. NounPhrases.Trim(rest[from..])];
        if (rest.Count < 2)
        {
            return Clause.Refused("it does not describe the new look or content.");
        }

        if (Lexicon.Doings.TryGetValue(rest[^1].Text, out string? doing) && (rest.Count == 2 || !GlobalEdits.IsWhole(rest[..^1])) && !GlobalEdits.IsWhole(rest[..1]))
        {
            return Becoming.Become(antecedent, rest[..^1], [new Word(doing, doing)]);
        }

        // After a word for the whole picture or a pronoun (not "her hair"), all words are the look.
        int whole = rest[0].Text is "it" or "this" or "him" or "them" or "everything" or "me" or "us" ? 1
            : rest.Count > 2 && rest[0].Text is "the" or "this" or "my" && Lexicon.WholePicture.Contains(rest[1].Text) ? 2
            : rest.Count > 3 && Lexicon.WholePicture.Contains(rest[2].Text) && rest[1].Text is "whole" or "entire" ? 3 : 0;
        whole = whole == 1 && rest[0].Text == "this" && rest.Count > 2 ? 0 : whole;
        int background = rest.FindIndex(w => Lexicon.BackgroundWords.Contains(w.Text));
        if (whole == 0 && background is 0 or 1 && background < rest.Count - 1)
        {
            whole = background + 1;
        }

        if (whole > 0 && (Lexicon.Definite.Contains(rest[whole].Text) || ((Lexicon.Doing.Contains(rest[whole].Text) || rest[whole].Text is "get" or "do" or "have" or "keep") && rest.Count > whole + 1)))
        {
            return Clause.Refused($"'{Word.Join(rest[whole..])}' was not understood.");
        }

        if (whole > 0 && rest.Count == whole + 1 && antecedent.Count == 0 && GlobalEdits.IsWhole(rest[..whole]) && !GlobalEdits.IsQuality(rest[whole].Text))
        {
            return Clause.Refused($"'{rest[whole].Text}' is not a known light, weather or style; say 'in {rest[whole].Text} style'.");
        }

        if (whole > 0)
        {
            return Becoming.Become(antecedent, rest[..whole], rest[whole..]);
        }

        for (int i = 1; i < rest.Count - 2; i++)
        {
            if (Lexicon.IsAdjective(rest[i].Text) && Lexicon.IsNoun(rest[i - 1].Text) && rest[i + 1].Text == "and" && Lexicon.Determiners.Contains(rest[i + 2].Text) && Lexicon.IsAdjective(rest[^1].Text))
            {
                return Clause.Refused("it asks for two different changes; give them as separate instructions.");
            }
        }

        int look = rest.Count;
        while (look > 1 && (Lexicon.IsAdjective(rest[look - 1].Text)
            || (look < rest.Count && (Lexicon.IsDegree(rest[look - 1].Text) || (rest[look - 1].Text == "and" && Lexicon.IsAdjective(rest[look - 2].Text))))))
        {
            look--;
        }

        // "the biggest marble transparent": every word may be a look; the last one that can also be a thing is taken as the thing.
        if (look == 1 && Lexicon.Determiners.Contains(rest[0].Text) && rest.Count > 2)
        {
            int thing = rest.FindLastIndex(rest.Count - 2, rest.Count - 2, word => Lexicon.IsNoun(word.Text) || Lexicon.Materials.Contains(word.Text));
            look = thing > 0 ? thing + 1 : 2;
        }

        // "have the barn painted red"
        int bare = look;
        if (look < rest.Count && look > 2 && rest[look - 1].Text.EndsWith("ed", StringComparison.Ordinal) && !Lexicon.IsNoun(rest[look - 1].Text))
        {
            bare--;
        }

        bool unknown = look == rest.Count;
        if (unknown && (rest.Count < 3 || Lexicon.IsNoun(rest[^1].Text) || rest.Any(w => w.Text is "and" or "on" or "in" or "of" or "with")))
        {
            return Clause.Refused("it does not describe the new look or content.");
        }

        look = unknown ? look - 1 : look;
        while (unknown && look > 2 && Lexicon.IsDegree(rest[look - 1].Text))
        {
            look--;
        }

        // "have the horse gallop faster": an action, not a look.
        int action = rest.FindIndex(Math.Min(2, rest.Count), word => Lexicon.Doing.Contains(word.Text) && !Lexicon.IsNoun(word.Text));
        if (action > 0 && action < Math.Max(look, rest.Count - 1))
        {
            return Clause.Refused($"'{Word.Join(rest[action..])}' is an action, not a look.");
        }

        Clause clause = Becoming.Become(antecedent, rest[..Math.Min(bare, look)], rest[look..], quality: unknown);
        return unknown && clause.Fault is null ? clause with { Doubt = $"'{Word.Join(rest[look..])}' was read as the new look of '{Word.Join(rest[..look])}'." } : clause;
    }
}
