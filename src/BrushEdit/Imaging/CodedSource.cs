namespace BrushEdit.Imaging;

/// <summary>The encoded file that a picture came from, and the position of that picture on the current canvas.</summary>
/// <param name="File">The file, from its first byte to the picture's end; for a TIFF, with all its pages.</param>
/// <param name="Orientation">The orientation that the file states, 1 to 8; the picture is upright.</param>
/// <param name="Width">Pixels across, upright.</param>
/// <param name="Height">Pixels down, upright.</param>
internal sealed record CodedSource(byte[] File, int Orientation, int Width, int Height)
{
    /// <summary>Columns between the left of the canvas and that of the picture; negative if it was cropped.</summary>
    public int Left { get; private init; }

    /// <summary>Rows between the top of the canvas and that of the picture; negative if it was cropped.</summary>
    public int Top { get; private init; }

    /// <summary>The source of a picture whose canvas grew.</summary>
    /// <param name="left">Columns added at the left.</param>
    /// <param name="top">Rows added above.</param>
    public CodedSource Moved(int left, int top) => left == 0 && top == 0 ? this : this with { Left = Left + left, Top = Top + top };
}
