using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Reads one clause: finds its verb and takes apart what belongs to it.</summary>
/// <param name="antecedent">What the clauses before named, for "it" and "them"; empty for nothing.</param>
internal sealed class ClauseParser(IReadOnlyList<string> antecedent)
{
    private const string PlainBackground = "a plain white background";

    private static readonly string[][] Courtesies =
    [
        .. new[]
        {
            "please", "can you", "could you", "would you", "will you", "can we", "could we", "can i", "i would like you to", "i want you to", "i need you to", "i would like to", "i want to", "we need to",
            "you should", "let us", "just", "now", "also", "then", "kindly", "hey", "ok", "okay", "so", "hi", "try to", "go ahead and", "only", "first", "and", "but", "i think", "maybe", "instead", "is it possible to", "help me", "to", "simply", ",",
        }.OrderByDescending(c => c.Length).Select(c => c.Split(' ')),
    ];

    /// <summary>Reads a clause; null where nothing in it is understood.</summary>
    public Clause? Parse(IReadOnlyList<Word> words)
    {
        List<Word> w = [.. NounPhrases.Trim(words)];
        bool stripped = true;
        while (stripped && w.Count > 0)
        {
            stripped = false;
            foreach (string[] courtesy in Courtesies)
            {
                if (Starts(w, courtesy))
                {
                    w.RemoveRange(0, courtesy.Length);
                    stripped = true;
                    break;
                }
            }
        }

        return w.Count == 0 ? null : Negation(w) ?? Joined(w) ?? Wish(w) ?? Statement(w) ?? Command(w) ?? Verbless(w);
    }

    // "don't touch the tree", "not the dog", "without the umbrella", "no people".
    private Clause? Negation(List<Word> w)
    {
        if (Starts(w, "do", "not") || Starts(w, "not") || Starts(w, "without", "changing") || Starts(w, "without", "touching"))
        {
            int from = w[0].Text == "not" ? 1 : 2;
            if (Starts(w, "do", "not", "want") || Starts(w, "do", "not", "need"))
            {
                return Gone(w[3..]);
            }

            while (from < w.Count && (Lexicon.Verbs.Contains(w[from].Text) || w[from].Text is "touch" or "affect"))
            {
                from++;
            }

            return new Clause { Kept = NounPhrases.Names(w[from..]) };
        }

        return w[0].Text is "no" or "without" && w.Count > 1 ? Gone(w[1..]) : null;
    }

    // "X instead of Y", "X -> Y", "put X where the Y is".
    private static Clause? Joined(List<Word> w)
    {
        int arrow = NounPhrases.IndexOf(w, "\u2192");
        if (arrow > 0 && arrow < w.Count - 1)
        {
            return Exchange(w[..arrow], w[(arrow + 1)..]);
        }

        for (int i = 1; i < w.Count - 2; i++)
        {
            if ((w[i].Text == "instead" && w[i + 1].Text == "of") || (i < w.Count - 3 && w[i].Text == "in" && w[i + 1].Text == "place" && w[i + 2].Text == "of"))
            {
                List<Word> now = Lexicon.Verbs.Contains(w[0].Text) && i > 1 ? w[1..i] : w[..i];
                return Exchange(w[(i + (w[i].Text == "in" ? 3 : 2))..], now);
            }

            if (w[i].Text == "where" && w[^1].Text is "is" or "was" or "are" or "were" && Lexicon.PlaceVerbs.Contains(w[0].Text) && i > 1)
            {
                return Exchange(w[(i + 1)..^1], w[1..i]);
            }
        }

        return null;
    }

    private static Clause Exchange(List<Word> old, List<Word> now) =>
        NounPhrases.IsWholeTerm(old) && NounPhrases.IsWholeTerm(now) ? Whole(now) : Local(NounPhrases.Names(old), now);

