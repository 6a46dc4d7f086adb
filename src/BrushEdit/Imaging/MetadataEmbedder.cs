using System.Buffers.Binary;
using BrushEdit.Tagging;

namespace BrushEdit.Imaging;

/// <summary>
/// Inserts metadata into encoded files unchanged. libvips would rebuild the EXIF block, and writes none into
/// a TIFF.
/// </summary>
internal static class MetadataEmbedder
{
    /// <summary>Refuses blocks that a JPEG's segments cannot contain.</summary>
    public static void RequireFits(PictureMetadata metadata, PictureFormat format, string path)
    {
        if (format != PictureFormat.Jpeg)
        {
            return;
        }

        string? tooLong = metadata.Exif is { Length: > JpegSegment.Longest - 6 } ? "EXIF" : metadata.Xmp is { } xmp && !JpegMetadata.CanHold(xmp) ? "XMP" : null;
        if (tooLong is not null)
        {
            throw new EditException(
                EditFault.CannotWrite, $"{path}: the picture's {tooLong} block is too long for a JPEG.", "Write it as PNG, WebP or TIFF, or without metadata.", path);
        }
    }

    /// <summary>Segments before the picture (T.81, B.2.4.6; EXIF 2.3; XMP part 3).</summary>
    /// <param name="path">The file to be written.</param>
    /// <param name="jpeg">The coded picture, with its profile.</param>
    /// <param name="metadata">The picture's metadata.</param>
    public static void WriteJpeg(string path, byte[] jpeg, PictureMetadata metadata)
    {
        IReadOnlyList<JpegSegment> coded = JpegFile.Read(jpeg).Segments;
        if (!coded.Any(s => s.Is("JFIF\0"u8) || s.Is("Adobe"u8)))
        {
            // libvips omits this segment when it writes no metadata itself; the segment states the resolution.
            coded = [Jfif(metadata), .. coded];
        }

        using FileStream file = Create(path);
        JpegFile.Write(file, JpegMetadata.Segments(OfFile(metadata), JpegMetadata.Profile(coded), coded), jpeg);
    }

    /// <summary>The segments of a picture that came from a JPEG and is written as one with its original coding.</summary>
    /// <param name="metadata">The picture's metadata.</param>
    /// <param name="source">The file it came from, whose profile stays as it is.</param>
    public static IReadOnlyList<JpegSegment> JpegSegments(PictureMetadata metadata, byte[] source) =>
        [.. JpegMetadata.Segments(OfFile(metadata), JpegMetadata.Profile(JpegFile.Read(source).Segments), null)];

    /// <summary>Chunks after the header chunk (PNG third edition; XMP part 3).</summary>
    public static void WritePng(string path, byte[] png, PictureMetadata metadata)
    {
        const int HeaderEnd = 8 + 25;
        using FileStream file = Create(path);
        file.Write(png, 0, HeaderEnd);
        foreach ((string name, byte[] body) in PngMetadata.Chunks(OfFile(metadata), png))
        {
            WriteChunk(file, System.Text.Encoding.Latin1.GetBytes(name), body);
        }

        file.Write(png, HeaderEnd, png.Length - HeaderEnd);
    }

    /// <summary>Extensions before the picture.</summary>
    public static void WriteGif(string path, byte[] gif, PictureMetadata metadata)
    {
        using FileStream file = Create(path);
        file.Write(GifMetadata.With(gif, OfFile(metadata)));
    }

    /// <summary>A JFIF segment: version 1.1, dots per inch (or square pixels if nothing is stated), no thumbnail.</summary>
    private static JpegSegment Jfif(PictureMetadata metadata)
    {
        bool stated = metadata is { ResolutionX: > 0, ResolutionY: > 0 };
        int across = stated ? Math.Clamp((int)Math.Round(metadata.ResolutionX * 25.4), 1, ushort.MaxValue) : 1;
        int down = stated ? Math.Clamp((int)Math.Round(metadata.ResolutionY * 25.4), 1, ushort.MaxValue) : 1;
        return new JpegSegment(
            JpegSegment.App0, [.. "JFIF\0"u8, 1, 1, stated ? (byte)1 : (byte)0, (byte)(across >> 8), (byte)across, (byte)(down >> 8), (byte)down, 0, 0]);
    }

    private static FileMetadata OfFile(PictureMetadata metadata) =>
        new() { Exif = metadata.Exif, Xmp = metadata.Xmp, Iptc = metadata.Iptc, Texts = metadata.Texts, Blocks = metadata.Blocks };

