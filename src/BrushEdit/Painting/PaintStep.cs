namespace BrushEdit.Painting;

/// <summary>One operation on a mask on the page, in pixels of the picture, so that it can be repeated at any size.</summary>
internal abstract record PaintStep;

/// <summary>A stroke of the brush or the eraser.</summary>
/// <param name="Points">The path of the brush, with its radius at each point.</param>
/// <param name="Softness">The share of the radius over which the brush fades out, in [0, 1]; 0 is hard.</param>
/// <param name="Erases">Whether it erases.</param>
internal sealed record StrokeStep(IReadOnlyList<StrokePoint> Points, double Softness, bool Erases) : PaintStep;

/// <summary>A position of the brush.</summary>
/// <param name="X">Column.</param>
/// <param name="Y">Row.</param>
/// <param name="Radius">The brush's radius.</param>
internal readonly record struct StrokePoint(double X, double Y, double Radius);

/// <summary>A shape with a hard edge.</summary>
/// <param name="Kind">The kind of shape.</param>
/// <param name="Corners">Two opposite corners of a rectangle or of the box around an ellipse; three or more of a polygon.</param>
/// <param name="Erases">Whether it erases.</param>
internal sealed record ShapeStep(PaintShape Kind, IReadOnlyList<(double X, double Y)> Corners, bool Erases) : PaintStep;

/// <summary>An operation on the whole mask.</summary>
/// <param name="Kind">The operation.</param>
/// <param name="Radius">Pixels to grow or shrink by.</param>
internal sealed record WholeStep(WholeChange Kind, int Radius = 0) : PaintStep;

/// <summary>A mask that the session created, such as an outline, added or subtracted.</summary>
/// <param name="Mask">The mask.</param>
/// <param name="Erases">Whether it is subtracted.</param>
internal sealed record MaskStep(PackedMask Mask, bool Erases) : PaintStep;

/// <summary>The shapes.</summary>
internal enum PaintShape
{
    /// <summary>A rectangle.</summary>
    Rectangle,

    /// <summary>An ellipse in a box.</summary>
    Ellipse,

    /// <summary>A polygon, by the even-odd rule.</summary>
    Polygon,
}

/// <summary>The operations on a whole mask.</summary>
internal enum WholeChange
{
    /// <summary>Edit and keep exchanged.</summary>
    Invert,

    /// <summary>Nothing is edited.</summary>
    Clear,

    /// <summary>Everything is edited.</summary>
    All,

    /// <summary>Grown by a disk.</summary>
    Grow,

    /// <summary>Shrunk by a disk.</summary>
    Shrink,

    /// <summary>Holes filled.</summary>
    FillHoles,
}