    // "I want ...", "there should be ...", "can we get ...".
    private Clause? Wish(List<Word> w)
    {
        foreach (string start in (string[])["i do not want to see", "i do not want", "i do not like", "we do not want", "i do not need", "there should not be", "there should be no", "there must be no", "there must not be", "there is no need for"])
        {
            if (Starts(w, start.Split(' ')))
            {
                List<Word> rest = w[start.Split(' ').Length..];
                if (rest.Count > 1 && rest[0].Text == "any")
                {
                    rest.RemoveAt(0);
                }

                return Gone(rest);
            }
        }

        foreach (string start in (string[])["i want to see", "i want to have", "i would like to see", "i would like to have", "i would like", "i would love", "i want", "i need", "we want", "we need", "there should be", "there must be", "let there be", "see", "have", "get"])
        {
            string[] said = start.Split(' ');
            if (!Starts(w, said) || w.Count == said.Length)
            {
                continue;
            }

            List<Word> rest = w[said.Length..];
            if (said is ["get"] && (Starts(rest, "rid", "of") || Lexicon.Definite.Contains(rest[0].Text)))
            {
                return null;
            }

            if (rest[0].Text == "to" && rest.Count > 1)
            {
                return Parse(rest[1..]);
            }

            return Desire(rest);
        }

        int missing = NounPhrases.IndexOf(w, "missing");
        if (Starts(w, "there", "is") && missing > 2)
        {
            return Addition([.. w[2..missing], .. w[(missing + 1)..]]);
        }

        return null;
    }

    private Clause? Desire(List<Word> rest)
    {
        if (rest[^1].Text is "gone" or "removed" or "deleted" or "erased" or "out" or "away")
        {
            List<Word> what = rest[..^1];
            while (what.Count > 2 && what[^1].Text is "be" or "to")
            {
                what.RemoveAt(what.Count - 1);
            }

            return Gone(what);
        }

        if (Wearing(rest) is { } worn)
        {
            return worn;
        }

        if (rest.Count is > 1 and < 6 && Lexicon.BackgroundWords.Contains(rest[^1].Text) && rest[0].Text is "a" or "an")
        {
            return Become([rest[^1]], rest);
        }

        int be = NounPhrases.IndexOf(rest, "be", "look", "become");
        if (be > 0)
        {
            return Become(rest[..(rest[be - 1].Text == "to" ? be - 1 : be)], rest[(be + (rest[be].Text == "be" ? 1 : 0))..]);
        }

        if (!Lexicon.Definite.Contains(rest[0].Text) && rest[0].Text != "it")
        {
            return Moving(rest) ?? Addition(rest);
        }

        for (int i = 1; i < rest.Count - 1; i++)
        {
            if (rest[i].Text is "in" or "as" && (NounPhrases.IsLook(rest[(i + 1)..]) || rest[i].Text == "as" || Lexicon.Materials.Contains(rest[^1].Text)))
            {
                return Become(rest[..i], rest[(i + 1)..]);
            }
        }

        return Moving(rest) ?? Looks(rest, 0);
    }

    // "the dog should be a cat", "the cat has to go", "the couch would look better in grey".
    private Clause? Statement(List<Word> w)
    {
        int modal = NounPhrases.IndexOf(w, "should", "must", "needs", "need", "has", "have", "would", "can", "could", "will");
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

        if (predicate[0].Text is "go" or "disappear" or "vanish" || (predicate[0].Text == "be" && predicate.Count > 1 && predicate[1].Text is "removed" or "gone" or "deleted" or "erased"))
        {
            return Gone(subject);
        }

        return predicate[0].Text is "be" or "look" or "become" && predicate.Count > 1
            ? Become(subject, predicate[(predicate[0].Text == "be" ? 1 : 0)..])
            : null;
    }

