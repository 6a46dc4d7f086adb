using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>The result of parsing an instruction with the rules.</summary>
public sealed record ParsedInstruction
{
    /// <summary>Which of the five kinds of edit this is.</summary>
    public required EditType Type { get; init; }

    /// <summary>
    /// Which objects are edited and how many, each name with at most five words; for a new background the foreground that stays, empty if it is not
    /// named; empty for an addition and for the whole picture.
    /// </summary>
    public IReadOnlyList<Selection> Selection { get; init; } = [];

    /// <summary>Only the names of the selected objects.</summary>
    public IReadOnlyList<string> Targets => [.. Selection.Select(one => one.Phrase)];

    /// <summary>What is added, or what the target becomes, with its article: "a blue ball"; null for a removal.</summary>
    public string? NewContent { get; init; }

    /// <summary>The new look alone, if an object keeps its kind: "blue"; null otherwise.</summary>
    public string? Look { get; init; }

    /// <summary>Where an addition is placed.</summary>
    public PlaceRelation Relation { get; init; }

    /// <summary>The anchors of an addition's place; empty for a part of the picture.</summary>
    public IReadOnlyList<Selection> Anchors { get; init; } = [];

    /// <summary>The words that describe the place: "on the table", "in Paris"; null if there are none.</summary>
    public string? PlaceText { get; init; }

    /// <summary>The place that an object is removed from: "the sofa"; null if none was given.</summary>
    public string? RemovedFrom { get; init; }

    /// <summary>What the user wants to keep unchanged.</summary>
    public IReadOnlyList<Selection> Kept { get; init; } = [];

    /// <summary>Corrected typing errors, and doubts about the interpretation.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The confidence of the interpretation, in [0, 1].</summary>
    public double Confidence { get; init; } = 1;

    /// <summary>The targets as a detector reads them, separated by full stops: "red ball. green tree"; null for none.</summary>
    public string? Target => Selection.Count == 0 ? null : string.Join(". ", Targets);
}
