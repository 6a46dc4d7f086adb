using BrushEdit.Imaging;

namespace BrushEdit.Measuring;

/// <summary>An edited picture that is to be measured against its original.</summary>
/// <param name="Name">What it is called in tables.</param>
/// <param name="Original">The picture before the edit.</param>
/// <param name="Result">The picture after it.</param>
public sealed record MeasureItem(string Name, Picture Original, Picture Result)
{
    /// <summary>Where it was edited: above 0 = edited; null if it is not given, and then no part is measured.</summary>
    public Mask? Mask { get; init; }

    /// <summary>What the result shows, for CLIP similarity; null for none.</summary>
    public string? Caption { get; init; }

    /// <summary>What the original shows, for its own CLIP similarity; null for none.</summary>
    public string? SourceCaption { get; init; }

    /// <summary>What made the result, such as an engine's name; tables are grouped by it.</summary>
    public string Method { get; init; } = string.Empty;

    /// <summary>The kind of edit, as the benchmark or the plan names it; tables are grouped by it.</summary>
    public string EditType { get; init; } = string.Empty;

    /// <summary>Seconds the edit took; null if it is not given.</summary>
    public double? Seconds { get; init; }

    /// <summary>What the result should be, where that is known; null if not.</summary>
    public Picture? Truth { get; init; }

    /// <summary>Whether the edit did what was asked, by rules that know the truth; null if it is not known.</summary>
    public bool? Right { get; init; }
}
