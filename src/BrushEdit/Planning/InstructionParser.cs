using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>
/// Parses English editing instructions without a model: splits them into clauses, parses each by its verb, and joins clauses that form one edit
/// ("remove the dog and put a cat in its place"). What it does not understand is an error, never a guess.
/// </summary>
public static class InstructionParser
{
    /// <summary>The maximum length of an instruction.</summary>
    public const int MostCharacters = 1000;

    private const string Examples = "Say it as 'remove the dog', 'add a hat on the dog', 'replace the dog with a cat', 'make the car red', 'make it night' or 'change the background to a beach', or give -EditType, -Target and -Caption.";

    private static readonly HashSet<string> Polite = ["please", "just", "also", "then", "only", "instead", "and", "but", "now", "simply"];

    /// <summary>Parses an instruction.</summary>
    /// <param name="instruction">The user's words.</param>
    /// <param name="caption">What the picture shows before the edit, if known: its words are considered correctly spelt.</param>
    /// <exception cref="EditException">The instruction is empty, too long, not understood, or asks for two edits at once.</exception>
    public static ParsedInstruction Parse(string instruction, string? caption = null)
    {
        ArgumentNullException.ThrowIfNull(instruction);
        if (string.IsNullOrWhiteSpace(instruction))
        {
            throw new EditException(EditFault.BadArgument, "The instruction is empty.", Examples, instruction);
        }

        if (instruction.Length > MostCharacters)
        {
            throw new EditException(EditFault.BadArgument, $"The instruction has {instruction.Length} characters.", $"Use at most {MostCharacters}.", instruction);
        }

        List<string> notes = [];
        HashSet<string> extra = [.. (caption ?? "").ToLowerInvariant().Split([' ', ',', '.', ';', '"'], StringSplitOptions.RemoveEmptyEntries)];
        List<Word> words = InstructionTokenizer.Split(instruction, extra, notes);
        List<Clause> clauses = Read(words);
        double confidence = 0.95 - (0.05 * notes.Count);
        List<Selection> kept = [.. clauses.Where(c => c.Fault is null).SelectMany(c => c.Kept)];
        List<Clause> edits = [.. clauses.Where(c => c.Type is not null)];
        string? fault = clauses.Select(c => c.Fault).FirstOrDefault(f => f is not null);
        if (fault is not null || edits.Count == 0)
        {
            throw new EditException(EditFault.BadArgument, $"The instruction '{instruction}' was not understood{(fault is null ? "." : $": {fault}")}", Examples, instruction);
        }

        Clause edit = edits.Count == 1 ? edits[0] : Together(edits) ?? throw new EditException(
            EditFault.BadArgument, $"The instruction '{instruction}' asks for {edits.Count} edits at once.", "Give them as separate instructions, one after the other.", instruction);
        if (edit.Doubt is { } doubt)
        {
            notes.Add(doubt);
            confidence -= 0.2;
        }

        return new ParsedInstruction
        {
            Type = edit.Type!.Value,
            Selection = [.. (edit.Type == EditType.Background && edit.Targets.Count == 0 ? kept : edit.Targets).Select(NounPhrases.Within)],
            NewContent = edit.Content,
            Look = edit.Look,
            Relation = edit.Type == EditType.Addition ? edit.Place?.Relation ?? PlaceRelation.None : PlaceRelation.None,
            Anchors = edit.Type == EditType.Addition ? edit.Place?.Anchors ?? [] : [],
            PlaceText = edit.Place?.Text is { Length: > 0 } text ? text : null,
            RemovedFrom = edit.From,
            Kept = kept,
            Notes = notes,
            Confidence = Math.Max(0.3, confidence),
        };
    }

