using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>What the rules read in an instruction.</summary>
public sealed record ParsedInstruction
{
    /// <summary>Which of the five kinds of edit it is.</summary>
    public required EditType Type { get; init; }

    /// <summary>
    /// What is edited, each name at most five words, with which and how many; for a new background the foreground that stays, empty if
    /// it is not named; empty for an addition and for the whole picture.
    /// </summary>
    public IReadOnlyList<Selection> Selection { get; init; } = [];

    /// <summary>The names alone.</summary>
    public IReadOnlyList<string> Targets => [.. Selection.Select(one => one.Phrase)];

    /// <summary>What comes, or what the target becomes, with its article: "a blue ball"; null for a removal.</summary>
    public string? NewContent { get; init; }

    /// <summary>The new look alone where a thing keeps its kind: "blue"; null otherwise.</summary>
    public string? Look { get; init; }

    /// <summary>Where an addition goes.</summary>
    public PlaceRelation Relation { get; init; }

    /// <summary>What the place of an addition relates to; empty for a part of the picture.</summary>
    public IReadOnlyList<Selection> Anchors { get; init; } = [];

    /// <summary>The words that said where: "on the table", "in Paris"; null if none did.</summary>
    public string? PlaceText { get; init; }

    /// <summary>The place a removed thing was taken from: "the sofa"; null if none was said.</summary>
    public string? RemovedFrom { get; init; }

    /// <summary>What the user wants kept as it is.</summary>
    public IReadOnlyList<Selection> Kept { get; init; } = [];

    /// <summary>Typing errors mended and doubts about the reading.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>How sure the reading is, in [0, 1].</summary>
    public double Confidence { get; init; } = 1;

    /// <summary>The targets as a detector reads them, full stops between: "red ball. green tree"; null for none.</summary>
    public string? Target => Selection.Count == 0 ? null : string.Join(". ", Targets);
}
