namespace BrushEdit.Tagging;

/// <summary>A file's metadata, without anything that shows the picture before an edit.</summary>
internal sealed record FileMetadata
{
    /// <summary>The EXIF block, starting at its byte order mark.</summary>
    public byte[]? Exif { get; init; }

    /// <summary>The XMP packet.</summary>
    public byte[]? Xmp { get; init; }

    /// <summary>The IPTC record, or the Photoshop resources that contain it.</summary>
    public byte[]? Iptc { get; init; }

    /// <summary>Texts that other formats can also store.</summary>
    public IReadOnlyList<MetadataText> Texts { get; init; } = [];

    /// <summary>Parts specific to this format, including the texts as stored in the file.</summary>
    public IReadOnlyList<MetadataBlock> Blocks { get; init; } = [];

    /// <summary>What was left out.</summary>
    public LeftOut LeftOut { get; init; } = new();
}
