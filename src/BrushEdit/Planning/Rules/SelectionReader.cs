using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>
/// Parses a noun phrase as a selection: amount, order, size and place before the noun ("the second largest cup", "the top left star"), and after it
/// places, relations and exceptions ("on the right", "next to the tree", "except the red one"). All other words stay in the noun, which <see
/// cref="ThingCheck"/> then checks.
/// </summary>
internal sealed class SelectionReader
{
    private static readonly HashSet<string> Definite = ["the", "this", "that", "these", "those", "my", "his", "her", "its", "our", "your", "their"];

    private static readonly HashSet<string> Postures =
        ["sitting", "standing", "lying", "laying", "leaning", "hanging", "resting", "placed", "parked", "located", "positioned", "seated", "mounted", "perched", "stuck", "attached", "floating", "situated"];

    private static readonly HashSet<string> Having = ["wearing", "holding", "carrying", "riding", "having", "wears", "holds", "carries", "rides", "has", "have"];

    private static readonly HashSet<string> Linking = ["is", "are", "was", "were", "stands", "stand", "sits", "sit", "lies", "lie", "hangs", "hang", "leans", "lean"];

    private static readonly HashSet<string> Excepting = ["except", "but", "besides", "excluding", "bar", "save"];

    private static readonly Dictionary<string, SelectionSize> PlainSizes = Lexicon.Classes<SelectionSize>("Largest: big large huge giant; Smallest: small little tiny");

    private readonly Word[] words;
    private readonly Selection? before;
    private readonly List<string> look = [];
    private readonly List<Word> noun = [];
    private Selection selection = new();
    private SelectionNumber? number;
    private bool definite;
    private bool pronoun;
    private bool last;
    private bool ordered;
    private bool partOf;
    private int at;

    private SelectionReader(IReadOnlyList<Word> words, Selection? before)
    {
        this.words = [.. NounPhrases.Trim(words)];
        this.before = before;
    }

    /// <summary>Parses one noun phrase; null if it names nothing.</summary>
    /// <param name="words">The phrase.</param>
    /// <param name="before">What "it" and "one" refer to; null for nothing.</param>
    public static Selection? Read(IReadOnlyList<Word> words, Selection? before = null) => new SelectionReader(words, before).Read();

    /// <summary>Whether an exception begins at a word: "except the red one", "apart from it".</summary>
    public static int ExceptionAt(IReadOnlyList<Word> words, int i)
    {
        string next = i + 1 < words.Count ? words[i + 1].Text : "";
        return Excepting.Contains(words[i].Text) ? (next is "for" ? 2 : next is "not" ? 0 : 1)
            : words[i].Text is "apart" or "aside" && next == "from" ? 2
            : words[i].Text == "other" && next == "than" ? 2
            : 0;
    }

    /// <summary>Whether "from" at a word describes a place: "the second from the right".</summary>
    /// <param name="words">The words.</param>
    /// <param name="from">The index of "from".</param>
    public static bool IsFromSide(IReadOnlyList<Word> words, int from) => new SelectionReader(words, null).PlaceAt(from, out _) > 0 || (from > 0 && words[from - 1].Text is "apart" or "aside");

    private string Text(int i) => i >= 0 && i < words.Length ? words[i].Text : "";

    private Selection? Read()
    {
        if (words.Length == 0)
        {
            return null;
        }

        if (words.Length == 1 && Pronoun(words[0].Text, out Selection? person))
        {
            return person;
        }

        Amount();
        int end = at;
        while (end < words.Length && !(IsTail(end) && (end > at || Text(end) == "of" || ExceptionAt(words, end) > 0)))
        {
            end++;
        }

        Front([.. words[at..end]]);
        at = end;
        while (at < words.Length)
        {
            Behind();
        }

        return Settle();
    }

    // "him" means a person, "them" people; "it" and "one" refer to what was named before.
    private bool Pronoun(string word, out Selection? meant)
    {
        bool people = Lexicon.People.TryGetValue(word, out string? person);
        bool empty = word is "it" or "one" or "ones" or "," or "there" or "here" or "what" or "this" or "that" or "these" or "those" || (Lexicon.Determiners.Contains(word) && !people);
        meant = people ? new Selection { Noun = person!, Number = person == "people" ? SelectionNumber.All : SelectionNumber.Exactly } : empty ? before : null;
        return people || empty;
    }

