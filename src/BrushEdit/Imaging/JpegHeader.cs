using System.Buffers.Binary;

namespace BrushEdit.Imaging;

/// <summary>Reads quality and chroma subsampling from a JPEG's tables and frame header (ITU-T T.81, B.2).</summary>
internal static class JpegHeader
{
    // The example tables of T.81, K.1, in zigzag order, which encoders scale by their quality.
    private static ReadOnlySpan<byte> Luminance =>
    [
        16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
        56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
    ];

    private static ReadOnlySpan<byte> Chrominance =>
    [
        17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    ];

    /// <summary>Fills in the values stated in the headers.</summary>
    public static PictureEncoding Read(ReadOnlySpan<byte> file, PictureEncoding encoding)
    {
        int[]?[] tables = new int[4][];
        string? sampling = null;
        bool progressive = false;
        for (int at = 2; at + 4 <= file.Length;)
        {
            if (file[at] != 0xff)
            {
                at++;
                continue;
            }

            byte marker = file[at + 1];
            if (marker is 0xff)
            {
                at++;
                continue;
            }

            if (marker is 0x00 or 0x01 or (>= 0xd0 and <= 0xd8))
            {
                at += 2;
                continue;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (marker is 0xda or 0xd9 || length < 2 || at + 2 + length > file.Length)
            {
                break;
            }

            ReadOnlySpan<byte> body = file.Slice(at + 4, length - 2);
            if (marker == 0xdb)
            {
                ReadTables(body, tables);
            }
            else if (marker is >= 0xc0 and <= 0xcf and not (0xc4 or 0xc8 or 0xcc))
            {
                progressive = marker is 0xc2 or 0xc6 or 0xca or 0xce;
                sampling = Sampling(body);
            }

            at += 2 + length;
        }

        return encoding with { Quality = Quality(tables), ChromaSubsampling = sampling, Interlaced = progressive, Lossless = false };
    }

    private static void ReadTables(ReadOnlySpan<byte> body, int[]?[] tables)
    {
        while (body.Length > 0)
        {
            bool wide = body[0] >> 4 != 0;
            int size = wide ? 128 : 64;
            if (body.Length < 1 + size || (body[0] & 15) > 3)
            {
                return;
            }

            int[] table = new int[64];
            for (int i = 0; i < 64; i++)
            {
                table[i] = wide ? BinaryPrimitives.ReadUInt16BigEndian(body[(1 + (2 * i))..]) : body[1 + i];
            }

            tables[body[0] & 15] = table;
            body = body[(1 + size)..];
        }
    }

    /// <summary>The usual three numbers, from the sampling factors of the first two components.</summary>
    private static string? Sampling(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < 12 || frame[5] < 3 || frame.Length < 6 + (3 * frame[5]))
        {
            return null;
        }

        int lumaAcross = frame[7] >> 4;
        int lumaDown = frame[7] & 15;
        int chromaAcross = Math.Max(1, frame[10] >> 4);
        int chromaDown = Math.Max(1, frame[10] & 15);
        return (lumaAcross / chromaAcross, lumaDown / chromaDown) switch
        {
            (1, 1) => "4:4:4",
            (1, 2) => "4:4:0",
            (2, 1) => "4:2:2",
            (2, 2) => "4:2:0",
            (4, 1) => "4:1:1",
            (4, 2) => "4:1:0",
            (int across, int down) => $"{across}x{down}",
        };
    }

    /// <summary>The quality whose scaled tables differ least from the file's.</summary>
    private static int? Quality(int[]?[] tables)
    {
        if (tables[0] is not { } luma)
        {
            return null;
        }

        int best = 0;
        long least = long.MaxValue;
        for (int quality = 100; quality >= 1; quality--)
        {
            // The scale that the Independent JPEG Group's library established.
            int scale = quality < 50 ? 5000 / quality : 200 - (2 * quality);
            long difference = Difference(luma, Luminance, scale) + (tables[1] is { } chroma ? Difference(chroma, Chrominance, scale) : 0);
            if (difference < least)
            {
                (best, least) = (quality, difference);
            }
        }

        return best;
    }

    private static long Difference(int[] table, ReadOnlySpan<byte> standard, int scale)
    {
        long sum = 0;
        for (int i = 0; i < 64; i++)
        {
            sum += Math.Abs(table[i] - Math.Clamp(((standard[i] * scale) + 50) / 100, 1, 255));
        }

        return sum;
    }
}
