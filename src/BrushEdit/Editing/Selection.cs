using System.Globalization;

namespace BrushEdit.Editing;

/// <summary>
/// Which objects of a kind, and how many, an edit means: "the second cup from the right", "all the tulips except the
/// yellow one". A detector searches only for <see cref="Query"/>; position and size of its detections determine the rest.
/// </summary>
public sealed record Selection
{
    /// <summary>What the things are, as it was said: "cup", "hearts". Empty in <see cref="Except"/> for the kind that is excepted from.</summary>
    public string Noun
    {
        get;
        init => field = PlainText.Line(value);
    } = string.Empty;

    /// <summary>What they look like: "orange", "small blue"; null if it was not said.</summary>
    public string? Look
    {
        get;
        init => field = value is null ? null : PlainText.Line(value);
    }

    /// <summary>How many are meant.</summary>
    public SelectionNumber Number { get; init; }

    /// <summary>How many <see cref="Number"/> speaks of, from 1; of no effect with <see cref="SelectionNumber.All"/>.</summary>
    public int Count { get; init; } = 1;

    /// <summary>
    /// Where in the picture, one of <see cref="PlaceRelation.Left"/> and those after it. One or some are counted from there; all are those
    /// in that half or third of the picture.
    /// </summary>
    public PlaceRelation Place { get; init; }

    /// <summary>By which size they are distinguished from others.</summary>
    public SelectionSize Size { get; init; }

    /// <summary>The first that is meant, from 1, in the order of <see cref="Place"/> or <see cref="Size"/>: 2 for "the second from the right".</summary>
    public int Ordinal { get; init; } = 1;

    /// <summary>Where they are in relation to <see cref="Anchors"/>.</summary>
    public PlaceRelation Relation { get; init; }

    /// <summary>What they are in relation to: one, or the two of <see cref="PlaceRelation.Between"/>.</summary>
    public IReadOnlyList<Selection> Anchors { get; init; } = [];

    /// <summary>Which of them are not meant.</summary>
    public IReadOnlyList<Selection> Except { get; init; } = [];

    /// <summary>Look and noun, as they were said: "orange hearts".</summary>
    public string Phrase => string.IsNullOrEmpty(Look) ? Noun : Noun.Length == 0 ? Look : $"{Look} {Noun}";

    /// <summary>What a detector is asked for: <see cref="Phrase"/> in the singular, as detectors are trained on; as it is where no number is said.</summary>
    public string Query => Number == SelectionNumber.Some && Count == 1 ? Phrase : NounForms.Singular(Phrase);

    /// <summary>Whether more is said than what the things are, and that there is one.</summary>
    public bool IsNarrowed => Place != PlaceRelation.None || Size != SelectionSize.None || Relation != PlaceRelation.None
        || Except.Count > 0 || Ordinal > 1 || (Number != SelectionNumber.All && Count > 1);

    /// <summary>What is said beside the phrase: "all", "2nd from the right", "next to the tree"; empty if nothing is.</summary>
    public string How => string.Join(", ", Parts().Where(part => part.Length > 0));

    /// <summary>The selections that a target's words make: of each phrase the most certain find.</summary>
    /// <param name="target">Phrases with full stops between; null for none.</param>
    public static IReadOnlyList<Selection> OfTarget(string? target) => string.IsNullOrWhiteSpace(target)
        ? []
        : [.. target.Split('.', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(phrase => new Selection { Noun = phrase })];

    /// <summary>The same things, named by other words.</summary>
    /// <param name="phrase">The words.</param>
    public Selection Named(string phrase) => this with { Noun = phrase, Look = null };

    /// <summary>Phrase and what is said beside it: "cup (2nd from the right)".</summary>
    public override string ToString() => How.Length == 0 ? Phrase : Phrase.Length == 0 ? How : $"{Phrase} ({How})";

    private IEnumerable<string> Parts()
    {
        yield return Number switch
        {
            SelectionNumber.All => "all",
            _ => Count > 1 ? Count.ToString(CultureInfo.InvariantCulture) : string.Empty,
        };
        if (Size != SelectionSize.None)
        {
            yield return (Ordinal > 1 && Place == PlaceRelation.None ? Nth(Ordinal) + " " : string.Empty) + Size.ToString().ToLowerInvariant();
        }

        if (Place != PlaceRelation.None)
        {
            yield return (Ordinal > 1 ? $"{Nth(Ordinal)} from the " : string.Empty) + Words(Place);
        }

        if (Relation != PlaceRelation.None)
        {
            yield return $"{Words(Relation)} {string.Join(" and ", Anchors.Select(anchor => anchor.ToString()))}";
        }

        if (Except.Count > 0)
        {
            yield return $"except {string.Join(" and ", Except.Select(one => one.ToString()))}";
        }
    }

    /// <summary>The words of a place or relation: "top left", "next to".</summary>
    /// <param name="place">The place or relation.</param>
    internal static string Words(PlaceRelation place) => place switch
    {
        PlaceRelation.LeftOf => "left of",
        PlaceRelation.RightOf => "right of",
        PlaceRelation.NextTo => "next to",
        PlaceRelation.InFrontOf => "in front of",
        PlaceRelation.TopLeft => "top left",
        PlaceRelation.TopRight => "top right",
        PlaceRelation.BottomLeft => "bottom left",
        PlaceRelation.BottomRight => "bottom right",
        _ => place.ToString().ToLowerInvariant(),
    };

    private static string Nth(int number) => number.ToString(CultureInfo.InvariantCulture) + (number % 100 is > 10 and < 14 ? "th" : (number % 10) switch
    {
        1 => "st",
        2 => "nd",
        3 => "rd",
        _ => "th",
    });
}
