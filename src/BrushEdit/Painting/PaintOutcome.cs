using BrushEdit.Editing;

namespace BrushEdit.Painting;

/// <summary>How the painting of one picture ended.</summary>
/// <param name="End">How.</param>
/// <param name="Edit">The edit with its new mask; null if it was not done.</param>
internal sealed record PaintOutcome(PaintEnd End, ImageEdit? Edit = null);

/// <summary>How painting ends.</summary>
internal enum PaintEnd
{
    /// <summary>The user is content.</summary>
    Done,

    /// <summary>The user cancelled this picture.</summary>
    Cancelled,

    /// <summary>The page was closed, or does not answer any more.</summary>
    Closed,
}
