using System.Text;

namespace BrushEdit.Imaging;

/// <summary>Determines the kind of a file from its first bytes.</summary>
internal static class FileKind
{
    /// <summary>The picture format of a file's content.</summary>
    /// <exception cref="EditException">The format is not supported; the message says what the file looks like.</exception>
    public static PictureFormat Require(ReadOnlySpan<byte> file, string path)
    {
        if (Of(file) is { } format)
        {
            return format;
        }

        string what = file.IsEmpty ? "is empty" : Other(file) is { } other ? $"contains {other}" : "is not a supported picture";
        string remedy = file.IsEmpty || Other(file) is null or "text"
            ? "Give a JPEG, PNG, WebP, TIFF, AVIF or GIF file; a file's extension does not make it one."
            : "Convert it to JPEG, PNG, WebP, TIFF or AVIF first.";
        throw new EditException(EditFault.BadPicture, $"{path} {what}.", remedy, path);
    }

    /// <summary>The picture format of a file's content; null if the format is not supported.</summary>
    public static PictureFormat? Of(ReadOnlySpan<byte> file)
    {
        if (file.Length >= 8 && file[0] == 0x89 && file[1..8].SequenceEqual("PNG\r\n\x1a\n"u8))
        {
            return PictureFormat.Png;
        }

        if (file.Length >= 3 && file[0] == 0xff && file[1] == 0xd8 && file[2] == 0xff)
        {
            return PictureFormat.Jpeg;
        }

        if (file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..12].SequenceEqual("WEBP"u8))
        {
            return PictureFormat.WebP;
        }

        if (file.StartsWith("GIF8"u8))
        {
            return PictureFormat.Gif;
        }

        if (IsAvif(file))
        {
            return PictureFormat.Avif;
        }

        bool tiff = file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8) || file.StartsWith("II+\0"u8) || file.StartsWith("MM\0+"u8);
        return tiff ? PictureFormat.Tiff : null;
    }

    /// <summary>Whether an ISO media file declares itself an AVIF, by its major brand or a compatible one.</summary>
    private static bool IsAvif(ReadOnlySpan<byte> file)
    {
        if (file.Length < 16 || !file[4..8].SequenceEqual("ftyp"u8))
        {
            return false;
        }

        int end = (int)Math.Min(file.Length, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(file));
        for (int at = 8; at + 4 <= end; at += 4)
        {
            if (at != 12 && (file.Slice(at, 4).SequenceEqual("avif"u8) || file.Slice(at, 4).SequenceEqual("avis"u8)))
            {
                return true;
            }
        }

        return false;
    }

    private static string? Other(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith("\0\0\0\u000cJXL "u8) || file.StartsWith((ReadOnlySpan<byte>)[0xff, 0x0a]))
        {
            return "a JPEG XL picture, which the bundled libvips does not decode";
        }

        if (file.StartsWith("BM"u8))
        {
            return "a BMP, which the bundled libvips does not decode";
        }

        if (file.StartsWith("%PDF"u8))
        {
            return "a PDF";
        }

        if (file.StartsWith("8BPS"u8))
        {
            return "a Photoshop document";
        }

        if (file.Length >= 12 && file[4..8].SequenceEqual("ftyp"u8))
        {
            string brand = Encoding.ASCII.GetString(file[8..12]).Trim();
            return brand is "heic" or "heix" or "heim" or "heis" or "hevc" or "mif1" or "msf1"
                ? "a HEIC picture, whose HEVC coding the bundled libvips does not decode"
                : $"an ISO media file of brand '{brand}', a film perhaps";
        }

        ReadOnlySpan<byte> head = file[..Math.Min(64, file.Length)];
        return head.IndexOfAnyExceptInRange((byte)0x09, (byte)0x7e) < 0 ? "text" : null;
    }
}
