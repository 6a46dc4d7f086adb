using System.Globalization;
using BrushEdit.Tagging;
using NetVips;

namespace BrushEdit.Imaging;

/// <summary>Reads picture files with libvips, identified by content and never by name.</summary>
internal static class PictureReader
{
    public static Picture Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(ReadBytes(path), path);
    }

    /// <summary>Decodes a picture file's content from memory.</summary>
    /// <param name="file">The content.</param>
    /// <param name="path">The name of the file in error messages.</param>
    public static Picture Read(byte[] file, string path)
    {
        PictureFormat format = FileKind.Require(file, path);
        return Guard(path, format, () =>
        {
            using Image image = Image.NewFromBuffer(file, access: Enums.Access.Sequential, failOn: Enums.FailOn.Error);
            using CancellationTokenRegistration stop = ReadCancellation.Current.Register(() => image.SetKill(true));
            return Decode(image, file, path, format);
        });
    }

    /// <summary>The XMP packet of a file, without decoding its samples.</summary>
    public static byte[]? ReadXmp(string path)
    {
        byte[] file = ReadBytes(path);
        PictureFormat format = FileKind.Require(file, path);
        return Guard(path, format, () =>
        {
            using Image image = Image.NewFromBuffer(file, access: Enums.Access.Sequential);
            return MetadataReader.Read(image, file, format, 1).Metadata.Xmp;
        });
    }

    private static T Guard<T>(string path, PictureFormat format, Func<T> read)
    {
        Vips.Ready();
        try
        {
            return read();
        }
        catch (VipsException e)
        {
            ReadCancellation.Current.ThrowIfCancellationRequested();
            throw new EditException(
                EditFault.BadPicture,
                $"{path}: the {format} file is broken or truncated ({FirstLine(e.Message)}).",
                "Copy or download it again, or save it again from the program that made it.",
                path,
                e);
        }
    }

    private static byte[] ReadBytes(string path)
    {
        if (Directory.Exists(path))
        {
            throw new EditException(EditFault.BadPicture, $"{path} is a folder, not a picture.", "Give the files in it.", path);
        }

        try
        {
            long length = File.Exists(path)
                ? RegularFile.Length(path)
                : throw new EditException(EditFault.NotFound, $"{path}: there is no such file.", "Check the path.", path);
            return length <= Array.MaxLength
                ? RegularFile.ReadAll(path, Array.MaxLength)
                : throw new EditException(EditFault.BadPicture, string.Create(CultureInfo.InvariantCulture, $"{path}: a file of {length:N0} bytes is too large."), "Files of up to 2 GB can be edited; crop or scale the picture down first.", path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new EditException(EditFault.BadPicture, $"{path}: the file cannot be read ({e.Message}).", "Check its permissions, and whether another program uses it.", path, e);
        }
    }

    private static Picture Decode(Image image, byte[] file, string path, PictureFormat format)
    {
        (PictureColor color, bool hasAlpha) = Meaning(image, path);
        Picture.RequireSize(path, image.Width, image.Height, image.Bands);
        RequirePlausible(path, format, file.Length, (long)image.Width * image.Height, image.Bands);
        Array samples = image.Format == Enums.BandFormat.Uchar ? image.WriteToMemory<byte>() : image.WriteToMemory<ushort>();
        int orientation = image.GetTypeOf("orientation") != 0 ? Convert.ToInt32(image.Get("orientation"), CultureInfo.InvariantCulture) : 1;
        (samples, int width, int height) = Orientation.Apply(samples, image.Width, image.Height, image.Bands, orientation);
        (PictureMetadata metadata, LeftOut left) = MetadataReader.Read(image, file, format, orientation);
        PictureEncoding encoding = EncodingProbe.Of(image, file, format);
        if (format == PictureFormat.Tiff && encoding.PageCount > 1)
        {
            left.Note($"The file contains {encoding.PageCount} pages: the first one is edited, and the others are kept unchanged in a TIFF.");
        }
        else if (encoding.PageCount > 1)
        {
            left.Warn($"The file contains {encoding.PageCount} pictures: the first one is edited, and the others are left out.");
        }

        return new Picture(samples, width, height, hasAlpha, new PictureSpace(color, metadata.IccProfile))
        {
            Path = path,
            Format = format,
            Encoding = encoding,
            Metadata = metadata,
            Warnings = left.Warnings,
            Notes = left.Notes,
            Source = SourceOf(file, format, encoding.PageCount, orientation, width, height),
        };
    }

    private static CodedSource? SourceOf(byte[] file, PictureFormat format, int pages, int orientation, int width, int height) => format switch
    {
        PictureFormat.Jpeg => new CodedSource(file[..JpegFile.Read(file).End], orientation is >= 2 and <= 8 ? orientation : 1, width, height),
        PictureFormat.Tiff when pages > 1 => new CodedSource(file, 1, width, height),
        _ => null,
    };

    private static (PictureColor Color, bool HasAlpha) Meaning(Image image, string path)
    {
        if (image.Format is not (Enums.BandFormat.Uchar or Enums.BandFormat.Ushort))
        {
            throw new EditException(EditFault.BadPicture, $"{path}: samples of type {image.Format} are not supported.", "Save the picture with 8 or 16 bits a channel.", path);
        }

        PictureColor? color = image.Interpretation switch
        {
            Enums.Interpretation.Cmyk => PictureColor.Cmyk,
            Enums.Interpretation.Bw or Enums.Interpretation.Grey16 => PictureColor.Grey,
            Enums.Interpretation.Srgb or Enums.Interpretation.Rgb or Enums.Interpretation.Rgb16 => PictureColor.Rgb,
            Enums.Interpretation.Multiband => image.Bands <= 2 ? PictureColor.Grey : PictureColor.Rgb,
            _ => null,
        };
        int extra = color is { } known ? image.Bands - PictureSpace.BandsOf(known) : -1;
        return extra is 0 or 1
            ? (color!.Value, extra == 1)
            : throw new EditException(
                EditFault.BadPicture,
                $"{path}: {image.Bands} band(s) of kind {image.Interpretation} are not supported.",
                "Save the picture as grey, RGB or CMYK, with at most one alpha channel.",
                path);
    }

    /// <summary>
    /// Refuses a file that claims more pixels than its bytes can hold, before memory for them is allocated. A block of 8 x 8 samples takes a bit
    /// at least in a JPEG, of which a colour picture has three for at most 32 x 32 pixels; deflate, in a PNG, packs at most 1,032 to one;
    /// of what a TIFF may be packed with nothing does better than some ten thousand to one. A WebP or AVIF of one colour takes next to no bits, so
    /// that no number tells: their decoders take room from the system, which gives it as it is filled, and end where the data end.
    /// </summary>
    private static void RequirePlausible(string path, PictureFormat format, long bytes, long pixels, int bands)
    {
        const long slack = 1 << 16;
        long most = format switch
        {
            PictureFormat.Jpeg => (512 * bytes) + slack,
            PictureFormat.Png => (8 * 1032 * bytes / bands) + slack,
            PictureFormat.Tiff => (65536 * bytes / bands) + slack,
            _ => long.MaxValue,
        };
        if (pixels > most)
        {
            throw new EditException(
                EditFault.BadPicture,
                string.Create(CultureInfo.InvariantCulture, $"{path}: the {format} file is broken: it declares {pixels / 1e6:0.#} megapixels, which its {bytes} bytes cannot contain."),
                "Copy or download it again, or save it again from the program that made it.",
                path);
        }
    }

    private static string FirstLine(string message)
    {
        // The first line only states that a call failed; the reason follows.
        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length == 0 ? "no reason given" : lines[Math.Min(1, lines.Length - 1)];
    }
}
