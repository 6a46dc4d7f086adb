using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>A selection as plan files store it: parts that are not specified are omitted.</summary>
internal sealed record StoredSelection
{
    private const int MostDepth = 4;
    private const int MostParts = 16;
    private const int MostCount = 1000;

    public string? Noun { get; init; }

    public string? Look { get; init; }

    public SelectionNumber? Number { get; init; }

    public int? Count { get; init; }

    public PlaceRelation? Place { get; init; }

    public SelectionSize? Size { get; init; }

    public int? Ordinal { get; init; }

    public PlaceRelation? Relation { get; init; }

    public StoredSelection[]? Anchors { get; init; }

    public StoredSelection[]? Except { get; init; }

    /// <summary>Converts a selection to its stored form.</summary>
    /// <param name="selection">The selection.</param>
    public static StoredSelection Of(Selection selection) => new()
    {
        Noun = selection.Noun.Length == 0 ? null : selection.Noun,
        Look = selection.Look,
        Number = selection.Number,
        Count = selection.Count == 1 ? null : selection.Count,
        Place = selection.Place == PlaceRelation.None ? null : selection.Place,
        Size = selection.Size == SelectionSize.None ? null : selection.Size,
        Ordinal = selection.Ordinal == 1 ? null : selection.Ordinal,
        Relation = selection.Relation == PlaceRelation.None ? null : selection.Relation,
        Anchors = selection.Anchors.Count == 0 ? null : [.. selection.Anchors.Select(Of)],
        Except = selection.Except.Count == 0 ? null : [.. selection.Except.Select(Of)],
    };

    /// <summary>Returns the selection, or reports a fault if it is invalid.</summary>
    /// <param name="fault">What is wrong with it; null if it is valid.</param>
    public Selection Read(out string? fault) => Read(0, out fault);

    private Selection Read(int depth, out string? fault)
    {
        List<string?> faults = [Fault(depth)];
        Selection[] Parts(StoredSelection[]? parts) => faults[0] is not null || parts is null ? [] : [.. parts.Select(part =>
        {
            Selection read = part.Read(depth + 1, out string? wrong);
            faults.Add(wrong);
            return read;
        })];
        Selection selection = new()
        {
            Noun = Noun ?? string.Empty,
            Look = Look,
            Number = Number ?? SelectionNumber.Some,
            Count = Count ?? 1,
            Place = Place ?? PlaceRelation.None,
            Size = Size ?? SelectionSize.None,
            Ordinal = Ordinal ?? 1,
            Relation = Relation ?? PlaceRelation.None,
            Anchors = Parts(Anchors),
            Except = Parts(Except),
        };
        fault = faults.FirstOrDefault(wrong => wrong is not null);
        return selection;
    }

    private string? Fault(int depth) =>
        depth > MostDepth || Anchors?.Length > MostParts || Except?.Length > MostParts ? "a selection has too many parts"
        : Anchors?.Contains(null!) == true || Except?.Contains(null!) == true ? "a selection has an empty part"
        : Count is < 1 or > MostCount || Ordinal is < 1 or > MostCount ? $"count and ordinal of a selection must be from 1 to {MostCount}"
        : Place is { } place && (!Enum.IsDefined(place) || place is > PlaceRelation.None and < PlaceRelation.Left) ? $"'{place}' is not a place in the picture"
        : Relation is { } relation && (!Enum.IsDefined(relation) || relation >= PlaceRelation.Left) ? $"'{relation}' is not a relation to another object"
        : Relation is not (null or PlaceRelation.None) && Anchors is null or { Length: 0 } ? "a relation of a selection has no anchors"
        : Number is { } number && !Enum.IsDefined(number) ? "number must be one of Some, Exactly, All"
        : Size is { } size && !Enum.IsDefined(size) ? "size of a selection is unknown"
        : depth == 0 && string.IsNullOrWhiteSpace(Noun) ? "a selection has no noun"
        : PlanCheck.TargetFault(Noun is null ? "thing" : $"{Look} {Noun}", EditType.Remove);
}
