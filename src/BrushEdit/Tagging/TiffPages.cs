using System.Buffers.Binary;

namespace BrushEdit.Tagging;

/// <summary>
/// The further pages of a TIFF, appended unchanged after the first page of another TIFF: their fields, and their samples as compressed
/// (TIFF 6.0). Smaller copies of a page, which show it as it was, are left out.
/// </summary>
internal static class TiffPages
{
    private const ushort SubDirectories = 330;
    private const int MostPages = 10_000;

    // Old-style JPEG, whose tables may be anywhere in the file.
    private const int OldJpeg = 6;

    /// <summary>Appends a file's further pages.</summary>
    /// <param name="path">A little-endian TIFF of one page; changed.</param>
    /// <param name="original">The file whose pages from the second on are copied.</param>
    /// <returns>The number of pages that could not be copied, except smaller copies.</returns>
    public static int Append(string path, ReadOnlySpan<byte> original)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
        long link = LastLink(file);
        int lost = 0;
        foreach (TiffDirectory page in TiffDirectory.ReadAll(original, MostPages).Skip(1))
        {
            if (((page.Number(TiffTag.SubfileType) ?? 0) & 1) != 0)
            {
                continue;
            }

            if (!CanCopy(page, original))
            {
                lost++;
                continue;
            }

            TiffDirectory copy = new();
            copy.Entries.AddRange(page.Entries.Where(e => e.Tag != SubDirectories).Select(Classic));
            MoveSamples(file, original, copy, TiffTag.StripOffsets, TiffTag.StripByteCounts);
            MoveSamples(file, original, copy, TiffTag.TileOffsets, TiffTag.TileByteCounts);
            uint start = End(file);
            List<byte> block = [];
            copy.Append(block, start, [], 0);
            file.Position = start;
            file.Write([.. block]);
            file.Position = link;
            file.Write(BitConverter.GetBytes(start));
            link = start + 2 + (12 * copy.Entries.Count);
        }

        return lost;
    }

    /// <summary>Samples of more than 8 bits follow the file's byte order, which is little-endian in the output file.</summary>
    private static bool CanCopy(TiffDirectory page, ReadOnlySpan<byte> original)
    {
        bool bytes = page.Bytes(TiffTag.BitsPerSample) is not { } bits || Enumerable.Range(0, bits.Length / 2).All(i => BitConverter.ToUInt16(bits, 2 * i) <= 8);
        bool samples = page.Bytes(TiffTag.StripOffsets) is not null || page.Bytes(TiffTag.TileOffsets) is not null;
        return samples && page.Number(TiffTag.Compression) != OldJpeg && (bytes || original[0] == 'I');
    }

    private static void MoveSamples(FileStream file, ReadOnlySpan<byte> original, TiffDirectory page, ushort offsets, ushort counts)
    {
        int place = page.Entries.FindIndex(e => e.Tag == offsets);
        if (place < 0 || page.Entries.Find(e => e.Tag == counts) is not { } sizes)
        {
            return;
        }

        uint[] from = Numbers(page.Entries[place]);
        uint[] length = Numbers(sizes);
        byte[] moved = new byte[4 * from.Length];
        for (int i = 0; i < Math.Min(from.Length, length.Length); i++)
        {
            if (from[i] > original.Length || length[i] > original.Length - from[i])
            {
                throw new IOException("A further page of the TIFF is broken.");
            }

            uint at = End(file);
            file.Position = at;
            file.Write(original.Slice((int)from[i], (int)length[i]));
            BinaryPrimitives.WriteUInt32LittleEndian(moved.AsSpan(4 * i), at);
        }

        page.Entries[place] = new TiffEntry(offsets, 4, (uint)from.Length, moved);
    }

    /// <summary>Returns an entry without 64-bit numbers, which only BigTIFF has.</summary>
    private static TiffEntry Classic(TiffEntry entry)
    {
        if (entry.Type is not (16 or 18) || entry.Directory is not null)
        {
            return entry;
        }

        byte[] narrow = new byte[entry.Value.Length / 2];
        for (int i = 0; i < narrow.Length / 4; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(narrow.AsSpan(4 * i), checked((uint)BinaryPrimitives.ReadUInt64LittleEndian(entry.Value.AsSpan(8 * i))));
        }

        return new TiffEntry(entry.Tag, 4, entry.Count, narrow);
    }

    private static uint[] Numbers(TiffEntry entry)
    {
        uint[] numbers = new uint[entry.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = entry.Type == 3 ? BitConverter.ToUInt16(entry.Value, 2 * i) : BitConverter.ToUInt32(entry.Value, 4 * i);
        }

        return numbers;
    }

    private static uint End(FileStream file) => checked((uint)(file.Length + (file.Length & 1)));

    /// <summary>Returns the position where the last directory marks the end of the chain.</summary>
    private static long LastLink(FileStream file)
    {
        byte[] number = new byte[4];
        long link = 4;
        for (int page = 0; page < MostPages; page++)
        {
            file.Position = link;
            file.ReadExactly(number);
            uint next = BinaryPrimitives.ReadUInt32LittleEndian(number);
            if (next == 0)
            {
                return link;
            }

            file.Position = next;
            file.ReadExactly(number, 0, 2);
            link = next + 2 + (12 * BinaryPrimitives.ReadUInt16LittleEndian(number));
        }

        throw new IOException("The TIFF was not written as expected.");
    }
}
