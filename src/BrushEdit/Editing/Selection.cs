using System.Globalization;

namespace BrushEdit.Editing;

/// <summary>
/// Which objects of a kind, and how many, an edit refers to: "the second cup from the right", "all the tulips except the yellow one". A detector
/// searches only for <see cref="Query"/>; position and size of its detections determine the rest.
/// </summary>
public sealed record Selection
{
    /// <summary>The noun in the user's words: "cup", "hearts". In <see cref="Except"/>, empty for the kind that the exception is made from.</summary>
    public string Noun
    {
        get;
        init => field = PlainText.Line(value);
    } = string.Empty;

    /// <summary>The described appearance: "orange", "small blue"; null if none was given.</summary>
    public string? Look
    {
        get;
        init => field = value is null ? null : PlainText.Line(value);
    }

    /// <summary>How many are meant.</summary>
    public SelectionNumber Number { get; init; }

    /// <summary>The count that <see cref="Number"/> refers to, from 1; ignored with <see cref="SelectionNumber.All"/>.</summary>
    public int Count { get; init; } = 1;

    /// <summary>
    /// Where in the picture: one of <see cref="PlaceRelation.Left"/> and the values after it. One or some objects are counted from there; all means
    /// all objects in that half or third of the picture.
    /// </summary>
    public PlaceRelation Place { get; init; }

    /// <summary>The size that distinguishes them from others.</summary>
    public SelectionSize Size { get; init; }

    /// <summary>
    /// The rank of the first selected object, from 1, in the order of <see cref="Place"/> or <see cref="Size"/>: 2 for "the second from the right".
    /// </summary>
    public int Ordinal { get; init; } = 1;

    /// <summary>Where they are in relation to <see cref="Anchors"/>.</summary>
    public PlaceRelation Relation { get; init; }

    /// <summary>The anchors of the relation: one, or the two of <see cref="PlaceRelation.Between"/>.</summary>
    public IReadOnlyList<Selection> Anchors { get; init; } = [];

    /// <summary>Which of them are excluded.</summary>
    public IReadOnlyList<Selection> Except { get; init; } = [];

    /// <summary>Look and noun, in the user's words: "orange hearts".</summary>
    public string Phrase => string.IsNullOrEmpty(Look) ? Noun : Noun.Length == 0 ? Look : $"{Look} {Noun}";

    /// <summary>
    /// The detector's query: <see cref="Phrase"/> in the singular, the form that detectors are trained on; unchanged if no number is given.
    /// </summary>
    public string Query => Number == SelectionNumber.Some && Count == 1 ? Phrase : NounForms.Singular(Phrase);

    /// <summary>Whether more is said than what the things are, and that there is one.</summary>
    public bool IsNarrowed => Place != PlaceRelation.None || Size != SelectionSize.None || Relation != PlaceRelation.None
        || Except.Count > 0 || Ordinal > 1 || (Number != SelectionNumber.All && Count > 1);

    /// <summary>The qualifiers beside the phrase: "all", "2nd from the right", "next to the tree"; empty if there are none.</summary>
    public string How => string.Join(", ", Parts().Where(part => part.Length > 0));

    /// <summary>The selections for a target's phrases: for each phrase the most certain detection.</summary>
    /// <param name="target">Phrases separated by full stops; null for none.</param>
    public static IReadOnlyList<Selection> OfTarget(string? target) => string.IsNullOrWhiteSpace(target)
        ? []
        : [.. target.Split('.', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(phrase => new Selection { Noun = phrase })];

    /// <summary>Returns the same selection under another name.</summary>
    /// <param name="phrase">The words.</param>
    public Selection Named(string phrase) => this with { Noun = phrase, Look = null };

    /// <summary>The phrase and its qualifiers: "cup (2nd from the right)".</summary>
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
