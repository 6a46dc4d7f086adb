namespace BrushEdit.Imaging;

/// <summary>The file formats that pictures are read from and written to.</summary>
public enum PictureFormat
{
    /// <summary>PNG: lossless, 8 or 16 bit, grey or RGB, with or without alpha.</summary>
    Png,

    /// <summary>JPEG: lossy, 8 bit, grey, RGB or CMYK, no alpha.</summary>
    Jpeg,

    /// <summary>WebP: lossy or lossless, 8 bit, RGB, with or without alpha.</summary>
    WebP,

    /// <summary>TIFF: lossless as written here, 8 or 16 bit, grey, RGB or CMYK, with or without alpha.</summary>
    Tiff,

    /// <summary>AVIF: lossy or lossless, 8 to 12 bit, RGB, with or without alpha.</summary>
    Avif,

    /// <summary>GIF: 256 colours, of which one may be transparent.</summary>
    Gif,
}

/// <summary>Formats and the extensions of file names.</summary>
public static class PictureFormats
{
    /// <summary>The usual extension of a format, with its point: <c>.png</c>, <c>.jpg</c>, <c>.webp</c>, <c>.tif</c>, <c>.avif</c>, <c>.gif</c>.</summary>
    /// <param name="format">The format.</param>
    public static string Extension(this PictureFormat format) => format switch
    {
        PictureFormat.Png => ".png",
        PictureFormat.Jpeg => ".jpg",
        PictureFormat.WebP => ".webp",
        PictureFormat.Avif => ".avif",
        PictureFormat.Gif => ".gif",
        _ => ".tif",
    };

    /// <summary>The format for a file name's extension; null if the extension is not supported.</summary>
    /// <param name="path">A path or name.</param>
    public static PictureFormat? OfExtension(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".png" => PictureFormat.Png,
        ".jpg" or ".jpeg" or ".jpe" or ".jfif" => PictureFormat.Jpeg,
        ".webp" => PictureFormat.WebP,
        ".tif" or ".tiff" => PictureFormat.Tiff,
        ".avif" => PictureFormat.Avif,
        ".gif" => PictureFormat.Gif,
        _ => null,
    };
}

/// <summary>What the samples of a picture mean.</summary>
public enum PictureColor
{
    /// <summary>One band: grey.</summary>
    Grey,

    /// <summary>Three bands: red, green, blue, in the embedded profile's space, or sRGB if none is embedded.</summary>
    Rgb,

    /// <summary>Four bands: cyan, magenta, yellow, black, 0 = no ink.</summary>
    Cmyk,
}

/// <summary>How a TIFF's samples are packed. Only lossless ones are written.</summary>
public enum TiffCompression
{
    /// <summary>Uncompressed.</summary>
    None,

    /// <summary>LZW.</summary>
    Lzw,

    /// <summary>Deflate (ZIP).</summary>
    Deflate,

    /// <summary>PackBits.</summary>
    PackBits,
}

/// <summary>How a picture was encoded in the file it came from, so that it can be written in the same way.</summary>
public sealed record PictureEncoding
{
    /// <summary>
    /// Lossy quality from 1 to 100: of a JPEG, the one whose standard tables come closest to the file's; null if nothing is
    /// known (not a JPEG, or a lossless file).
    /// </summary>
    public int? Quality { get; init; }

    /// <summary>
    /// Chroma subsampling of a JPEG as it is usually written: <c>4:4:4</c>, <c>4:2:2</c>, <c>4:2:0</c> ...; null for others.
    /// </summary>
    public string? ChromaSubsampling { get; init; }

    /// <summary>Whether it is an interlaced PNG or a progressive JPEG.</summary>
    public bool Interlaced { get; init; }

    /// <summary>Whether the file's encoding is lossless: PNG, TIFF except for JPEG-in-TIFF, WebP with a lossless body.</summary>
    public bool Lossless { get; init; } = true;

    /// <summary>A TIFF's compression; Deflate for others, and for a TIFF compressed by a method that is not written here.</summary>
    public TiffCompression TiffCompression { get; init; } = TiffCompression.Deflate;

    /// <summary>Pictures in the file. Only the first is edited.</summary>
    public int PageCount { get; init; } = 1;

    /// <summary>A GIF's colours, as libvips returns them, so that they are preserved; null for others.</summary>
    internal int[]? Palette { get; init; }

    /// <summary>Bits per sample of an AVIF in the file: 8, 10 or 12; null for others.</summary>
    internal int? CodedBits { get; init; }
}
