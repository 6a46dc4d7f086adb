namespace BrushEdit.Tagging;

/// <summary>What a file says about its picture, without anything that shows the picture as it was before an edit.</summary>
internal sealed record FileMetadata
{
    /// <summary>The EXIF block, from its byte order mark on.</summary>
    public byte[]? Exif { get; init; }

    /// <summary>The XMP packet.</summary>
    public byte[]? Xmp { get; init; }

    /// <summary>The IPTC record, or the Photoshop resources that hold it.</summary>
    public byte[]? Iptc { get; init; }

    /// <summary>Texts that other formats can hold as well.</summary>
    public IReadOnlyList<MetadataText> Texts { get; init; } = [];

    /// <summary>Parts that only this format holds; the texts are among them as they stand in the file.</summary>
    public IReadOnlyList<MetadataBlock> Blocks { get; init; } = [];

    /// <summary>What was left out.</summary>
    public LeftOut LeftOut { get; init; } = new();
}