    private void Amount()
    {
        while (at < words.Length - 1 || (at < words.Length && Text(at) is "all" or "both" && at == 0))
        {
            string word = Text(at), next = Text(at + 1);
            int? count = Amounts.Number(word);
            if (word is "all" or "every" or "each" or "any")
            {
                number = SelectionNumber.All;
            }
            else if (word == "both")
            {
                (number, selection) = (SelectionNumber.Exactly, selection with { Count = 2 });
            }
            else if (word is "a" or "an" && next is "couple" or "pair" && Text(at + 2) == "of")
            {
                (number, selection) = (SelectionNumber.Some, selection with { Count = 2 });
                at += 2;
            }
            else if (count is not null && partOf)
            {
                // "One of the two dogs" is one.
            }
            else if (count is not null && !(word == "one" && definite && next != "of"))
            {
                partOf = next == "of";
                (number, selection) = (definite && next != "of" ? SelectionNumber.Exactly : SelectionNumber.Some, selection with { Count = count.Value });
            }
            else if (word is "a" or "an" or "another")
            {
                number = SelectionNumber.Some;
            }
            else if (Definite.Contains(word))
            {
                definite = true;
            }
            else
            {
                return;
            }

            at++;
            if (Text(at) == "of" && (number is not null))
            {
                at++;
            }
        }
    }

    // What precedes the noun: "second largest", "top left", "small blue"; the rest is the noun.
    private void Front(List<Word> body)
    {
        bool first = true;
        for (int i = 0; i < body.Count; i++)
        {
            string word = body[i].Text, next = i + 1 < body.Count ? body[i + 1].Text : "";
            bool end = i == body.Count - 1;
            bool alone = end && noun.Count == 0 && (definite || number is not null);
            PlaceRelation place = end && !alone ? PlaceRelation.None : Amounts.Place(word);
            if (word is "one" or "ones" && end && (definite || number is not null || i > 0))
            {
                pronoun = true;
                number ??= word == "ones" ? SelectionNumber.All : SelectionNumber.Exactly;
            }
            else if (noun.Count > 0 || body[i].Quoted)
            {
                noun.Add(body[i]);
            }
            else if (word is "far" or "very" or "most" && Amounts.Place(next) != PlaceRelation.None)
            {
                continue;
            }
            else if (word == "most" && selection.Place != PlaceRelation.None)
            {
                continue;
            }
            else if (!end && Amounts.Ordinal(word) is { } ordinal)
            {
                (ordered, selection) = (true, selection with { Ordinal = ordinal });
            }
            else if (!end && word == "last")
            {
                last = true;
            }
            else if (!end && definite && Amounts.Number(word) is { } count)
            {
                (number, selection) = (SelectionNumber.Exactly, selection with { Count = count });
            }
            else if ((!end || alone) && definite && Amounts.Size(word) is var size and not SelectionSize.None)
            {
                selection = selection with { Size = size };
            }
            else if (place != PlaceRelation.None && (definite || number == SelectionNumber.All) && IsPlaceHere(word, next, place))
            {
                PlaceRelation corner = Amounts.Corner(selection.Place, place);
                selection = selection with { Place = corner == PlaceRelation.None ? place : corner };
            }
            else if (!end && (Lexicon.IsAdjective(word) || (word == "and" && look.Count > 0 && Lexicon.IsAdjective(next)) || (Lexicon.IsDegree(word) && Lexicon.IsAdjective(next))))
            {
                look.Add(body[i].Shown);
            }
            else if (alone && before is not null && Lexicon.IsAdjective(word) && !Lexicon.IsNoun(word))
            {
                look.Add(body[i].Shown);
                pronoun = true;
            }
            else if (!(first && Lexicon.Determiners.Contains(word)))
            {
                noun.Add(body[i]);
            }

            first = false;
        }
    }

    // "His left arm" and "the top hat" name no place in the picture; "front door" does not mean the nearest door.
    private static bool IsPlaceHere(string word, string next, PlaceRelation place) =>
        !(place is PlaceRelation.Foreground or PlaceRelation.Background && word is "front" or "back" or "rear" or "background" or "foreground" or "distance" && next is not ("" or "one" or "ones"))
        && !(word == "top" && next is "hat" or "hats") && !Lexicon.BodyParts.Contains(NounForms.Singular(next)) && !Lexicon.BodyParts.Contains(next);

    private bool IsTail(int i) =>
        Text(i) is "of" or "with" or "without" or "who" or "which" or "that" or "from" || ExceptionAt(words, i) > 0 || PlaceAt(i, out _) > 0
        || PlaceReader.RelationAt(words, i, out _) > 0 || IsNearest(i) || (Having.Contains(Text(i)) && i + 1 < words.Length)
        || ((Postures.Contains(Text(i)) || IsDoing(i)) && i > 0 && (i + 1 == words.Length || PlaceReader.RelationAt(words, i + 1, out _) > 0 || PlaceAt(i + 1, out _) > 0));