    /// <summary>Chunks EXIF and XMP at the end, announced in the extended header, which is created if none exists (RFC 9649).</summary>
    public static void WriteWebP(string path, byte[] webp, Picture picture, PictureMetadata metadata)
    {
        const int BodyStart = 12;
        using FileStream file = Create(path);
        if (metadata is { Exif: null, Xmp: null })
        {
            file.Write(webp);
            return;
        }

        byte[] extended = new byte[10];
        bool already = webp.AsSpan(BodyStart).StartsWith("VP8X"u8);
        if (already)
        {
            webp.AsSpan(BodyStart + 8, 10).CopyTo(extended);
        }
        else
        {
            extended[0] = picture.HasAlpha ? (byte)0x10 : (byte)0;
            BinaryPrimitives.WriteUInt32LittleEndian(extended.AsSpan(4), (uint)(picture.Width - 1));
            extended[7] = (byte)(picture.Height - 1);
            BinaryPrimitives.WriteUInt16LittleEndian(extended.AsSpan(8), (ushort)((picture.Height - 1) >> 8));
        }

        extended[0] |= (byte)((metadata.Exif is null ? 0 : 8) | (metadata.Xmp is null ? 0 : 4));
        file.Write("RIFF\0\0\0\0WEBP"u8);
        WriteRiff(file, "VP8X"u8, extended);
        int from = BodyStart + (already ? 18 : 0);
        file.Write(webp, from, webp.Length - from);
        if (metadata.Exif is { } exif)
        {
            WriteRiff(file, "EXIF"u8, exif);
        }

        if (metadata.Xmp is { } xmp)
        {
            WriteRiff(file, "XMP "u8, xmp);
        }

        file.Position = 4;
        file.Write(BitConverter.GetBytes(checked((uint)(file.Length - 8))));
    }

    /// <summary>Adds fields to the directory of a TIFF that libvips wrote (little-endian, one page): a new directory at the end.</summary>
    public static void AmendTiff(string path, PictureMetadata metadata)
    {
        TiffDirectory added = new();
        if (metadata.Xmp is { } xmp)
        {
            added.Entries.Add(new TiffEntry(TiffTag.Xmp, 1, (uint)xmp.Length, xmp));
        }

        if (metadata.Iptc is { } iptc && IptcRecord(iptc) is { } record)
        {
            added.Entries.Add(new TiffEntry(TiffTag.Iptc, 7, (uint)record.Length, record));
        }

        if (metadata.Exif is { } exif && TiffDirectory.TryRead(exif) is { } photograph)
        {
            added.Entries.AddRange(photograph.Entries.Where(e => TiffTag.OfPhotograph.Contains(e.Tag)));
        }

        if (metadata.Blocks.FirstOrDefault(b => b.Kind == BlockKind.Tiff) is { } block && TiffDirectory.TryRead(block.Body) is { } others)
        {
            added.Entries.AddRange(others.Entries.Where(e => !added.Entries.Exists(known => known.Tag == e.Tag)));
        }

        if (metadata.Texts.Count > 0 && !added.Entries.Exists(e => e.Tag == TiffTag.Description))
        {
            byte[] description = [.. System.Text.Encoding.UTF8.GetBytes(string.Join('\n', metadata.Texts.Select(t => t.Text))), 0];
            added.Entries.Add(new TiffEntry(TiffTag.Description, 2, (uint)description.Length, description));
        }

        if (added.Entries.Count == 0)
        {
            return;
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
        byte[] header = new byte[8];
        file.ReadExactly(header);
        if (!header.AsSpan().StartsWith("II*\0"u8))
        {
            throw new IOException("The TIFF was not written as expected.");
        }

        file.Position = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4));
        byte[] count = new byte[2];
        file.ReadExactly(count);
        List<byte[]> rows = [];
        for (int i = BinaryPrimitives.ReadUInt16LittleEndian(count); i > 0; i--)
        {
            byte[] row = new byte[12];
            file.ReadExactly(row);
            if (!added.Entries.Exists(e => e.Tag == BinaryPrimitives.ReadUInt16LittleEndian(row)))
            {
                rows.Add(row);
            }
        }

        // The new directory begins at an even offset, the first one to which the block is aligned.
        uint start = checked((uint)(file.Length + (file.Length & 1)));
        List<byte> appended = [];
        added.Append(appended, start, rows, 0);
        file.Position = start;
        file.Write([.. appended]);
        file.Position = 4;
        file.Write(BitConverter.GetBytes(start));
    }

    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.ReadWrite);

    private static void WriteChunk(FileStream file, ReadOnlySpan<byte> name, byte[] body)
    {
        byte[] number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, body.Length);
        file.Write(number);
        file.Write(name);
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, name), body));
        file.Write(number);
    }

    private static void WriteRiff(FileStream file, ReadOnlySpan<byte> name, byte[] body)
    {
        file.Write(name);
        file.Write(BitConverter.GetBytes((uint)body.Length));
        file.Write(body);
        if ((body.Length & 1) != 0)
        {
            file.WriteByte(0);
        }
    }

    /// <summary>CRC-32 with the reflected polynomial 0xedb88320, as PNG requires.</summary>
    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
            }
        }

        return crc;
    }

    /// <summary>Extracts the bare record from a JPEG's Photoshop resources; null if there is none.</summary>
    private static byte[]? IptcRecord(byte[] iptc)
    {
        return iptc.AsSpan().StartsWith(PhotoshopResources.Name) ? PhotoshopResources.FindIptc(iptc.AsSpan(PhotoshopResources.Name.Length)) : iptc;
    }
}
