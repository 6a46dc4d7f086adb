namespace BrushEdit.Tagging;

/// <summary>A format-specific part of a file, as stored: a JPEG's segment, a PNG's chunk, a TIFF's fields.</summary>
/// <param name="Kind">The format of the part.</param>
/// <param name="Name">A PNG's or WebP's chunk name; a JPEG's marker in hexadecimal; empty for a TIFF's fields.</param>
/// <param name="Body">The bytes.</param>
internal sealed record MetadataBlock(BlockKind Kind, string Name, byte[] Body);

/// <summary>The formats with specific parts.</summary>
internal enum BlockKind
{
    /// <summary>A JPEG's segment.</summary>
    Jpeg,

    /// <summary>A PNG's chunk.</summary>
    Png,

    /// <summary>A TIFF's fields, as a block with its own header.</summary>
    Tiff,
}
