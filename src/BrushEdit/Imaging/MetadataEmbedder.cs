using System.Buffers.Binary;

namespace BrushEdit.Imaging;

/// <summary>
/// Puts EXIF, XMP and IPTC blocks into encoded files as they are. libvips would rebuild the EXIF block, and writes none into
/// a TIFF.
/// </summary>
internal static class MetadataEmbedder
{
    private const int LongestJpegSegment = 65_533;

    private static ReadOnlySpan<byte> ExifName => "Exif\0\0"u8;

    private static ReadOnlySpan<byte> XmpName => "http://ns.adobe.com/xap/1.0/\0"u8;

    private static ReadOnlySpan<byte> PhotoshopName => "Photoshop 3.0\0"u8;

    private static ReadOnlySpan<byte> IptcResource => "8BIM\x04\x04\0\0"u8;

    /// <summary>Refuses blocks that a JPEG's segments cannot hold.</summary>
    public static void RequireFits(PictureMetadata metadata, PictureFormat format, string path)
    {
        if (format != PictureFormat.Jpeg)
        {
            return;
        }

        foreach ((string name, int size) in (ReadOnlySpan<(string, int)>)
            [("EXIF", Length(metadata.Exif, ExifName)), ("XMP", Length(metadata.Xmp, XmpName)), ("IPTC", metadata.Iptc is { } iptc ? Photoshop(iptc).Length : 0)])
        {
            if (size > LongestJpegSegment)
            {
                throw new EditException(
                    EditFault.CannotWrite,
                    $"{path}: the picture's {name} block of {size:N0} bytes is too long for a JPEG.",
                    "Write it as PNG, WebP or TIFF, or without metadata.",
                    path);
            }
        }
    }

    /// <summary>Segments APP1 and APP13 after the JFIF header (T.81, B.2.4.6; EXIF 2.3; XMP part 3).</summary>
    public static void WriteJpeg(string path, byte[] jpeg, PictureMetadata metadata)
    {
        int at = jpeg is [_, _, 0xff, 0xe0, ..] ? 4 + BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(4)) : 2;
        using FileStream file = Create(path);
        file.Write(jpeg, 0, at);
        if (metadata.Exif is { } exif)
        {
            WriteSegment(file, 0xe1, [.. ExifName, .. exif]);
        }

        if (metadata.Xmp is { } xmp)
        {
            WriteSegment(file, 0xe1, [.. XmpName, .. xmp]);
        }

        if (metadata.Iptc is { } iptc)
        {
            WriteSegment(file, 0xed, Photoshop(iptc));
        }

        file.Write(jpeg, at, jpeg.Length - at);
    }

    /// <summary>Chunks eXIf and iTXt after the header chunk (PNG third edition; XMP part 3).</summary>
    public static void WritePng(string path, byte[] png, PictureMetadata metadata)
    {
        const int HeaderEnd = 8 + 25;
        using FileStream file = Create(path);
        file.Write(png, 0, HeaderEnd);
        if (metadata.Exif is { } exif)
        {
            WriteChunk(file, "eXIf"u8, exif);
        }

        if (metadata.Xmp is { } xmp)
        {
            // Keyword, not compressed, no language, no translated keyword.
            WriteChunk(file, "iTXt"u8, [.. "XML:com.adobe.xmp\0\0\0\0\0"u8, .. xmp]);
        }

        file.Write(png, HeaderEnd, png.Length - HeaderEnd);
    }

    /// <summary>Chunks EXIF and XMP at the end, announced in the extended header, which is made where there is none (RFC 9649).</summary>
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

        // The new directory begins on an even place, the first one the block is aligned to.
        uint start = checked((uint)(file.Length + (file.Length & 1)));
        List<byte> block = [];
        added.Append(block, start, rows, 0);
        file.Position = start;
        file.Write([.. block]);
        file.Position = 4;
        file.Write(BitConverter.GetBytes(start));
    }

    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.ReadWrite);

    private static int Length(byte[]? block, ReadOnlySpan<byte> name) => block is null ? 0 : block.Length + name.Length;

    private static void WriteSegment(FileStream file, byte marker, byte[] body)
    {
        int length = body.Length + 2;
        file.Write([0xff, marker, (byte)(length >> 8), (byte)length]);
        file.Write(body);
    }

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

    /// <summary>CRC-32 with the reflected polynomial 0xedb88320, as PNG asks for.</summary>
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

    /// <summary>A JPEG's segment of Photoshop resources; a bare record is put into a resource of its own.</summary>
    private static byte[] Photoshop(byte[] iptc)
    {
        if (iptc.AsSpan().StartsWith(PhotoshopName))
        {
            return iptc;
        }

        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, iptc.Length);
        return [.. PhotoshopName, .. IptcResource, .. length, .. iptc, .. new byte[iptc.Length & 1]];
    }

    /// <summary>The bare record out of a JPEG's Photoshop resources; null where there is none.</summary>
    private static byte[]? IptcRecord(byte[] iptc)
    {
        if (!iptc.AsSpan().StartsWith(PhotoshopName))
        {
            return iptc;
        }

        int at = iptc.AsSpan().IndexOf(IptcResource);
        if (at < 0 || at + 12 > iptc.Length)
        {
            return null;
        }

        int length = BinaryPrimitives.ReadInt32BigEndian(iptc.AsSpan(at + 8));
        return length > 0 && length <= iptc.Length - at - 12 ? iptc.AsSpan(at + 12, length).ToArray() : null;
    }
}
