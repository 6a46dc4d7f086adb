using System.Globalization;
using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>
/// Reads which objects a model means, and how many. What it omits, or states in words that are not a valid answer, is read from the words of its
/// target, so that a model that answers with a phrase alone is understood.
/// </summary>
internal static class SelectionAnswer
{
    private const string None = "none";
    private const int Most = 100;

    /// <summary>The answers to "where in the picture".</summary>
    public static string[] Places { get; } = [None, .. Enum.GetValues<PlaceRelation>().Where(place => place >= PlaceRelation.Left).Select(Selection.Words)];

    /// <summary>The answers to "where relative to another object".</summary>
    public static string[] Relations { get; } = [None, .. Enum.GetValues<PlaceRelation>().Where(place => place is > PlaceRelation.None and < PlaceRelation.Left).Select(Selection.Words)];

    /// <summary>The answers to "distinguished by which size".</summary>
    public static string[] Sizes { get; } = [None, .. Enum.GetNames<SelectionSize>().Skip(1).Select(name => name.ToLowerInvariant())];

    /// <summary>The selections of an answer.</summary>
    /// <param name="target">The target it names; several are separated by full stops.</param>
    /// <param name="answer">The whole answer.</param>
    public static IReadOnlyList<Selection> Read(string target, string answer)
    {
        List<Selection> named = [.. target.Split('.', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(phrase => Phrase(phrase) ?? new Selection { Noun = phrase })];
        return named.Count == 1 ? [Told(named[0], answer)] : named;
    }

    private static Selection? Phrase(string? text) =>
        string.IsNullOrWhiteSpace(text) || text.Trim().Equals(None, StringComparison.OrdinalIgnoreCase) ? null
        : SelectionReader.Read([.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => new Word(word.ToLowerInvariant(), word))]) is { Noun.Length: > 0 } read ? read
        : null;

    private static Selection Told(Selection named, string answer)
    {
        string? number = AnswerReader.Value(answer, "number")?.ToLowerInvariant();
        int? count = number is null ? null : Amounts.Number(number);
        int? ordinal = AnswerReader.Value(answer, "ordinal") is { } nth && double.TryParse(nth, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is >= 1 and <= Most ? (int)value : null;
        PlaceRelation place = Member(answer, "place", Places, PlaceRelation.Left);
        PlaceRelation relation = Member(answer, "relation", Relations, PlaceRelation.On);
        SelectionSize size = Array.IndexOf(Sizes, AnswerReader.Value(answer, "size")?.ToLowerInvariant()) is > 0 and int index ? (SelectionSize)index : named.Size;
        Selection? anchor = Phrase(AnswerReader.Value(answer, "anchor"));
        Selection? except = Phrase(AnswerReader.Value(answer, "except"));
        bool related = relation != PlaceRelation.None && anchor is not null;
        bool counts = place != PlaceRelation.None || size != SelectionSize.None;
        return named with
        {
            Number = number is "all" or "every" or "both" && count is null ? SelectionNumber.All : count is null && number is not "one" ? named.Number : SelectionNumber.Exactly,
            Count = count ?? named.Count,
            Place = place == PlaceRelation.None ? named.Place : place,
            Ordinal = counts && ordinal is { } which ? which : named.Ordinal,
            Size = size,
            Relation = related ? relation : named.Relation,
            Anchors = related ? [anchor!] : named.Anchors,
            Except = except is null ? named.Except : [except],
        };
    }

    private static PlaceRelation Member(string answer, string field, string[] words, PlaceRelation first) =>
        Array.IndexOf(words, AnswerReader.Value(answer, field)?.ToLowerInvariant().Replace('-', ' ').Replace('_', ' ')) is > 0 and int index ? first + index - 1 : PlaceRelation.None;
}
