using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>What one clause of an instruction asks for.</summary>
internal sealed record Clause
{
    /// <summary>The kind of edit; null if the clause only mentions or keeps something.</summary>
    public EditType? Type { get; init; }

    /// <summary>What is edited; for a new background the foreground that stays.</summary>
    public IReadOnlyList<Selection> Targets { get; init; } = [];

    /// <summary>What comes, or becomes: "a blue ball", "night", "Paris".</summary>
    public string? Content { get; init; }

    /// <summary>The new look alone, where a thing keeps its kind: "blue".</summary>
    public string? Look { get; init; }

    /// <summary>Where an addition goes, or the preposition of a new background.</summary>
    public PlacePhrase? Place { get; init; }

    /// <summary>What must stay as it is.</summary>
    public IReadOnlyList<Selection> Kept { get; init; } = [];

    /// <summary>The words of the place a removed thing was on: "the sofa" of "remove the dog from the sofa".</summary>
    public string? From { get; init; }

    /// <summary>Whether it puts something in place of what the clause before named.</summary>
    public bool InPlace { get; init; }

    /// <summary>Why the clause cannot be acted on; null if it can.</summary>
    public string? Fault { get; init; }

    /// <summary>A doubt about the reading.</summary>
    public string? Doubt { get; init; }

    /// <summary>A clause that cannot be acted on.</summary>
    public static Clause Refused(string why) => new() { Fault = why };
}
