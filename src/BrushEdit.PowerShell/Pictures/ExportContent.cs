namespace BrushEdit.PowerShell;

/// <summary>The part of an edit that is written to a file.</summary>
public enum ExportContent
{
    /// <summary>The edited picture.</summary>
    Result,

    /// <summary>The picture before the edit.</summary>
    Picture,

    /// <summary>The mask, white = edit.</summary>
    Mask,

    /// <summary>The picture with its mask tinted and outlined.</summary>
    Overlay,

    /// <summary>The picture with the boxes that were found, each with its phrase and score.</summary>
    Detections,

    /// <summary>Picture, overlay and results side by side, small ones magnified.</summary>
    Comparison,
}
