using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Parses one clause: finds its verb and passes the rest to the parser for that family of verbs.</summary>
/// <param name="antecedent">What the previous clauses named, for "it" and "them"; empty if nothing.</param>
internal sealed class ClauseParser(IReadOnlyList<Selection> antecedent)
{
    private static readonly string[][] Courtesies =
    [
        .. new[]
        {
            "please", "can you", "could you", "would you", "will you", "can we", "could we", "can i", "i would like you to", "i want you to", "i need you to", "i would like to", "i want to", "we need to",
            "you should", "let us", "just", "now", "also", "then", "kindly", "hey", "ok", "okay", "so", "hi", "try to", "go ahead and", "only", "first", "and", "but", "i think", "maybe", "instead", "is it possible to", "help me", "to", "simply", ",",
        }.OrderByDescending(c => c.Length).Select(c => c.Split(' ')),
    ];

    /// <summary>Parses a clause; null if nothing in it is understood.</summary>
    public Clause? Parse(IReadOnlyList<Word> words)
    {
        List<Word> w = [.. NounPhrases.Trim(words)];
        bool stripped = true;
        bool only = false;
        while (stripped && w.Count > 0)
        {
            stripped = false;
            foreach (string[] courtesy in Courtesies)
            {
                if (NounPhrases.Starts(w, courtesy) && !(courtesy is ["instead"] && NounPhrases.Starts(w, "instead", "of")))
                {
                    w.RemoveRange(0, courtesy.Length);
                    stripped = true;
                    only = courtesy is ["only"] or ["just"];
                    break;
                }
            }
        }

        if (only && w.Count > 0 && Lexicon.KeepVerbs.Contains(w[0].Text))
        {
            w.Insert(1, new Word("only", "only"));
        }

        return w.Count == 0 ? null : Unacted(w[0].Text, Sentences.Negation(antecedent, w) ?? Sentences.Joined(antecedent, w) ?? Sentences.Wish(antecedent, w) ?? Sentences.Statement(antecedent, w) ?? Command(w) ?? Sentences.Verbless(antecedent, w));
    }

    // The words after a verb also determine its family: "take the hat off" removes, "take her to Paris" does not.
    private Clause? Command(List<Word> w)
    {
        string verb = w[0].Text;
        List<Word> rest = w[1..];
        return !Lexicon.Verbs.Contains(verb) ? null
            : Kept(verb, rest) ?? Removal(verb, rest)
            ?? (rest.Count == 0 ? Clause.Refused($"it does not say what to {verb}.") : Change(verb, rest) ?? Addition(verb, rest));
    }

    // "make the mayor wave to the crowd": after "make", "have" or "let", the last word of a name is read as a verb if it can be one.
    private static Clause? Unacted(string verb, Clause? read)
    {
        string? acts = read is { Type: EditType.Local, Fault: null } && verb is "make" or "have" or "let"
            ? read.Targets.Select(one => one.Phrase.Split(' ')).FirstOrDefault(words => words.Length > 1 && Lexicon.Doing.Contains(words[^1]))?[^1]
            : null;
        return acts is null ? read : Clause.Refused($"'{acts}' is an action, not an edit.");
    }

    private static Clause? Kept(string verb, List<Word> rest)
    {
        bool only = rest.Count > 1 && rest[0].Text is "only" or "just";
        if (verb == "isolate" || (only && Lexicon.KeepVerbs.Contains(verb)))
        {
            List<Selection> alone = NounPhrases.Names(only ? rest[1..] : rest);
            return alone.Count == 0 ? Clause.Refused("it does not name what to keep.") : new Clause { Type = EditType.Background, Targets = alone, Content = Backgrounds.Plain };
        }

        if (!Lexicon.KeepVerbs.Contains(verb) || (verb == "leave" && rest.Count > 0 && rest[0].Text == "out"))
        {
            return null;
        }

        int end = rest.FindIndex(1 < rest.Count ? 1 : 0, x => x.Text is "alone" or "as" or "untouched" or "unchanged" || (x.Text == "the" && rest.IndexOf(x) == rest.Count - 2 && rest[^1].Text == "same"));
        return new Clause { Kept = NounPhrases.Names(end > 0 ? rest[..end] : rest) };
    }

    private Clause? Removal(string verb, List<Word> rest)
    {
        if (verb == "get" && (NounPhrases.Starts(rest, "rid", "of") || NounPhrases.Starts(rest, "rid", "off")))
        {
            return Removals.Gone(antecedent, rest[2..]);
        }

        if (Lexicon.RemoveVerbs.Contains(verb) && !(verb == "drop" && rest.Count > 0 && Lexicon.Indefinite.Contains(rest[0].Text)))
        {
            return Removals.Gone(antecedent, rest);
        }

        if (Lexicon.ParticleVerbs.Contains(verb) && Removals.RemovedByParticle(rest) is { } what)
        {
            return Removals.Gone(antecedent, what);
        }

        if (rest.Count > 1 && ((verb is "clean" or "wipe" && rest[0].Text == "up") || (verb == "take" && rest[0].Text == "down")))
        {
            return Removals.Gone(antecedent, rest[1..]);
        }

        if (rest.Count == 0 || verb is not ("fix" or "repair" or "heal"))
        {
            return null;
        }

        string head = NounPhrases.Head(NounPhrases.Name(rest) is { Length: > 0 } n ? n : "it");
        return Lexicon.Defects.Contains(head) ? Removals.Gone(antecedent, rest) : Clause.Refused("it does not say what the repaired object should look like.");
    }

    private Clause? Change(string verb, List<Word> rest)
    {
        if (Lexicon.ReplaceVerbs.Contains(verb) || ((Lexicon.BecomeVerbs.Contains(verb) || verb == "take") && NounPhrases.IndexOf(rest, "with") > 0 && NounPhrases.IndexOf(rest, "into", "to") < 0))
        {
            return Changes.Replace(antecedent, verb, rest);
        }

        if (verb is "turn" or "switch" && Changes.Switch(antecedent, rest) is { } switched)
        {
            return switched;
        }

        return verb == "apply" ? Changes.Apply(rest)
            : verb == "use" ? Changes.Use(antecedent, rest)
            : verb is "cover" or "wrap" ? Changes.Cover(antecedent, rest)
            : Lexicon.BecomeVerbs.Contains(verb) ? Changes.Change(antecedent, rest)
            : Lexicon.MakeVerbs.Contains(verb) ? Changes.Make(antecedent, rest)
            : Lexicon.ColorVerbs.Contains(verb) && Changes.Paint(antecedent, rest) is { } painted ? painted
            : Lexicon.StateVerbs.TryGetValue(verb, out string? state) && (verb == "light" || !Lexicon.Indefinite.Contains(rest[0].Text)) ? Changes.State(antecedent, state, rest)
            : null;
    }

    private Clause? Addition(string verb, List<Word> rest)
    {
        if (Lexicon.AddVerbs.Contains(verb))
        {
            return Backgrounds.IsBackground(rest, out _) ? Clause.Refused("it does not describe the new background.") : Additions.Addition(antecedent, rest);
        }

        return verb == "give" ? Additions.Give(antecedent, rest)
            : verb is "fill" or "surround" ? Additions.Fill(antecedent, verb, rest)
            : Lexicon.MoveVerbs.Contains(verb) ? Backgrounds.Moving(rest) ?? (rest.Count < 4 ? new Clause { Targets = NounPhrases.Names(rest) } : null)
            : verb == "let" ? Additions.Let(antecedent, rest)
            : Lexicon.PlaceVerbs.Contains(verb) ? Additions.Put(antecedent, rest)
            : null;
    }
}