    private Clause? Command(List<Word> w)
    {
        string verb = w[0].Text;
        List<Word> rest = w[1..];
        if (!Lexicon.Verbs.Contains(verb))
        {
            return null;
        }

        if (Lexicon.KeepVerbs.Contains(verb) && !(verb == "leave" && rest.Count > 0 && rest[0].Text == "out"))
        {
            int end = rest.FindIndex(1 < rest.Count ? 1 : 0, x => x.Text is "alone" or "as" or "untouched" or "unchanged" || (x.Text == "the" && rest.IndexOf(x) == rest.Count - 2 && rest[^1].Text == "same"));
            return new Clause { Kept = NounPhrases.Names(end > 0 ? rest[..end] : rest) };
        }

        if (verb == "get" && Starts(rest, "rid", "of"))
        {
            return Gone(rest[2..]);
        }

        if (Lexicon.RemoveVerbs.Contains(verb) && !(verb == "drop" && rest.Count > 0 && Lexicon.Indefinite.Contains(rest[0].Text)))
        {
            return Gone(rest);
        }

        if (Lexicon.ParticleVerbs.Contains(verb) && RemovedByParticle(rest) is { } what)
        {
            return Gone(what);
        }

        if (rest.Count == 0)
        {
            return Clause.Refused($"'{verb}' names nothing.");
        }

        if (verb is "clean" or "wipe" && rest[0].Text == "up")
        {
            return Gone(rest[1..]);
        }

        if (verb is "fix" or "repair" or "heal")
        {
            string head = NounPhrases.Head(NounPhrases.Name(rest) is { Length: > 0 } n ? n : "it");
            return Lexicon.Defects.Contains(head) ? Gone(rest) : Clause.Refused("what the repaired thing shall look like is not said.");
        }

        if (Lexicon.ReplaceVerbs.Contains(verb) || ((Lexicon.BecomeVerbs.Contains(verb) || verb == "take") && NounPhrases.IndexOf(rest, "with") > 0 && NounPhrases.IndexOf(rest, "into", "to") < 0))
        {
            return Replace(verb, rest);
        }

        if (Lexicon.BecomeVerbs.Contains(verb))
        {
            return Change(rest);
        }

        if (Lexicon.MakeVerbs.Contains(verb))
        {
            return Make(rest);
        }

        if (verb == "give")
        {
            return Give(rest);
        }

        if (verb == "use")
        {
            return Use(rest);
        }

        if (verb == "apply")
        {
            return NounPhrases.Read(rest, "to") is { } to && !NounPhrases.IsWhole(to.After) ? Local(NounPhrases.Names(to.After), to.Before) : Whole(NounPhrases.Read(rest, "to")?.Before ?? rest);
        }

        if (Lexicon.ColorVerbs.Contains(verb) && Paint(rest) is { } painted)
        {
            return painted;
        }

        if (verb == "light" || (Lexicon.StateVerbs.ContainsKey(verb) && !Lexicon.Indefinite.Contains(rest[0].Text)))
        {
            string state = Lexicon.StateVerbs[verb];
            return NounPhrases.IsBackground(rest, out List<string> stays)
                ? new Clause { Type = EditType.Background, Targets = stays, Content = $"a {state} background", Look = state }
                : Become(rest, [new Word(state, state)]);
        }

        if (Lexicon.AddVerbs.Contains(verb))
        {
            return NounPhrases.IsBackground(rest, out _) ? Clause.Refused("what the background shall be is not said.") : Give(rest, toEnd: true) ?? Addition(rest);
        }

        if (Lexicon.MoveVerbs.Contains(verb))
        {
            return Moving(rest) ?? (rest.Count < 4 ? new Clause { Targets = NounPhrases.Names(rest) } : null);
        }

        return Lexicon.PlaceVerbs.Contains(verb) ? Put(rest) : null;
    }

    // "take the hat off", "take out the lamp", "get the drone out of the sky"; null where no particle says it.
    private static List<Word>? RemovedByParticle(List<Word> rest)
    {
        for (int i = 0; i < rest.Count; i++)
        {
            if (Lexicon.RemoveParticles.Contains(rest[i].Text) && !(i + 1 < rest.Count && rest[i].Text == "out" && i > 0 && rest[i + 1].Text != "of"))
            {
                return i == 0 ? rest[(rest.Count > 1 && rest[1].Text == "of" ? 2 : 1)..] : [.. rest[..i], .. i + 1 < rest.Count ? (IEnumerable<Word>)[new Word("from", "from"), .. rest[(i + (rest[i + 1].Text == "of" ? 2 : 1))..]] : []];
            }
        }

        return null;
    }

    private Clause Gone(List<Word> words)
    {
        List<Word> what = [.. NounPhrases.Trim(words)];
        while (what.Count > 1 && what[0].Text is "out" or "away" or "off" or "up")
        {
            what.RemoveAt(0);
        }

        if (NounPhrases.IsBackground(what, out List<string> stays))
        {
            return new Clause { Type = EditType.Background, Targets = stays, Content = PlainBackground };
        }

        string? from = null;
        int cut = what.FindIndex(Math.Min(1, what.Count), w => w.Text is "from" or "off");
        if (cut > 0 && cut < what.Count - 1)
        {
            from = NounPhrases.Content([.. what.Skip(cut + 1)]);
            what = what[..cut];
        }

        if (what.Count > 0 && what[0].Text is "anything" or "everything" or "everyone" or "everybody" or "all" && (what.Count == 1 || what[1].Text is "that" or "which" or "but" or "except" or "not"))
        {
            return Clause.Refused("what goes is said only by what it is not.");
        }

        List<string> names = NounPhrases.Names(what);
        if (names.Count == 0)
        {
            return antecedent.Count > 0 && what.Count > 0 ? new Clause { Type = EditType.Remove, Targets = antecedent } : Clause.Refused("what is to be removed is not named.");
        }

        return new Clause { Type = EditType.Remove, Targets = names, From = from };
    }