    private bool IsNearest(int i) => Text(i) is "nearest" or "closest" && i > 0 && i + 1 < words.Length && (Text(i + 1) == "to" || Definite.Contains(Text(i + 1)));

    private bool IsDoing(int i) => i > 0 && Text(i).Length > 4 && Text(i).EndsWith("ing", StringComparison.Ordinal) && !Lexicon.IsNoun(Text(i)) && !Lexicon.IsAdjective(Text(i - 1));

    // Number of words in a place: "on the far left side", "from the right", "furthest to the left", "in the top left corner of the picture".
    private int PlaceAt(int start, out PlaceRelation place)
    {
        int i = start;
        place = PlaceRelation.None;
        bool far = Text(i) is "furthest" or "farthest" or "closest" or "nearest" && i > 0;
        i += far ? 1 : 0;
        bool joined = Text(i) is "on" or "in" or "at" or "to" or "from" or "towards" or "toward" or "by";
        i += joined ? 1 : 0;
        if (!far && !joined)
        {
            return 0;
        }

        i += Text(i) == "the" ? 1 : 0;
        i += Text(i) is "far" or "very" or "extreme" ? 1 : 0;
        place = Amounts.Place(Text(i));
        if (place == PlaceRelation.None || Text(i) is "nearest" or "closest")
        {
            return 0;
        }

        i++;
        PlaceRelation corner = Amounts.Corner(place, Amounts.Place(Text(i)));
        (place, i) = corner == PlaceRelation.None ? (place, i) : (corner, i + 1);
        i += Text(i) == "hand" ? 1 : 0;
        i += Text(i) is "side" or "corner" or "edge" or "part" or "half" or "end" or "third" ? 1 : 0;
        if (Text(i) is "of" or "from")
        {
            int whole = Text(i + 1) is "the" or "this" or "my" ? i + 2 : i + 1;
            return Lexicon.WholePicture.Contains(Text(whole)) || Text(whole) is "row" or "line" or "it" ? whole + 1 - start : 0;
        }

        // "on the left shelf": not a place, but a relation to one of the shelves.
        return i == words.Length || IsBoundary(i) ? i - start : 0;
    }

    private bool IsBoundary(int i) => Text(i) is "of" or "with" or "who" or "which" or "that" || ExceptionAt(words, i) > 0 || PlaceReader.RelationAt(words, i, out _) > 0;

    private void Behind()
    {
        int length = ExceptionAt(words, at);
        if (length > 0 && at + length < words.Length)
        {
            Selection own = (Settle(final: false) ?? new Selection()) with { Number = SelectionNumber.Exactly };
            List<Selection> except = NounPhrases.Names(words[(at + length)..], own);

            // "All but the yellow tulip" selects tulips.
            if (noun.Count == 0 && !pronoun && except.FirstOrDefault(one => one.Noun.Length > 0) is { } named)
            {
                noun.AddRange(named.Noun.Split(' ').Select(word => new Word(word.ToLowerInvariant(), word)));
            }

            selection = selection with { Except = [.. except.Select(one => one.Noun == own.Noun && one.Look == own.Look ? one with { Noun = string.Empty, Look = null } : one)] };
            at = words.Length;
            return;
        }

        if (Text(at) == "of")
        {
            Of();
            return;
        }

        length = PlaceAt(at, out PlaceRelation place);
        if (length > 0)
        {
            selection = selection with { Place = place };
            at += length;
            return;
        }

        length = PlaceReader.RelationAt(words, at, out PlaceRelation relation);
        length = length > 0 ? length : IsNearest(at) ? (Text(at + 1) == "to" ? 2 : 1) : 0;
        if (length > 0 && at + length < words.Length)
        {
            Relate(relation == PlaceRelation.None ? PlaceRelation.NextTo : relation, length);
            return;
        }

        if (Text(at) == "with" && at + 1 < words.Length)
        {
            Relate(PlaceRelation.With, 1);
            return;
        }

        if (Having.Contains(Text(at)) && at + 1 < words.Length)
        {
            Relate(PlaceRelation.With, 1);
            return;
        }

        if (Text(at) is "that" or "who" or "which" && (Linking.Contains(Text(at + 1)) || Having.Contains(Text(at + 1))))
        {
            at += Linking.Contains(Text(at + 1)) ? 2 : 1;

            // "that are red": the look follows the noun.
            if (Lexicon.IsAdjective(Text(at)))
            {
                look.Add(words[at++].Shown);
            }

            return;
        }

        if (Postures.Contains(Text(at)) && (at + 1 < words.Length || IsDoing(at)))
        {
            at++;
            return;
        }

        if (IsDoing(at))
        {
            look.Insert(0, words[at++].Shown);
            return;
        }

        noun.Add(words[at++]);
    }

