using System.Buffers.Binary;

namespace BrushEdit.Tagging;

/// <summary>The tags used here (TIFF 6.0; EXIF 2.3; XMP part 3).</summary>
internal static class TiffTag
{
    public const ushort SubfileType = 254;
    public const ushort BitsPerSample = 258;
    public const ushort Compression = 259;
    public const ushort Description = 270;
    public const ushort StripOffsets = 273;
    public const ushort StripByteCounts = 279;
    public const ushort TileOffsets = 324;
    public const ushort TileByteCounts = 325;
    public const ushort JpegStart = 513;
    public const ushort JpegLength = 514;
    public const ushort Make = 271;
    public const ushort Model = 272;
    public const ushort Orientation = 274;
    public const ushort Software = 305;
    public const ushort DateTime = 306;
    public const ushort Artist = 315;
    public const ushort HostComputer = 316;
    public const ushort Xmp = 700;
    public const ushort Copyright = 33432;
    public const ushort Iptc = 33723;
    public const ushort Exif = 34665;
    public const ushort Gps = 34853;
    public const ushort PixelsAcross = 40962;
    public const ushort PixelsDown = 40963;
    public const ushort Interoperability = 40965;

    /// <summary>Tags of a TIFF's directory that describe the photograph and not of how its samples are stored.</summary>
    public static readonly ushort[] OfPhotograph = [Description, Make, Model, Software, DateTime, Artist, HostComputer, Copyright, Exif, Gps];

    public static bool IsDirectory(ushort tag) => tag is Exif or Gps or Interoperability;
}

/// <summary>One field: its value in little-endian bytes, or a nested directory.</summary>
internal sealed record TiffEntry(ushort Tag, ushort Type, uint Count, byte[] Value, TiffDirectory? Directory = null);

/// <summary>
/// A directory of fields as in TIFF files and EXIF blocks. Values are stored little-endian regardless of the file's order.
/// </summary>
internal sealed class TiffDirectory
{
    private const int DeepestNesting = 3;

    public List<TiffEntry> Entries { get; } = [];

    /// <summary>The first number of a field; null if it does not exist or is not an integer.</summary>
    public int? Number(ushort tag) => Entries.Find(e => e.Tag == tag) is { Value: { Length: >= 2 } value } entry
        ? entry.Type switch
        {
            3 => BinaryPrimitives.ReadUInt16LittleEndian(value),
            4 when value.Length >= 4 => (int)BinaryPrimitives.ReadUInt32LittleEndian(value),
            _ => null,
        }
        : null;

    /// <summary>The bytes of a field; null if it does not exist.</summary>
    public byte[]? Bytes(ushort tag) => Entries.Find(e => e.Tag == tag)?.Value;

    /// <summary>The first directory of a TIFF file or EXIF block (BigTIFF too), nested ones included; null if it is corrupt.</summary>
    public static TiffDirectory? TryRead(ReadOnlySpan<byte> file)
    {
        if (file.Length < 8 || !(file.StartsWith("II"u8) || file.StartsWith("MM"u8)))
        {
            return null;
        }

        Reader reader = new(file[0] == 'I');
        bool big = reader.U16(file, 2) == 43;
        long start = big ? (file.Length >= 16 ? (long)reader.U64(file, 8) : -1) : reader.U32(file, 4);
        return TryRead(file, reader with { Big = big }, start, 0);
    }

    /// <summary>The directories of a file's pages, one after another, as far as they can be read.</summary>
    /// <param name="file">The file.</param>
    /// <param name="most">The maximum number of pages to read: the directory chain of a file may be cyclic.</param>
    public static IReadOnlyList<TiffDirectory> ReadAll(ReadOnlySpan<byte> file, int most)
    {
        List<TiffDirectory> pages = [];
        if (file.Length < 8 || !(file.StartsWith("II"u8) || file.StartsWith("MM"u8)))
        {
            return pages;
        }

        Reader reader = new(file[0] == 'I');
        reader = reader with { Big = reader.U16(file, 2) == 43 };
        HashSet<long> seen = [];
        for (long start = reader.Place(file, reader.Big ? 8 : 4); pages.Count < most && seen.Add(start) && TryRead(file, reader, start, 0) is { } page;)
        {
            pages.Add(page);
            long count = reader.Big ? (long)reader.U64(file, start) : reader.U16(file, start);
            start = reader.Place(file, start + (reader.Big ? 8 + (20 * count) : 2 + (12 * count)));
        }

        return pages;
    }

    /// <summary>Returns the directory as a separate block, header included, little-endian.</summary>
    public byte[] ToBlock()
    {
        List<byte> block = [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0];
        Append(block, 0, [], 0);
        return [.. block];
    }