    private Clause Replace(string verb, List<Word> rest)
    {
        if (rest.Count > 1 && rest[0].Text is "out" or "away")
        {
            rest = rest[1..];
        }

        int joint = NounPhrases.IndexOf(rest, "with", "by", "for");
        if (verb == "substitute" && NounPhrases.IndexOf(rest, "for") is int forWord and > 0)
        {
            return Local(NounPhrases.Names(rest[(forWord + 1)..]), rest[..forWord]);
        }

        // "the man with the hat with a dog": the last "with" joins.
        int last = rest.FindLastIndex(w => w.Text is "with" or "by" or "for");
        joint = joint > 0 && last > joint && rest[last].Text == rest[joint].Text && Lexicon.Definite.Contains(rest[joint + 1].Text) ? last : joint;
        if (joint < 1)
        {
            joint = NounPhrases.IndexOf(rest, "to", "into");
        }

        if (joint < 1 || joint == rest.Count - 1)
        {
            return Clause.Refused("what comes in its place is not said.");
        }

        return Become(rest[..joint], rest[(joint + 1)..], exchange: true);
    }

    private Clause Change(List<Word> rest)
    {
        for (int i = 1; i < rest.Count - 2; i++)
        {
            if (rest[i].Text == "so" && rest[i + 1].Text is "that" or "it")
            {
                int be = NounPhrases.IndexOf(rest[i..], "is", "are", "looks", "becomes");
                return be < 0 ? Clause.Refused("what it becomes is not said.") : Become(rest[..i], rest[(i + be + 1)..]);
            }
        }

        int joint = NounPhrases.IndexOf(rest, "into");
        joint = joint >= 0 ? joint : rest.FindLastIndex(w => w.Text == "to");
        if (joint >= 0 && joint < rest.Count - 1)
        {
            return Become(rest[..joint], rest[(joint + 1)..]);
        }

        int from = NounPhrases.IndexOf(rest, "in");
        return from > 0 && NounPhrases.IsLook(rest[(from + 1)..]) ? Become(rest[..from], rest[(from + 1)..]) : Looks(rest, 0);
    }

    private Clause Make(List<Word> rest)
    {
        int as0 = NounPhrases.IndexOf(rest, "as", "like");
        if (rest.Count > 1 && as0 >= 0 && NounPhrases.IsWhole(rest[..as0].Where(w => w.Text != "look").ToList()) && !(antecedent.Count > 0))
        {
            return Whole(rest[(as0 + 1)..]);
        }

        for (int i = 1; i < rest.Count; i++)
        {
            string at = rest[i].Text;
            bool gone = at is "disappear" or "vanish" or "gone" || (at == "go" && i + 1 < rest.Count && rest[i + 1].Text == "away");
            if (gone)
            {
                return Gone(rest[..i]);
            }

            bool second = at is "a" or "an" && !(i == 1 && rest[0].Text is "such");
            if (at is "look" or "into" or "to" or "like" or "appear" or "become" or "not" || (at is "out" or "of" && Lexicon.Materials.Contains(rest[^1].Text)) || (second && i > 0))
            {
                return Become(rest[..i], rest[i..]);
            }
        }

        return Looks(rest, 0);
    }

