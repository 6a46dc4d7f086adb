using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Reads one clause: finds its verb and has what belongs to it taken apart by the verb's family.</summary>
/// <param name="antecedent">What the clauses before named, for "it" and "them"; empty for nothing.</param>
internal sealed class ClauseParser(IReadOnlyList<string> antecedent)
{
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
                if (NounPhrases.Starts(w, courtesy))
                {
                    w.RemoveRange(0, courtesy.Length);
                    stripped = true;
                    break;
                }
            }
        }

        return w.Count == 0 ? null : Sentences.Negation(antecedent, w) ?? Sentences.Joined(w) ?? Sentences.Wish(antecedent, w) ?? Sentences.Statement(antecedent, w) ?? Command(w) ?? Sentences.Verbless(antecedent, w);
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

        if (verb == "get" && NounPhrases.Starts(rest, "rid", "of"))
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

        if (rest.Count == 0)
        {
            return Clause.Refused($"'{verb}' names nothing.");
        }

        if (verb is "clean" or "wipe" && rest[0].Text == "up")
        {
            return Removals.Gone(antecedent, rest[1..]);
        }

        if (verb is "fix" or "repair" or "heal")
        {
            string head = NounPhrases.Head(NounPhrases.Name(rest) is { Length: > 0 } n ? n : "it");
            return Lexicon.Defects.Contains(head) ? Removals.Gone(antecedent, rest) : Clause.Refused("what the repaired thing shall look like is not said.");
        }

        if (Lexicon.ReplaceVerbs.Contains(verb) || ((Lexicon.BecomeVerbs.Contains(verb) || verb == "take") && NounPhrases.IndexOf(rest, "with") > 0 && NounPhrases.IndexOf(rest, "into", "to") < 0))
        {
            return Changes.Replace(antecedent, verb, rest);
        }

        if (Lexicon.BecomeVerbs.Contains(verb))
        {
            return Changes.Change(antecedent, rest);
        }

        if (Lexicon.MakeVerbs.Contains(verb))
        {
            return Changes.Make(antecedent, rest);
        }

        if (verb == "give")
        {
            return Additions.Give(antecedent, rest);
        }

        if (verb == "use")
        {
            return Changes.Use(antecedent, rest);
        }

        if (verb == "apply")
        {
            return NounPhrases.Read(rest, "to") is { } to && !GlobalEdits.IsWhole(to.After) ? Becoming.Local(NounPhrases.Names(to.After), to.Before) : GlobalEdits.Whole(NounPhrases.Read(rest, "to")?.Before ?? rest);
        }

        if (Lexicon.ColorVerbs.Contains(verb) && Changes.Paint(antecedent, rest) is { } painted)
        {
            return painted;
        }

        if (verb == "light" || (Lexicon.StateVerbs.ContainsKey(verb) && !Lexicon.Indefinite.Contains(rest[0].Text)))
        {
            string state = Lexicon.StateVerbs[verb];
            return Backgrounds.IsBackground(rest, out List<string> stays)
                ? new Clause { Type = EditType.Background, Targets = stays, Content = $"a {state} background", Look = state }
                : Becoming.Become(antecedent, rest, [new Word(state, state)]);
        }

        if (Lexicon.AddVerbs.Contains(verb))
        {
            return Backgrounds.IsBackground(rest, out _) ? Clause.Refused("what the background shall be is not said.") : Additions.Addition(antecedent, rest);
        }

        if (Lexicon.MoveVerbs.Contains(verb))
        {
            return Backgrounds.Moving(rest) ?? (rest.Count < 4 ? new Clause { Targets = NounPhrases.Names(rest) } : null);
        }

        return Lexicon.PlaceVerbs.Contains(verb) ? Additions.Put(antecedent, rest) : null;
    }
}
