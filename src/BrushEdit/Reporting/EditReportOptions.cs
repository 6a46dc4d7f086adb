namespace BrushEdit.Reporting;

/// <summary>The settings of a report.</summary>
public sealed record EditReportOptions
{
    /// <summary>The page's heading.</summary>
    public string Title { get; init; } = "Edited pictures";

    /// <summary>Pixels the longer side of a picture on the page has at most, 64 to 4096.</summary>
    public int MaxSide { get; init; } = 800;

    /// <summary>Whether a file of that name is replaced.</summary>
    public bool Overwrite { get; init; }
}
