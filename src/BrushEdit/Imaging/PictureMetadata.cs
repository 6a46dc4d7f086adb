using BrushEdit.Tagging;

namespace BrushEdit.Imaging;

/// <summary>The metadata of a picture file. The blocks are kept as stored in the file.</summary>
/// <remarks>The arrays are shared and must not be changed.</remarks>
public sealed record PictureMetadata
{
    /// <summary>No metadata.</summary>
    public static PictureMetadata None { get; } = new();

    /// <summary>The ICC profile of the samples; null for sRGB, its grey, or unspecified CMYK.</summary>
    public byte[]? IccProfile { get; init; }

    /// <summary>The EXIF block, starting at its byte order mark (no leading <c>Exif\0\0</c>), its orientation set to upright.</summary>
    public byte[]? Exif { get; init; }

    /// <summary>The XMP packet in UTF-8.</summary>
    public byte[]? Xmp { get; init; }

    /// <summary>The IPTC (IIM) block: the record itself for a TIFF, the whole Photoshop resource block that contains it for a JPEG or PNG.</summary>
    public byte[]? Iptc { get; init; }

    /// <summary>Texts stored with the picture: a PNG's text chunks, the comments of a JPEG or GIF.</summary>
    public IReadOnlyList<MetadataText> Texts { get; init; } = [];

    /// <summary>Parts that only files of the format hold: a PNG's gamma and texts, a JPEG's comments and makers' segments, a TIFF's further fields.</summary>
    internal IReadOnlyList<MetadataBlock> Blocks { get; init; } = [];

    /// <summary>Pixels per millimetre across; 0 if the file does not state it.</summary>
    public double ResolutionX { get; init; }

    /// <summary>Pixels per millimetre down; 0 if the file does not state it.</summary>
    public double ResolutionY { get; init; }

    /// <summary>The parts needed to interpret the samples: the profile, the resolution, and the segments that define a JPEG's colours.</summary>
    internal PictureMetadata Bare() => new()
    {
        IccProfile = IccProfile,
        ResolutionX = ResolutionX,
        ResolutionY = ResolutionY,
        Blocks = [.. Blocks.Where(block => block.Kind == BlockKind.Jpeg && (block.Body.AsSpan().StartsWith("JFIF\0"u8) || block.Body.AsSpan().StartsWith("Adobe"u8)))],
    };

    /// <summary>Returns the metadata with a picture's size and orientation updated in the blocks that state them.</summary>
    /// <param name="width">Pixels across, as stored.</param>
    /// <param name="height">Pixels down, as stored.</param>
    /// <param name="orientation">The stored orientation, 1 to 8; null leaves the stated one unchanged.</param>
    internal PictureMetadata OfForm(int width, int height, int? orientation) => this with
    {
        Exif = Exif is null ? null : orientation is { } turned ? ExifBlock.WithOrientation(ExifBlock.WithSize(Exif, width, height), turned) : ExifBlock.WithSize(Exif, width, height),
        Xmp = XmpPacket.WithForm(Xmp, width, height, orientation),
    };
}