    // The words behind the thing say how it becomes: "the red ball | blue", "him | bald", "her | smile", "it | night".
    private Clause Looks(List<Word> rest, int from)
    {
        rest = [.. NounPhrases.Trim(rest[from..])];
        if (rest.Count < 2)
        {
            return Clause.Refused("what it becomes is not said.");
        }

        if (Lexicon.Doings.TryGetValue(rest[^1].Text, out string? doing) && (rest.Count == 2 || !NounPhrases.IsWhole(rest[..^1])) && !NounPhrases.IsWhole(rest[..1]))
        {
            return Become(rest[..^1], [new Word(doing, doing)]);
        }

        // A word for the whole or a pronoun (not "her hair"): all the rest is the look.
        int whole = rest[0].Text is "it" or "this" or "him" or "them" or "everything" or "me" or "us" ? 1
            : rest.Count > 2 && rest[0].Text is "the" or "this" or "my" && Lexicon.WholePicture.Contains(rest[1].Text) ? 2
            : rest.Count > 3 && Lexicon.WholePicture.Contains(rest[2].Text) && rest[1].Text is "whole" or "entire" ? 3 : 0;
        whole = whole == 1 && rest[0].Text == "this" && rest.Count > 2 ? 0 : whole;
        int background = rest.FindIndex(w => Lexicon.BackgroundWords.Contains(w.Text));
        if (whole == 0 && background is 0 or 1 && background < rest.Count - 1)
        {
            whole = background + 1;
        }

        if (whole > 0)
        {
            return Become(rest[..whole], rest[whole..]);
        }

        for (int i = 1; i < rest.Count - 2; i++)
        {
            if (Lexicon.IsAdjective(rest[i].Text) && Lexicon.IsNoun(rest[i - 1].Text) && rest[i + 1].Text == "and" && Lexicon.Determiners.Contains(rest[i + 2].Text) && Lexicon.IsAdjective(rest[^1].Text))
            {
                return Clause.Refused("it changes two things in two ways; give them one after the other.");
            }
        }

        int look = rest.Count;
        while (look > 1 && (Lexicon.IsAdjective(rest[look - 1].Text)
            || (look < rest.Count && (Lexicon.Degrees.Contains(rest[look - 1].Text) || (rest[look - 1].Text == "and" && Lexicon.IsAdjective(rest[look - 2].Text))))))
        {
            look--;
        }

        if (look == 1 && Lexicon.Determiners.Contains(rest[0].Text) && rest.Count > 2)
        {
            look = 2;
        }

        bool unknown = look == rest.Count;
        if (unknown && (rest.Count < 3 || Lexicon.IsNoun(rest[^1].Text) || rest.Any(w => w.Text is "and" or "on" or "in" or "of" or "with")))
        {
            return Clause.Refused("what it becomes is not said.");
        }

        look = unknown ? look - 1 : look;
        Clause clause = Become(rest[..look], rest[look..]);
        return unknown && clause.Fault is null ? clause with { Doubt = $"'{rest[^1].Text}' was read as how '{Word.Join(rest[..look])}' shall look." } : clause;
    }

    private Clause Become(List<Word> what, List<Word> into, bool exchange = false)
    {
        into = [.. NounPhrases.Trim(into)];
        bool material = false;
        for (bool again = true; again && into.Count > 0;)
        {
            int skip = 0;
            foreach (string said in (string[])["look more like", "look like", "look better in", "look as", "look", "appear", "become", "into", "to be", "to", "be", "as", "like", "out of", "of", "in", "better in", "the colour", "the color", "a shade of", "made of", "made out of"])
            {
                string[] words = said.Split(' ');
                if (Starts(into, words) && into.Count > words.Length)
                {
                    skip = words.Length;
                    material |= said is "out of" or "of" or "made of" or "made out of" or "in";
                    break;
                }
            }

            again = skip > 0;
            into = into[skip..];
        }

        if (into.Count == 0)
        {
            return Clause.Refused("what it becomes is not said.");
        }

        if (into[0].Text == "not")
        {
            return Clause.Refused("it says what it must not become, and not what it shall become.");
        }

        if (Lexicon.Vague.Contains(into[^1].Text) || (into.Count == 1 && into[0].Text is "it" or "them"))
        {
            return Clause.Refused($"'{Word.Join(into)}' does not say what it shall look like.");
        }

        if (into.Count == 1 && into[0].Text is "invisible" or "disappear")
        {
            return Gone(what);
        }

        string? oldLook = null;
        int fromWord = NounPhrases.IndexOf(what, "from");
        if (fromWord > 0 && fromWord < what.Count - 1)
        {
            oldLook = Word.Join(what[(fromWord + 1)..]);
            what = what[..fromWord];
        }

        if (NounPhrases.IsBackground(what, out List<string> stays))
        {
            int bg = into.Count - 1;
            string scene = NounPhrases.IsLook(into) ? $"a {Word.Join(into)} background"
                : bg > 0 && Lexicon.BackgroundWords.Contains(into[bg].Text) && !NounPhrases.IsLook(into[..bg]) && into[0].Text != "the" ? NounPhrases.WithArticle(Word.Join(NounPhrases.Bare(into[..bg])))
                : NounPhrases.Content(into);
            return new Clause { Type = EditType.Background, Targets = stays, Content = scene, Look = NounPhrases.IsLook(into) ? Word.Join(into) : null };
        }

        if (NounPhrases.IsWhole(what) && (what.Count == 0 || what[^1].Text is not ("it" or "this" or "that") || antecedent.Count == 0 || NounPhrases.IsWholeTerm(into)))
        {
            bool color = NounPhrases.IsLook(into) && into.All(w => Lexicon.Colors.Contains(w.Text) || Lexicon.Degrees.Contains(w.Text) || w.Text == "and") && Word.Join(into) is not ("black and white" or "rainbow");
            return color && what.Count > 0 && what[^1].Text is "it" or "this" or "that" ? Clause.Refused($"what shall be {Word.Join(into)} is not named.") : Whole(into);
        }

        if (NounPhrases.IsAspect(what))
        {
            string aspect = what[^1].Text;
            return Whole(aspect is "lighting" or "style" or "weather" && into.Count > 0 && into[^1].Text != aspect ? [.. into, what[^1]] : into);
        }

        List<Word> named = Attribute(what, out bool attribute);
        List<string> names = NounPhrases.IsWhole(named) || (named.Count == 1 && named[0].Text is "them" && antecedent.Count > 0) ? [.. antecedent] : NounPhrases.Names(named);
        if (names.Count == 0)
        {
            return Clause.Refused("what is to be changed is not named.");
        }

        if (attribute && !NounPhrases.IsLook(into) && into.Count > 2)
        {
            return Clause.Refused($"'{Word.Join(into)}' is not a colour.");
        }

        bool look = attribute || (NounPhrases.IsLook(into) && into[0].Text is not ("a" or "an") && (!exchange || into.Count == 1 && !Lexicon.IsNoun(into[0].Text)));
        if (!look && material && into.Count == 1 && Lexicon.Materials.Contains(into[0].Text))
        {
            look = true;
        }

        if (!look && !exchange && into.Count == 1 && (Lexicon.Doings.ContainsValue(into[0].Text) || (!Lexicon.IsNoun(into[0].Text) && (into[0].Text.EndsWith("er", StringComparison.Ordinal) || into[0].Text.EndsWith("ed", StringComparison.Ordinal) || into[0].Text.EndsWith("ing", StringComparison.Ordinal)))))
        {
            look = true;
        }

        if (!look)
        {
            return Local(names, into);
        }

        string how = Word.Join(into);
        IEnumerable<string> after = names.Select(n => NounPhrases.WithLook(oldLook is null ? n : string.Join(' ', n.Split(' ').Where(x => x != oldLook)), how));
        return new Clause { Type = EditType.Local, Targets = names, Content = string.Join(" and ", after), Look = how };
    }

