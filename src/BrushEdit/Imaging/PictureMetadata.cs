namespace BrushEdit.Imaging;

/// <summary>What a file says about its picture besides the samples. The blocks are as they stand in the file.</summary>
/// <remarks>The arrays are shared and must not be changed.</remarks>
public sealed record PictureMetadata
{
    /// <summary>No metadata.</summary>
    public static PictureMetadata None { get; } = new();

    /// <summary>The ICC profile that the samples are in; null for sRGB, its grey, or unspecified CMYK.</summary>
    public byte[]? IccProfile { get; init; }

    /// <summary>The EXIF block, from its byte order mark on (no leading <c>Exif\0\0</c>), its orientation set to upright.</summary>
    public byte[]? Exif { get; init; }

    /// <summary>The XMP packet in UTF-8.</summary>
    public byte[]? Xmp { get; init; }

    /// <summary>The IPTC (IIM) block: of a TIFF its record, of a JPEG the whole Photoshop resource block that holds it.</summary>
    public byte[]? Iptc { get; init; }

    /// <summary>Pixels per millimetre across; 0 where the file says nothing.</summary>
    public double ResolutionX { get; init; }

    /// <summary>Pixels per millimetre down; 0 where the file says nothing.</summary>
    public double ResolutionY { get; init; }
}
