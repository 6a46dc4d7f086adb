namespace BrushEdit.Editing;

/// <summary>The size that distinguishes an object from others of its kind.</summary>
public enum SelectionSize
{
    /// <summary>Size is not used.</summary>
    None,

    /// <summary>The largest area.</summary>
    Largest,

    /// <summary>The smallest area.</summary>
    Smallest,

    /// <summary>The greatest height.</summary>
    Tallest,

    /// <summary>The least height.</summary>
    Shortest,

    /// <summary>The greatest width.</summary>
    Widest,

    /// <summary>The least width.</summary>
    Narrowest,
}
