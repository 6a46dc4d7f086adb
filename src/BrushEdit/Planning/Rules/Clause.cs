using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>The request in one clause of an instruction.</summary>
internal sealed record Clause
{
    /// <summary>The kind of edit; null if the clause only mentions or keeps something.</summary>
    public EditType? Type { get; init; }

    /// <summary>What is edited; for a new background, the foreground that stays.</summary>
    public IReadOnlyList<Selection> Targets { get; init; } = [];

    /// <summary>The new content, or what the target becomes: "a blue ball", "night", "Paris".</summary>
    public string? Content { get; init; }

    /// <summary>Only the new look, if an object keeps its kind: "blue".</summary>
    public string? Look { get; init; }

    /// <summary>Where an addition is placed, or the preposition of a new background.</summary>
    public PlacePhrase? Place { get; init; }

    /// <summary>What must stay unchanged.</summary>
    public IReadOnlyList<Selection> Kept { get; init; } = [];

    /// <summary>The words for the place that an object is removed from: "the sofa" in "remove the dog from the sofa".</summary>
    public string? From { get; init; }

    /// <summary>Whether it replaces what the previous clause named.</summary>
    public bool InPlace { get; init; }

    /// <summary>Why the clause cannot be acted on; null if it can.</summary>
    public string? Fault { get; init; }

    /// <summary>A doubt about the interpretation.</summary>
    public string? Doubt { get; init; }

    /// <summary>A clause that cannot be acted on.</summary>
    public static Clause Refused(string why) => new() { Fault = why };
}