    // "The largest of the towers" selects a tower; "the shadow of the tree" selects a shadow.
    private void Of()
    {
        if (noun.Count == 0)
        {
            Selection? whole = Read(words[(at + 1)..], before);
            pronoun = whole is null;
            number ??= SelectionNumber.Exactly;
            if (whole is not null)
            {
                look.AddRange(whole.Look is null ? [] : whole.Look.Split(' '));
                noun.AddRange(whole.Noun.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => new Word(word.ToLowerInvariant(), word)));
                selection = selection with
                {
                    Place = selection.Place == PlaceRelation.None ? whole.Place : selection.Place,
                    Relation = whole.Relation,
                    Anchors = whole.Anchors,
                    Except = whole.Except,
                };
            }

            at = words.Length;
            return;
        }

        noun.Add(words[at++]);
        while (at < words.Length && (Text(at) == "of" || !IsTail(at)))
        {
            if (!Lexicon.Determiners.Contains(Text(at)))
            {
                noun.Add(words[at]);
            }

            at++;
        }
    }

    private void Relate(PlaceRelation relation, int length)
    {
        // "All the cups on the table except the red one": the exception belongs to the cups, not to the table.
        int end = Enumerable.Range(at + length, words.Length - at - length).FirstOrDefault(i => i > at + length && ExceptionAt(words, i) > 0, words.Length);
        Word[] all = words[at..end], rest = words[(at + length)..end];
        at = end;
        Relate(relation, all, rest);
    }

    private void Relate(PlaceRelation relation, Word[] all, Word[] rest)
    {
        if (rest is [{ Text: "there" or "here" }])
        {
            return;
        }

        if (all[0].Text == "in" && NounPhrases.IsLook(rest))
        {
            // "A woman in red".
            noun.AddRange(all);
            return;
        }

        List<Selection> anchors = relation == PlaceRelation.Between ? NounPhrases.Names(rest, before) : Read(rest, before) is { } one ? [one] : [];
        if (anchors.Count == 0)
        {
            noun.AddRange(all);
            return;
        }

        bool worn = all[0].Text == "in" && Lexicon.Clothes.Contains(anchors[0].Noun.Split(' ')[^1]);
        selection = selection with { Relation = worn ? PlaceRelation.With : relation, Anchors = anchors };
    }

    private Selection? Settle(bool final = true)
    {
        string name = Word.Join(noun);
        string? looks = look.Count == 0 ? null : string.Join(' ', look);
        if (name.Length == 0 && pronoun && before is not null)
        {
            name = before.Noun;
            looks ??= before.Look;
        }

        if (final && name.Length == 0)
        {
            // "All but the left one", "the left one": another phrase gives the noun.
            return selection.Place != PlaceRelation.None || selection.Size != SelectionSize.None || looks is not null ? selection with { Number = number ?? SelectionNumber.Exactly, Look = looks } : null;
        }

        bool plural = name.Length > 0 && NounForms.IsPlural(name);
        bool mass = NounPhrases.IsMass(name);
        Selection read = selection with
        {
            Noun = name,
            Look = looks,
            Number = number ?? ((plural || mass) && selection is { Ordinal: 1, Count: 1 } && !(last && !plural) ? SelectionNumber.All : SelectionNumber.Exactly),
        };
        if (last && read.Number != SelectionNumber.All)
        {
            read = read with { Place = read.Place == PlaceRelation.None ? PlaceRelation.Right : read.Place };
        }

        if (ordered && read is { Place: PlaceRelation.None, Size: SelectionSize.None })
        {
            read = read with { Place = PlaceRelation.Left };
        }

        // "The small cup" means the smallest one, since a detector hardly recognises sizes.
        if (read is { Number: SelectionNumber.Exactly, Count: 1, Size: SelectionSize.None, Place: PlaceRelation.None, Relation: PlaceRelation.None } && looks is not null)
        {
            SelectionSize size = looks.Split(' ').Select(word => PlainSizes.GetValueOrDefault(word)).FirstOrDefault(one => one != SelectionSize.None);
            read = read with { Size = size };
        }

        return read;
    }
}