    // "the colour of the car", "the car's colour", "the shirt color": the thing whose colour it is.
    private static List<Word> Attribute(List<Word> what, out bool attribute)
    {
        attribute = false;
        List<Word> bare = [.. NounPhrases.Bare(what)];
        if (bare.Count > 2 && bare[0].Text is "color" or "colour" && bare[1].Text == "of")
        {
            attribute = true;
            return bare[2..];
        }

        if (bare.Count > 1 && bare[^1].Text is "color" or "colour")
        {
            attribute = true;
            List<Word> owner = bare[..^1];
            string last = owner[^1].Text;
            owner[^1] = last.EndsWith("'s", StringComparison.Ordinal) ? new Word(last[..^2], owner[^1].Shown[..^2]) : owner[^1];
            return owner;
        }

        return what;
    }

    private static Clause Local(List<string> names, List<Word> content)
    {
        string now = NounPhrases.Content(content);
        return names.Count == 0 ? Clause.Refused("what is to be changed is not named.")
            : now.Length == 0 ? Clause.Refused("what comes in its place is not said.")
            : new Clause { Type = EditType.Local, Targets = names, Content = NounPhrases.WithArticle(now) };
    }

    private static Clause Whole(List<Word> content)
    {
        List<Word> rest = [.. NounPhrases.Trim(content)];
        for (int i = 0; i < rest.Count; i++)
        {
            if (Starts(rest[i..], "in", "the", "style", "of") || (i == 0 && Starts(rest, "the", "style", "of")))
            {
                int skip = i == 0 && rest[0].Text == "the" ? 3 : i + 4;
                return new Clause { Type = EditType.Global, Content = Word.Join(NounPhrases.Bare(rest[skip..])) + " style" };
            }
        }

        string text = NounPhrases.Content(rest);
        return text.Length == 0 || Lexicon.Vague.Contains(rest[^1].Text) ? Clause.Refused("what the picture shall become is not said.") : new Clause { Type = EditType.Global, Content = text };
    }