    /// <summary>
    /// Adds the directory at the end of a block that begins at an offset of a file, merged with ready-made entries of 12 bytes,
    /// and ends it with the offset of a next directory.
    /// </summary>
    public void Append(List<byte> block, long blockStart, IReadOnlyList<byte[]> ready, uint next)
    {
        Align(block, blockStart);
        List<(ushort Tag, byte[]? Ready, TiffEntry? Entry)> rows =
        [
            .. ready.Select(r => (BinaryPrimitives.ReadUInt16LittleEndian(r), (byte[]?)r, (TiffEntry?)null)),
            .. Entries.Select(e => (e.Tag, (byte[]?)null, (TiffEntry?)e)),
        ];
        rows.Sort((a, b) => a.Tag.CompareTo(b.Tag));
        int table = block.Count;
        block.AddRange(new byte[2 + (12 * rows.Count) + 4]);
        byte[] row = new byte[12];
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i].Entry is { } entry)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(row, entry.Tag);
                BinaryPrimitives.WriteUInt16LittleEndian(row.AsSpan(2), entry.Directory is null ? entry.Type : (ushort)4);
                BinaryPrimitives.WriteUInt32LittleEndian(row.AsSpan(4), entry.Directory is null ? entry.Count : 1);
                row.AsSpan(8).Clear();
                if (entry.Directory is null && entry.Value.Length <= 4)
                {
                    entry.Value.CopyTo(row, 8);
                }
                else
                {
                    Align(block, blockStart);
                    BinaryPrimitives.WriteUInt32LittleEndian(row.AsSpan(8), checked((uint)(blockStart + block.Count)));
                    if (entry.Directory is { } nested)
                    {
                        nested.Append(block, blockStart, [], 0);
                    }
                    else
                    {
                        block.AddRange(entry.Value);
                    }
                }
            }
            else
            {
                rows[i].Ready!.CopyTo(row, 0);
            }

            Put(block, table + 2 + (12 * i), row);
        }

        Put(block, table, BitConverter.GetBytes((ushort)rows.Count));
        Put(block, table + 2 + (12 * rows.Count), BitConverter.GetBytes(next));
    }

    private static void Align(List<byte> block, long blockStart)
    {
        if (((blockStart + block.Count) & 1) != 0)
        {
            block.Add(0);
        }
    }

    private static void Put(List<byte> block, int at, byte[] bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            block[at + i] = bytes[i];
        }
    }

    private static TiffDirectory? TryRead(ReadOnlySpan<byte> file, Reader reader, long start, int depth)
    {
        int countSize = reader.Big ? 8 : 2;
        int rowSize = reader.Big ? 20 : 12;
        if (start < 8 || start > file.Length - countSize || depth > DeepestNesting)
        {
            return null;
        }

        long count = reader.Big ? (long)reader.U64(file, start) : reader.U16(file, start);
        if (count is < 0 or > ushort.MaxValue || start + countSize + (count * rowSize) > file.Length)
        {
            return null;
        }

        TiffDirectory directory = new();
        for (long i = 0; i < count; i++)
        {
            long row = start + countSize + (i * rowSize);
            ushort tag = reader.U16(file, row);
            ushort type = reader.U16(file, row + 2);
            ulong values = reader.Big ? reader.U64(file, row + 4) : reader.U32(file, row + 4);
            int size = SizeOf(type);
            if (size == 0 || values > (ulong)file.Length / (ulong)size)
            {
                continue;
            }

            int length = (int)values * size;
            long field = row + (reader.Big ? 12 : 8);
            long at = length <= (reader.Big ? 8 : 4) ? field : reader.Big ? (long)reader.U64(file, field) : reader.U32(file, field);
            if (at < 0 || at > file.Length - length)
            {
                continue;
            }

            byte[] value = file.Slice((int)at, length).ToArray();
            if (!reader.Little)
            {
                Swap(value, WordOf(type));
            }

            TiffDirectory? nested = null;
            if (TiffTag.IsDirectory(tag))
            {
                long inner = size == 8 ? BinaryPrimitives.ReadInt64LittleEndian(value) : size == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(value) : -1;
                nested = TryRead(file, reader, inner, depth + 1);
                if (nested is null)
                {
                    continue;
                }
            }

            directory.Entries.Add(new TiffEntry(tag, type, (uint)values, value, nested));
        }

        return directory;
    }

    // Bytes per value of a type: BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG, SRATIONAL, FLOAT, DOUBLE, IFD; LONG8 ...
    private static int SizeOf(ushort type) => type switch
    {
        1 or 2 or 6 or 7 => 1,
        3 or 8 => 2,
        4 or 9 or 11 or 13 => 4,
        5 or 10 or 12 or 16 or 17 or 18 => 8,
        _ => 0,
    };

    private static int WordOf(ushort type) => type is 5 or 10 ? 4 : SizeOf(type);

    private static void Swap(byte[] value, int word)
    {
        for (int at = 0; word > 1 && at + word <= value.Length; at += word)
        {
            Array.Reverse(value, at, word);
        }
    }

    private readonly record struct Reader(bool Little)
    {
        public bool Big { get; init; }

        /// <summary>Reads the offset stored at a position; -1 if it is outside the file.</summary>
        public long Place(ReadOnlySpan<byte> file, long at) => at + (Big ? 8 : 4) > file.Length ? -1 : Big ? (long)U64(file, at) : U32(file, at);

        public ushort U16(ReadOnlySpan<byte> file, long at) =>
            Little ? BinaryPrimitives.ReadUInt16LittleEndian(file[(int)at..]) : BinaryPrimitives.ReadUInt16BigEndian(file[(int)at..]);

        public uint U32(ReadOnlySpan<byte> file, long at) =>
            Little ? BinaryPrimitives.ReadUInt32LittleEndian(file[(int)at..]) : BinaryPrimitives.ReadUInt32BigEndian(file[(int)at..]);

        public ulong U64(ReadOnlySpan<byte> file, long at) =>
            Little ? BinaryPrimitives.ReadUInt64LittleEndian(file[(int)at..]) : BinaryPrimitives.ReadUInt64BigEndian(file[(int)at..]);
    }
}
