namespace BrushEdit.Tagging;

/// <summary>A part of a file that only files of its own format hold, as it stands there: a JPEG's segment, a PNG's chunk, a TIFF's fields.</summary>
/// <param name="Kind">Whose part it is.</param>
/// <param name="Name">A PNG's or WebP's chunk name; a JPEG's marker in hexadecimal; empty for a TIFF's fields.</param>
/// <param name="Body">The bytes.</param>
internal sealed record MetadataBlock(BlockKind Kind, string Name, byte[] Body);

/// <summary>The formats that have parts of their own.</summary>
internal enum BlockKind
{
    /// <summary>A JPEG's segment.</summary>
    Jpeg,

    /// <summary>A PNG's chunk.</summary>
    Png,

    /// <summary>A TIFF's fields, as a block with a header of its own.</summary>
    Tiff,
}