    private Clause? Give(List<Word> rest, bool toEnd = false)
    {
        if (toEnd)
        {
            return null;
        }

        int split = 1;
        if (!Lexicon.People.ContainsKey(rest[0].Text) && rest[0].Text is not ("it" or "this"))
        {
            split = rest.FindIndex(Math.Min(2, rest.Count), w => Lexicon.Indefinite.Contains(w.Text) || Lexicon.Determiners.Contains(w.Text));
            split = split > 0 ? split : 2;
        }

        if (split >= rest.Count)
        {
            return Clause.Refused("what is given is not said.");
        }

        List<Word> whom = rest[..split], what = rest[split..];
        string head = NounPhrases.Head(NounPhrases.Name(what) is { Length: > 0 } n ? n : "it");
        bool whole = NounPhrases.IsWhole(whom) && antecedent.Count == 0;
        if (Lexicon.BackgroundWords.Contains(head))
        {
            Clause scene = Become([new Word("background", "background")], what);
            return scene with { Targets = whole ? [] : NounPhrases.Names(whom) };
        }

        if (head is "color" or "colour" or "look" or "style" or "feel" or "vibe")
        {
            return whole && head is not ("color" or "colour") ? Whole(what) : Clause.Refused($"'{Word.Join(what)}' does not say what it shall look like.");
        }

        List<string> owners = whole ? [] : NounPhrases.IsWhole(whom) ? [.. antecedent] : NounPhrases.Names(whom);
        if (Lexicon.BodyParts.Contains(head))
        {
            return new Clause { Type = EditType.Local, Targets = [head], Content = NounPhrases.Content(what) };
        }

        return owners.Count == 0
            ? Clause.Refused("who or what gets it is not named.")
            : new Clause { Type = EditType.Addition, Content = NounPhrases.Content(what), Place = new Place(PlaceRelation.On, owners, $"on the {string.Join(" and the ", owners)}") };
    }

    private Clause Use(List<Word> rest)
    {
        int joint = NounPhrases.IndexOf(rest, "as", "for");
        if (joint < 1 || joint == rest.Count - 1)
        {
            return Clause.Refused("what it is used for is not said.");
        }

        return Become(rest[(joint + 1)..], Lexicon.Materials.Contains(rest[joint - 1].Text) ? [new Word("of", "of"), .. rest[..joint]] : rest[..joint]);
    }

    // "paint the wall blue", "color her lips red", "paint it like Picasso"; null for "paint a heart on the wall".
    private Clause? Paint(List<Word> rest)
    {
        int like = NounPhrases.IndexOf(rest, "like", "as");
        if (like > 0 && NounPhrases.IsWhole(rest[..like]))
        {
            return Whole(rest[(like + 1)..]);
        }

        int joint = NounPhrases.IndexOf(rest, "to", "in", "into", "with");
        if (joint > 0 && joint < rest.Count - 1 && NounPhrases.IsLook(rest[(joint + 1)..]))
        {
            return Become(rest[..joint], rest[(joint + 1)..]);
        }

        return Lexicon.IsAdjective(rest[^1].Text) && rest.Count > 1 ? Looks(rest, 0) : null;
    }

    private Clause? Put(List<Word> rest)
    {
        while (rest.Count > 2 && rest[0].Text is "in" or "on" or "up" or "down" or "also" && Lexicon.Indefinite.Contains(rest[1].Text))
        {
            rest = rest[1..];
        }

        if (NounPhrases.IsWhole(rest[..1]) && rest.Count > 1)
        {
            // "set it at dawn", "let it rain", "draw it as a cartoon".
            List<Word> how = rest[1].Text is "at" or "in" or "as" or "like" or "to" or "be" && rest.Count > 2 ? rest[2..] : rest[1..];
            return NounPhrases.IsWholeTerm(how) || rest[1].Text is "as" or "like" or "be" ? Become(rest[..1], how) : antecedent.Count > 0 ? Moving(rest) : null;
        }

        if (Wearing(rest) is { } worn)
        {
            return worn;
        }

        int be = NounPhrases.IndexOf(rest, "be", "become");
        if (be > 0)
        {
            return Become(rest[..be], rest[(be + 1)..]);
        }

        int to = NounPhrases.IndexOf(rest, "to");
        if (to > 0 && NounPhrases.IsBackground(rest[..to], out _))
        {
            return Become(rest[..to], rest[(to + 1)..]);
        }

        return Moving(rest) ?? Addition(rest);
    }

    // "let the cat wear a hat", "have her hold a balloon": something new on what is there.
    private static Clause? Wearing(List<Word> rest)
    {
        int verb = NounPhrases.IndexOf(rest, "wear", "hold", "carry");
        List<string> owners = verb > 0 && Lexicon.Definite.Contains(rest[0].Text) ? NounPhrases.Names(rest[..verb]) : [];
        return owners.Count == 0 || verb == rest.Count - 1 ? null : new Clause
        {
            Type = EditType.Addition,
            Content = NounPhrases.WithArticle(NounPhrases.Content(rest[(verb + 1)..])),
            Place = new Place(PlaceRelation.On, owners, $"on the {string.Join(" and the ", owners)}"),
        };
    }

