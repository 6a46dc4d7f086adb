using BrushEdit.Imaging;

namespace BrushEdit.Measuring;

/// <summary>An edited picture to be measured against its original.</summary>
/// <param name="Name">The name in tables.</param>
/// <param name="Original">The picture before the edit.</param>
/// <param name="Result">The picture after the edit.</param>
public sealed record MeasureItem(string Name, Picture Original, Picture Result)
{
    /// <summary>The edited region: above 0 = edited; if null, no part is measured.</summary>
    public Mask? Mask { get; init; }

    /// <summary>A caption of the result, for CLIP similarity; null for none.</summary>
    public string? Caption { get; init; }

    /// <summary>A caption of the original, for its own CLIP similarity; null for none.</summary>
    public string? SourceCaption { get; init; }

    /// <summary>The method that produced the result, such as an engine's name; tables are grouped by it.</summary>
    public string Method { get; init; } = string.Empty;

    /// <summary>The kind of edit, as the benchmark or the plan names it; tables are grouped by it.</summary>
    public string EditType { get; init; } = string.Empty;

    /// <summary>The duration of the edit in seconds; null if unknown.</summary>
    public double? Seconds { get; init; }

    /// <summary>The true result; null if unknown.</summary>
    public Picture? Truth { get; init; }

    /// <summary>Whether the edit succeeded, by rules that know the truth; null if unknown.</summary>
    public bool? Right { get; init; }
}
