namespace BrushEdit.Imaging;

/// <summary>What differs from the original file when a picture is written. Null keeps the original's value.</summary>
public sealed record PictureSaveOptions
{
    /// <summary>Everything as it was.</summary>
    public static PictureSaveOptions Default { get; } = new();

    /// <summary>
    /// The format. Null takes the one the file name's extension stands for (.png; .jpg, .jpeg, .jpe, .jfif; .webp; .tif, .tiff),
    /// or else the one the picture came in. A picture that came under a wrong extension and goes out under the same keeps its own.
    /// </summary>
    public PictureFormat? Format { get; init; }

    /// <summary>
    /// Quality of a lossy format, 1 to 100. Null keeps a JPEG's own; 92 for a picture that came as something else, 90 for a
    /// lossy WebP. A number makes a WebP lossy unless <see cref="Lossless"/> says otherwise.
    /// </summary>
    public int? Quality { get; init; }

    /// <summary>
    /// Chroma subsampling of a JPEG: <c>4:4:4</c> or <c>4:2:0</c>, the two that libvips writes. Null keeps a JPEG's own, whatever
    /// it is, as long as the file can be rewritten block by block; else 4:4:4 stands for any other, so that no colour is lost; a picture that came as something else gets
    /// 4:4:4 at a quality from 90, else 4:2:0.
    /// </summary>
    public string? ChromaSubsampling { get; init; }

    /// <summary>Whether a WebP is lossless. Null: where the picture came from a lossless file and no quality is asked for.</summary>
    public bool? Lossless { get; init; }

    /// <summary>How a TIFF is packed. Null keeps a TIFF's own; Deflate for others.</summary>
    public TiffCompression? TiffCompression { get; init; }

    /// <summary>
    /// What transparent parts are laid on where the format has no alpha (JPEG), in sRGB. Null refuses to write a picture with
    /// transparent parts so.
    /// </summary>
    public (byte R, byte G, byte B)? Background { get; init; }

    /// <summary>Whether EXIF, XMP and IPTC are written. The ICC profile always is, since the samples mean nothing without it.</summary>
    public bool KeepMetadata { get; init; } = true;

    /// <summary>
    /// Parameters to store in the file (in its XMP packet, beside what is there), such as seed and caption;
    /// <see cref="PictureParameters.Read"/> gives them back. Null stores none, and leaves those of an earlier edit.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>What may be done with a file of that name that is there. The file the picture came from is never replaced.</summary>
    public WriteRule Rule { get; init; } = WriteRule.CreateNew;
}