    // "put her in Paris", "the dog stand in a meadow": what is there goes before another background. Null where it is not that.
    private static Clause? Moving(List<Word> rest)
    {
        if (!Lexicon.Definite.Contains(rest[0].Text) || PlaceReader.Read(rest, out IReadOnlyList<Word> who) is not { } place || who.Count == 0)
        {
            return null;
        }

        string[] words = place.Text.Split(' ');
        int skip = words[0] == "in" && words.Length > 2 && words[1] == "front" ? 3 : words is ["next", "to", ..] or ["on", "top", ..] ? (words[0] == "on" ? 3 : 2) : 1;
        string where = string.Join(' ', words.Skip(skip));
        string head = place.Anchors.Count > 0 ? NounPhrases.Head(place.Anchors[0]) : "";
        bool scene = head.Length > 0 && (char.IsUpper(head[0]) || Lexicon.Places.Contains(head) || (words.Length > skip && words[skip] is "a" or "an"));
        if (!scene)
        {
            return null;
        }

        List<Word> whom = [.. who.Where((w, i) => i == 0 || !(Lexicon.Doings.ContainsKey(w.Text) || Lexicon.Doings.ContainsValue(w.Text) || w.Text is "be"))];
        List<string> names = NounPhrases.Names(whom);
        return names.Count == 0 ? null : new Clause
        {
            Type = EditType.Background,
            Targets = names,
            Content = where,
            Place = new Place(place.Relation, [], string.Join(' ', words.Take(skip)) is "to" or "into" ? "" : place.Text),
        };
    }

    private Clause Addition(List<Word> words)
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

        Place? place = PlaceReader.Read(all, out IReadOnlyList<Word> what);
        List<Word> thing = [.. what.Where((w, i) => i == 0 || i < what.Count - 1 || w.Text is not ("fly" or "stand" or "sit" or "run" or "swim" or "float" or "sleep" or "walk"))];
        if (thing.Count > 1 && place is null && thing[^1].Text is "it" or "them")
        {
            return Clause.Refused("where it goes is not clear.");
        }

        string content = NounPhrases.Content(thing);
        if (content.Length == 0 || thing[0].Text is "something" or "anything" or "it" or "them" || NounPhrases.Name(thing).Length == 0)
        {
            return content is "one" or "some" && antecedent.Count > 0
                ? new Clause { Type = EditType.Addition, Content = NounPhrases.WithArticle(antecedent[0]), Place = place, InPlace = inPlace }
                : Clause.Refused("what is to be added is not named.");
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

    private Clause? Verbless(List<Word> w)
    {
        if (Starts(w, "what", "would") || Starts(w, "how", "would") || Starts(w, "imagine"))
        {
            int like = NounPhrases.IndexOf(w, "like", "look");
            int from = like < 0 ? 1 : like + 1;
            while (from < w.Count && w[from].Text is "at" or "in" or "as" or "with" or "like" or "it")
            {
                from++;
            }

            return from < w.Count ? Whole(w[from..]) : null;
        }

        if (w[0].Text is "as" or "like" && w.Count > 1)
        {
            return Whole(w[1..]);
        }

        if (Starts(w, "in", "the", "style", "of") && w.Count > 4)
        {
            return Whole(w);
        }

        if (NounPhrases.IsWholeTerm(w))
        {
            return Whole(w);
        }

        if (w.Count > 1 && w.Count < 5 && Lexicon.BackgroundWords.Contains(w[^1].Text) && !Lexicon.Definite.Contains(w[0].Text))
        {
            return Become([w[^1]], NounPhrases.IsLook(w[..^1]) ? w[..^1] : [.. NounPhrases.Bare(w[..^1])]);
        }

        bool with = w[0].Text == "with";
        List<Word> thing = with ? w[1..] : w;
        if (thing.Count > 1 && Lexicon.Indefinite.Contains(thing[0].Text) && (thing[0].Text == "more" || PlaceReader.Read(thing, out _) is { Relation: not PlaceRelation.None }))
        {
            return Addition(thing);
        }

        return null;
    }

    private static bool Starts(IReadOnlyList<Word> words, params string[] said) =>
        words.Count >= said.Length && !said.Where((s, i) => words[i].Text != s).Any();
}
