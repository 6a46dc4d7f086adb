namespace BrushEdit.Imaging;

/// <summary>What differs from the original file when a picture is written. Null keeps the original's value.</summary>
public sealed record PictureSaveOptions
{
    /// <summary>Everything as in the original.</summary>
    public static PictureSaveOptions Default { get; } = new();

    /// <summary>
    /// The format. Null uses the one that the file name's extension stands for (.png; .jpg, .jpeg, .jpe, .jfif; .webp; .tif, .tiff),
    /// or else the one the picture came in. A picture that came under a wrong extension and is saved under the same one keeps its format.
    /// </summary>
    public PictureFormat? Format { get; init; }

    /// <summary>
    /// Quality of a lossy format, 1 to 100. Null keeps a JPEG's own; 92 for a picture that came from another format, 90 for a
    /// lossy WebP. A number makes a WebP lossy unless <see cref="Lossless"/> says otherwise.
    /// </summary>
    public int? Quality { get; init; }

    /// <summary>
    /// Chroma subsampling of a JPEG: <c>4:4:4</c> or <c>4:2:0</c>, the two that libvips writes. Null keeps a JPEG's own, whatever
    /// it is, as long as the file can be rewritten block by block; else 4:4:4 stands for any other, so that no colour is lost; a picture that came as something else gets
    /// 4:4:4 at a quality of 90 or higher, else 4:2:0.
    /// </summary>
    public string? ChromaSubsampling { get; init; }

    /// <summary>Whether a WebP is lossless. Null: lossless if the picture came from a lossless file and no quality is given.</summary>
    public bool? Lossless { get; init; }

    /// <summary>How a TIFF is compressed. Null keeps a TIFF's own; Deflate for others.</summary>
    public TiffCompression? TiffCompression { get; init; }

    /// <summary>
    /// The background colour in sRGB for transparent parts if the format has no alpha (JPEG). Null refuses to write a picture with
    /// transparent parts to such a format.
    /// </summary>
    public (byte R, byte G, byte B)? Background { get; init; }

    /// <summary>Whether EXIF, XMP and IPTC are written. The ICC profile always is, since it defines the samples' colours.</summary>
    public bool KeepMetadata { get; init; } = true;

    /// <summary>
    /// Parameters to store in the file (in its XMP packet, beside existing content), such as seed and caption;
    /// <see cref="PictureParameters.Read"/> returns them. Null stores none, and leaves those of an earlier edit.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>What may be done with an existing file of that name. The file the picture came from is never replaced.</summary>
    public WriteRule Rule { get; init; } = WriteRule.CreateNew;
}
