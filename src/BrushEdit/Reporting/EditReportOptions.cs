namespace BrushEdit.Reporting;

/// <summary>The settings of a report.</summary>
public sealed record EditReportOptions
{
    /// <summary>The page's heading.</summary>
    public string Title { get; init; } = "Edited pictures";

    /// <summary>The maximum length of a picture's longer side on the page, in pixels, 64 to 4096.</summary>
    public int MaxSide { get; init; } = 800;

    /// <summary>Whether an existing file of that name is replaced.</summary>
    public bool Overwrite { get; init; }
}