    private static List<Clause> Read(List<Word> words)
    {
        List<Clause> clauses = [];
        List<Selection> named = [];
        PlacePhrase? waiting = null;
        IReadOnlyList<Word> mentioned = [];
        List<List<Word>> parts = Parts(words);
        for (int i = 0; i < parts.Count; i++)
        {
            List<Word> part = Mention.Resolve(mentioned, parts[i]) is { } resolved && mentioned.Count > 0 ? resolved : parts[i];
            mentioned = [];
            IReadOnlyList<Word> trimmed = NounPhrases.Trim(part);
            if (trimmed.Count == 0 || trimmed.All(w => Polite.Contains(w.Text)))
            {
                continue;
            }

            // "next to the dog, add a cat": the place comes first.
            if (PlaceReader.At(trimmed, 0) is { Relation: not PlaceRelation.None } place && trimmed[0].Text is not "to" && trimmed.All(w => !Lexicon.Manners.Contains(w.Text)) && GlobalEdits.MannerOf(trimmed) < 0 && !GlobalEdits.IsCircumstance(trimmed))
            {
                waiting = place;
                continue;
            }

            Clause? read = new ClauseParser(named).Parse(part) is { } found ? ThingCheck.Checked(found) : null;
            if (read is null && i + 1 < parts.Count && Mention.Of(part) is { Count: > 0 } mention && Mention.Resolve(mention, parts[i + 1]) is not null)
            {
                mentioned = mention;
                continue;
            }

            Clause clause = read ?? Clause.Refused("");
            clause = clause with { Fault = clause.Fault == "" ? $"no edit was found in '{Word.Join(trimmed)}'." : clause.Fault };
            if (clause.Type == EditType.Addition && clause.Place is null && waiting is not null)
            {
                clause = clause with { Place = waiting };
                waiting = null;
            }

            clauses.Add(clause);
            IReadOnlyList<Selection> names = clause.Targets.Count > 0 ? clause.Targets : clause.Kept;
            named = names.Count > 0 ? [.. names] : clause.Type == EditType.Addition && clause.Content is { } content ? [new Selection { Noun = string.Join(' ', content.Split(' ').SkipWhile(Lexicon.Determiners.Contains)), Number = SelectionNumber.Exactly }] : named;
        }

        if (waiting is not null)
        {
            clauses.Add(Clause.Refused("only a place was found."));
        }

        return clauses;
    }

    // Ends a clause at a full stop, and at a comma or "and" that another clause follows.
    private static List<List<Word>> Parts(List<Word> words)
    {
        List<List<Word>> parts = [[]];
        for (int i = 0; i < words.Count; i++)
        {
            string text = words[i].Text;
            bool joint = text is "," or "and" or "but" or "then";
            bool stop = text is "." or "!" or "?";
            bool leading = parts.Count == 1 && parts[0].Count > 1 && PlaceReader.At(parts[0], 0) is not null;
            if (stop || (joint && (BeginsClause(words, i + 1) || (text == "," && leading))))
            {
                parts.Add([]);
            }
            else if (leading && IsVerb(words, i) && !joint)
            {
                // "in the sky add a balloon": no comma.
                parts.Add([words[i]]);
            }
            else
            {
                parts[^1].Add(words[i]);
            }
        }

        return parts;
    }

    private static bool BeginsClause(List<Word> words, int i)
    {
        while (i < words.Count && Polite.Contains(words[i].Text))
        {
            i++;
        }

        if (i >= words.Count)
        {
            return false;
        }

        string text = words[i].Text;
        string next = i + 1 < words.Count ? words[i + 1].Text : "";
        return text is "not" or "without" || (text == "do" && next == "not") || (text is "i" or "there" or "it") || (text == "everything" && next == "else") || (text == "let" && next == "us") || (text is "can" or "could" && next is "you" or "we") || IsVerb(words, i);
    }

    private static bool IsVerb(List<Word> words, int i)
    {
        string text = words[i].Text;
        if (!Lexicon.Verbs.Contains(text) || i + 1 >= words.Count)
        {
            return false;
        }

        string next = words[i + 1].Text;
        return !Lexicon.AlsoNouns.Contains(text) || Lexicon.Determiners.Contains(next) || Lexicon.Definite.Contains(next) || next is "everything" or "background" or "out";
    }

    // Joins two clauses that form one edit; null if they are two edits.
    private static Clause? Together(List<Clause> edits)
    {
        if (edits.Count > 2)
        {
            return edits.All(e => e.Type == EditType.Remove) ? edits[0] with { Targets = [.. edits.SelectMany(e => e.Targets)] } : null;
        }

        (Clause first, Clause second) = (edits[0], edits[1]);
        if (first.Type == EditType.Remove && second.Type == EditType.Remove)
        {
            return first with { Targets = [.. first.Targets.Concat(second.Targets).DistinctBy(t => t.ToString())] };
        }

        if (first.Type == EditType.Remove && second is { Type: EditType.Addition, InPlace: true })
        {
            return new Clause { Type = EditType.Local, Targets = first.Targets, Content = second.Content };
        }

        // "there is a bird missing on the fence, add one"
        if (first.Type == EditType.Addition && second.Type == EditType.Addition && second.Content == first.Content && second.Place is null)
        {
            return first;
        }

        return first.Type == EditType.Remove && second.Type == EditType.Local && second.Targets.Select(t => t.ToString()).SequenceEqual(first.Targets.Select(t => t.ToString())) ? second : null;
    }
}
