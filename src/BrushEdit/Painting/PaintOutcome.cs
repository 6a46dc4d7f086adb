using BrushEdit.Editing;

namespace BrushEdit.Painting;

/// <summary>How the painting of one picture ended.</summary>
/// <param name="End">The way it ended.</param>
/// <param name="Edit">The edit with its new mask; null if painting was not completed.</param>
internal sealed record PaintOutcome(PaintEnd End, ImageEdit? Edit = null);

/// <summary>How painting ends.</summary>
internal enum PaintEnd
{
    /// <summary>The user accepted the mask.</summary>
    Done,

    /// <summary>The user cancelled this picture.</summary>
    Cancelled,

    /// <summary>The page was closed, or no longer responds.</summary>
    Closed,
}
