namespace BrushEdit.Imaging;

/// <summary>
/// A picture: its samples as stored in the file (8 or 16 bit; grey, RGB or CMYK; with or without alpha), its metadata, and its encoding.
/// Immutable; uses managed memory only.
/// </summary>
/// <remarks>
/// Models see <see cref="Rgb"/>, an 8-bit sRGB view; what they draw is merged by <see cref="Compose"/>, which leaves
/// every sample that it need not change as it was. Rows run from the top, bands are interleaved.
/// </remarks>
public sealed class Picture
{
    /// <summary>The maximum number of pixels in a picture.</summary>
    public const long MaxPixels = 500_000_000;

    private readonly byte[]? bytes;
    private readonly ushort[]? words;
    private readonly PictureSpace space;
    private byte[]? rgb;

    internal Picture(Array samples, int width, int height, bool hasAlpha, PictureSpace space)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        bytes = samples as byte[];
        words = samples as ushort[];
        Width = width;
        Height = height;
        HasAlpha = hasAlpha;
        this.space = space;
        if (samples.LongLength != (long)width * height * Bands)
        {
            throw new ArgumentException($"{samples.LongLength} samples do not make {width} x {height} pixels of {Bands} bands.", nameof(samples));
        }
    }

    /// <summary>Pixels across.</summary>
    public int Width { get; }

    /// <summary>Pixels down.</summary>
    public int Height { get; }

    /// <summary>Width and height as text: <c>64 x 48</c>.</summary>
    public string Size => $"{Width} x {Height}";

    /// <summary>What the samples mean.</summary>
    public PictureColor Color => space.Color;

    /// <summary>Whether the last band is alpha.</summary>
    public bool HasAlpha { get; }

    /// <summary>Bands per pixel, alpha included.</summary>
    public int Bands => space.Bands + (HasAlpha ? 1 : 0);

    /// <summary>Bits per sample: 8 or 16.</summary>
    public int BitDepth => bytes is null ? 16 : 8;

    /// <summary>The file it came from; null if it was created in memory.</summary>
    public string? Path { get; internal init; }

    /// <summary>The format of the file it came from, by content and not by name; PNG if it was created in memory.</summary>
    public PictureFormat Format { get; internal init; } = PictureFormat.Png;

    /// <summary>How the file it came from was encoded.</summary>
    public PictureEncoding Encoding { get; internal init; } = new();

    /// <summary>Dropped parts of the file that may be missed, such as a gain map or a film, each with the consequence; usually empty.</summary>
    public IReadOnlyList<string> Warnings { get; internal init; } = [];

    /// <summary>Parts of the file that show the original picture and are dropped, such as thumbnails.</summary>
    public IReadOnlyList<string> Notes { get; internal init; } = [];

    /// <summary>The coded file it came from, if parts of it can be copied unchanged; null for others.</summary>
    internal CodedSource? Source { get; init; }

    /// <summary>Profile, EXIF, XMP and similar metadata.</summary>
    public PictureMetadata Metadata { get; internal init; } = PictureMetadata.None;

    /// <summary>The samples of an 8-bit picture; empty for a 16-bit one.</summary>
    public ReadOnlySpan<byte> Samples8 => bytes;

    /// <summary>The samples of a 16-bit picture; empty for an 8-bit one.</summary>
    public ReadOnlySpan<ushort> Samples16 => words;

    /// <summary>
    /// The picture in 8-bit sRGB without alpha: Width * Height * 3 values, computed once. An embedded profile is honoured, CMYK
    /// is converted through its profile (a generic one if it has none), and the colours of transparent pixels are shown as stored.
    /// </summary>
    public ReadOnlySpan<byte> Rgb => SharedRgb();

    internal Array Samples => (Array?)bytes ?? words!;

    internal PictureSpace Space => space;

    /// <summary>Reads a picture file: JPEG, PNG, WebP, TIFF, AVIF or GIF, determined by its content. EXIF orientation is applied.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EditException">
    /// The file does not exist (NotFound), or cannot be read as a picture: not a picture, corrupt, truncated, too large (BadPicture).
    /// </exception>
    public static Picture Open(string path) => PictureReader.Read(path);

    /// <summary>An sRGB picture of 8 bit.</summary>
    /// <param name="rgb">Width * Height * 3 values.</param>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    /// <exception cref="ArgumentException">The number of values does not fit the size.</exception>
    public static Picture FromRgb(ReadOnlySpan<byte> rgb, int width, int height) => FromSamples(rgb, width, height, PictureColor.Rgb);

    /// <summary>A picture from its samples, 8 bit.</summary>
    /// <param name="samples">Interleaved bands, rows from the top.</param>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    /// <param name="color">What the bands mean.</param>
    /// <param name="hasAlpha">Whether a last band of alpha follows the colour.</param>
    /// <param name="metadata">Profile and similar metadata.</param>
    /// <exception cref="ArgumentException">The number of values does not fit the size.</exception>
    public static Picture FromSamples(ReadOnlySpan<byte> samples, int width, int height, PictureColor color, bool hasAlpha = false, PictureMetadata? metadata = null) =>
        new(samples.ToArray(), width, height, hasAlpha, new PictureSpace(color, metadata?.IccProfile)) { Metadata = metadata ?? PictureMetadata.None };

    /// <summary>A picture from its samples, 16 bit.</summary>
    /// <param name="samples">Interleaved bands, rows from the top.</param>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    /// <param name="color">What the bands mean.</param>
    /// <param name="hasAlpha">Whether a last band of alpha follows the colour.</param>
    /// <param name="metadata">Profile and similar metadata.</param>
    /// <exception cref="ArgumentException">The number of values does not fit the size.</exception>
    public static Picture FromSamples(ReadOnlySpan<ushort> samples, int width, int height, PictureColor color, bool hasAlpha = false, PictureMetadata? metadata = null) =>
        new(samples.ToArray(), width, height, hasAlpha, new PictureSpace(color, metadata?.IccProfile)) { Metadata = metadata ?? PictureMetadata.None };

    /// <summary>Returns a copy of <see cref="Rgb"/>, which the caller may change.</summary>
    public byte[] ToRgb() => SharedRgb().AsSpan().ToArray();

    /// <summary>The sRGB view at another size, with antialiasing.</summary>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    /// <param name="filter">The filter.</param>
    /// <returns>width * height * 3 values.</returns>
    public byte[] ToRgb(int width, int height, ResizeFilter filter = ResizeFilter.Bicubic) =>
        width == Width && height == Height ? ToRgb() : Resizer.Resize(SharedRgb(), Width, Height, 3, width, height, filter);

    /// <summary>Whether two pictures have the same size, bands and depth, and identical samples.</summary>
    /// <param name="other">The other picture.</param>
    public bool SameSamples(Picture other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Width == other.Width && Height == other.Height && Bands == other.Bands && Color == other.Color && BitDepth == other.BitDepth
            && Samples8.SequenceEqual(other.Samples8) && Samples16.SequenceEqual(other.Samples16);
    }

    /// <summary>The part under a box, with the same metadata. The box is expanded to whole pixels and clipped.</summary>
    /// <param name="box">The box.</param>
    /// <exception cref="EditException">Nothing of the box lies in the picture.</exception>
    public Picture Crop(Box box)
    {
        Box inside = box.Clip(Width, Height);
        if (inside.IsEmpty)
        {
            throw new EditException(EditFault.BadArgument, $"The box {box} lies outside the picture of {Width} x {Height}.", "Give a box that overlaps the picture.", box);
        }

        return Place(-inside.PixelLeft, -inside.PixelTop, inside.PixelWidth, inside.PixelHeight);
    }

    /// <summary>
    /// The picture on a larger (or, with negative numbers, smaller) canvas. New pixels repeat the nearest edge pixel; if
    /// there is alpha, they are opaque. Existing samples do not change.
    /// </summary>
    /// <param name="left">Columns added at the left.</param>
    /// <param name="top">Rows added above.</param>
    /// <param name="right">Columns added at the right.</param>
    /// <param name="bottom">Rows added below.</param>
    /// <exception cref="EditException">Nothing is left of the picture, or it would be too large.</exception>
    public Picture Extend(int left, int top, int right, int bottom)
    {
        long width = (long)Width + left + right;
        long height = (long)Height + top + bottom;
        if (width < 1 || height < 1 || left <= -Width || top <= -Height || right <= -Width || bottom <= -Height)
        {
            throw new EditException(EditFault.BadArgument, $"Extending {Width} x {Height} by {left},{top},{right},{bottom} leaves nothing.", "Remove fewer pixels.");
        }

        RequireSize(Path ?? "The picture", width, height, Bands);
        return Place(left, top, (int)width, (int)height);
    }

    /// <summary>
    /// Lays a drawn sRGB picture over this one, in this picture's own colours and depth:
    /// own + alpha * (drawn - own). Where alpha is 0, the own samples are preserved bit for bit.
    /// </summary>
    /// <param name="rgb">What was drawn: Width * Height * 3 values of sRGB.</param>
    /// <param name="alpha">Its opacity, 0 to 1: Width * Height values.</param>
    /// <param name="coverTransparency">
    /// False keeps the alpha band as it is. True lays the drawn pixels over as opaque ones (alpha + own * (1 - alpha), colours
    /// weighted accordingly), so that what is drawn into transparent parts can be seen.
    /// </param>
    /// <exception cref="ArgumentException">The number of values does not fit the size.</exception>
    public Picture Compose(ReadOnlySpan<byte> rgb, ReadOnlySpan<float> alpha, bool coverTransparency = false) =>
        PictureComposer.Compose(this, rgb, alpha, coverTransparency);

    /// <summary>
    /// The mask that the alpha band makes: a transparent pixel is edited (255), an opaque one kept (0), the others softly.
    /// </summary>
    /// <exception cref="EditException">The picture has no alpha (BadMask).</exception>
    public Mask AlphaMask() => Mask.FromAlpha(this);

    /// <summary>
    /// Writes the picture to a file. A JPEG that came from a JPEG keeps its unchanged coded blocks bit for bit, unless
    /// a quality or a subsampling is requested.
    /// </summary>
    /// <param name="path">The file; its extension determines the format unless the options do.</param>
    /// <param name="options">What differs from the file the picture came from.</param>
    /// <exception cref="EditException">The format cannot store it, or the file cannot be written (CannotWrite, BadArgument).</exception>
    /// <returns>What could not be kept, each with the reason; empty if everything was.</returns>
    public IReadOnlyList<string> Save(string path, PictureSaveOptions? options = null) => PictureWriter.Write(this, path, options ?? PictureSaveOptions.Default);

    /// <summary>Writes the picture in full under a temporary name beside its destination; <see cref="PendingFile.Commit"/> moves it there.</summary>
    /// <param name="path">The destination; its extension determines the format unless the options do.</param>
    /// <param name="options">What differs from the file the picture came from. The caller that commits applies the rule.</param>
    /// <exception cref="EditException">The format cannot store it, or the file cannot be written (CannotWrite, BadArgument).</exception>
    public PendingFile Prepare(string path, PictureSaveOptions? options = null) => PictureWriter.Prepare(this, path, options ?? PictureSaveOptions.Default);

    /// <summary>The same picture with other metadata. The profile must stay the same, since it defines the samples' colours.</summary>
    /// <param name="metadata">The new metadata.</param>
    public Picture WithMetadata(PictureMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return new(Samples, Width, Height, HasAlpha, space)
        {
            Path = Path,
            Format = Format,
            Encoding = Encoding,
            Metadata = metadata with { IccProfile = Metadata.IccProfile },
            Source = Source,
            Warnings = Warnings,
            Notes = Notes,
            rgb = rgb,
        };
    }

    /// <summary>A one-line description: size, kind, depth, format.</summary>
    public override string ToString() =>
        $"{Width} x {Height} {Color}{(HasAlpha ? " + alpha" : "")}, {BitDepth} bit, {Format}{(Path is null ? "" : $", {System.IO.Path.GetFileName(Path)}")}";

    /// <summary>Another picture of this kind with other samples.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="left">Columns that were added at the left.</param>
    /// <param name="top">Rows that were added above.</param>
    internal Picture With(Array samples, int width, int height, int left = 0, int top = 0) =>
        new(samples, width, height, HasAlpha, space) { Path = Path, Format = Format, Encoding = Encoding, Metadata = Metadata, Source = Source?.Moved(left, top) };

    /// <summary>Rejects sizes that are not supported.</summary>
    internal static void RequireSize(string name, long width, long height, int bands)
    {
        if (width * height > MaxPixels || width * height * bands > Array.MaxLength)
        {
            throw new EditException(
                EditFault.BadPicture,
                $"{name}: {width} x {height} pixels of {bands} band(s) are too many.",
                $"Pictures of up to {MaxPixels / 1_000_000} megapixels can be edited; crop or scale it down first.",
                name);
        }
    }

    private byte[] SharedRgb() => rgb ??= space.ToSrgb(this);

    private Picture Place(int left, int top, int width, int height)
    {
        Array target = bytes is null ? new ushort[width * height * Bands] : new byte[width * height * Bands];
        if (bytes is not null)
        {
            Place<byte>(bytes, (byte[])target, byte.MaxValue, left, top, width, height);
        }
        else
        {
            Place<ushort>(words, (ushort[])target, ushort.MaxValue, left, top, width, height);
        }

        return With(target, width, height, left, top);
    }

    private void Place<T>(ReadOnlySpan<T> source, Span<T> target, T opaque, int left, int top, int width, int height)
        where T : unmanaged
    {
        int bands = Bands;
        for (int y = 0; y < height; y++)
        {
            int sourceY = Math.Clamp(y - top, 0, Height - 1);
            bool newRow = y - top != sourceY;
            ReadOnlySpan<T> from = source.Slice(sourceY * Width * bands, Width * bands);
            Span<T> to = target.Slice(y * width * bands, width * bands);
            for (int x = 0; x < width; x++)
            {
                int sourceX = Math.Clamp(x - left, 0, Width - 1);
                from.Slice(sourceX * bands, bands).CopyTo(to[(x * bands)..]);
                if (HasAlpha && (newRow || x - left != sourceX))
                {
                    to[(x * bands) + bands - 1] = opaque;
                }
            }
        }
    }
}
