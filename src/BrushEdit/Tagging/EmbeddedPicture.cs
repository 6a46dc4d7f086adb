using System.Buffers.Binary;

namespace BrushEdit.Tagging;

/// <summary>Finds pictures within blocks of bytes of unknown format, such as maker notes.</summary>
internal static class EmbeddedPicture
{
    private static ReadOnlySpan<byte> PngStart => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    private static ReadOnlySpan<byte> EndMarker => [0xff, 0xd9];

    /// <summary>Whether a JPEG, PNG, WebP or ISO media picture begins somewhere in a block.</summary>
    /// <param name="block">The block.</param>
    public static bool IsIn(ReadOnlySpan<byte> block) =>
        NextJpeg(block, 0).Start >= 0 || block.IndexOf(PngStart) >= 0 || block.IndexOf("WEBPVP8"u8) >= 0
        || block.IndexOf("ftypheic"u8) >= 0 || block.IndexOf("ftypmif1"u8) >= 0 || block.IndexOf("ftypavif"u8) >= 0;

    /// <summary>Fills the JPEG pictures in a block with zeros; the surrounding bytes keep their positions.</summary>
    /// <param name="block">The block; changed.</param>
    /// <returns>The offset of each.</returns>
    public static IReadOnlyList<int> Erase(Span<byte> block)
    {
        List<int> places = [];
        for (int at = 0; NextJpeg(block, at) is { Start: >= 0 } found; at = found.End)
        {
            block[found.Start..found.End].Clear();
            places.Add(found.Start);
        }

        return places;
    }

    /// <summary>The next JPEG: its first bytes, a table or header after them, up to the end marker or the end of the block.</summary>
    private static (int Start, int End) NextJpeg(ReadOnlySpan<byte> block, int from)
    {
        for (int at = from; at + 6 <= block.Length; at++)
        {
            // Some makers overwrite the first byte of a preview, so that it is not found as a separate picture.
            int found = block[(at + 1)..].IndexOf((byte)0xd8);
            if (found < 0 || at + found + 6 > block.Length)
            {
                return (-1, -1);
            }

            at += found;
            if (IsHeader(block, at + 2) && IsHeader(block, at + 4 + BinaryPrimitives.ReadUInt16BigEndian(block[(at + 4)..])))
            {
                return (at, End(block, at + 2));
            }
        }

        return (-1, -1);
    }

    // Tables, frames, scans, application data and comments. Two in a row are no accident, not even in data that is encrypted.
    private static bool IsHeader(ReadOnlySpan<byte> block, int at) =>
        at + 4 <= block.Length && block[at] == 0xff
        && block[at + 1] is (0xdb or 0xc4 or 0xc0 or 0xc1 or 0xc2 or 0xda or 0xdd or 0xfe or (>= 0xe0 and <= 0xef))
        && BinaryPrimitives.ReadUInt16BigEndian(block[(at + 2)..]) >= 2;

    private static int End(ReadOnlySpan<byte> block, int at)
    {
        // Headers first, which may contain a smaller picture; then coded data up to the end marker.
        while (at + 4 <= block.Length && block[at] == 0xff && block[at + 1] is not (0xd9 or 0xda))
        {
            at += 2 + Math.Max(2, (int)BinaryPrimitives.ReadUInt16BigEndian(block[(at + 2)..]));
        }

        if (at >= block.Length)
        {
            return block.Length;
        }

        int end = block[at..].IndexOf(EndMarker);
        return end < 0 ? block.Length : at + end + 2;
    }
}
