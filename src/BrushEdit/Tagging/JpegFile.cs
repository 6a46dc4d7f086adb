using System.Buffers.Binary;

namespace BrushEdit.Tagging;

/// <summary>A segment of a JPEG with metadata: application data (APP0 to APP15) or a comment.</summary>
/// <param name="Marker">The second byte of its marker.</param>
/// <param name="Body">The bytes after its length field.</param>
internal sealed record JpegSegment(byte Marker, byte[] Body)
{
    public const byte App0 = 0xe0;
    public const byte App1 = 0xe1;
    public const byte App2 = 0xe2;
    public const byte App13 = 0xed;
    public const byte App14 = 0xee;
    public const byte Comment = 0xfe;

    /// <summary>The maximum length of a segment's body.</summary>
    public const int Longest = 65_533;

    /// <summary>Whether the body begins with a name.</summary>
    /// <param name="name">The name, with the zero that ends it.</param>
    public bool Is(ReadOnlySpan<byte> name) => Body.AsSpan().StartsWith(name);

    /// <summary>Whether a marker is one of application data or a comment.</summary>
    /// <param name="marker">The second byte of a marker.</param>
    public static bool IsTelling(byte marker) => marker is (>= App0 and <= 0xef) or Comment;
}

/// <summary>The parts of a JPEG file: its metadata, the picture, and the data after it (ITU-T T.81, annex B).</summary>
internal sealed class JpegFile
{
    private const byte Start = 0xd8;
    private const byte EndOfImage = 0xd9;
    private const byte StartOfScan = 0xda;

    private JpegFile(IReadOnlyList<JpegSegment> segments, int end)
    {
        Segments = segments;
        End = end;
    }

    /// <summary>The metadata segments, in the file's order.</summary>
    public IReadOnlyList<JpegSegment> Segments { get; }

    /// <summary>The offset where the picture ends and trailing data begins; the file's length if no end is marked.</summary>
    public int End { get; }

    /// <summary>Parses a file.</summary>
    /// <param name="file">The file, from its start marker on.</param>
    public static JpegFile Read(ReadOnlySpan<byte> file)
    {
        List<JpegSegment> segments = [];
        int at = 2;
        while (Next(file, ref at) is { } marker && marker != EndOfImage)
        {
            if (marker is Start or 0x01 or (>= 0xd0 and <= 0xd7))
            {
                continue;
            }

            if (at + 2 > file.Length)
            {
                return new JpegFile(segments, file.Length);
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(file[at..]);
            int end = Math.Min(file.Length, at + Math.Max(2, length));
            if (JpegSegment.IsTelling(marker) && end >= at + 2)
            {
                segments.Add(new JpegSegment(marker, file[(at + 2)..end].ToArray()));
            }

            at = end;
        }

        return new JpegFile(segments, Math.Min(at, file.Length));
    }

    /// <summary>Writes a picture with other segments.</summary>
    /// <param name="target">The output.</param>
    /// <param name="segments">The metadata segments.</param>
    /// <param name="coded">A JPEG file; its own metadata segments are omitted.</param>
    public static void Write(Stream target, IEnumerable<JpegSegment> segments, ReadOnlySpan<byte> coded)
    {
        target.Write([0xff, Start]);
        foreach (JpegSegment segment in segments)
        {
            int length = segment.Body.Length + 2;
            target.Write([0xff, segment.Marker, (byte)(length >> 8), (byte)length]);
            target.Write(segment.Body);
        }

        int at = 2;
        int from = at;
        while (Next(coded, ref at) is { } marker && marker is not (StartOfScan or EndOfImage))
        {
            int end = at + 2 <= coded.Length ? at + BinaryPrimitives.ReadUInt16BigEndian(coded[at..]) : coded.Length;
            if (JpegSegment.IsTelling(marker))
            {
                target.Write(coded[from..(at - 2)]);
                from = end;
            }

            at = end;
        }

        target.Write(coded[from..]);
    }

    /// <summary>Returns the next marker and the offset after it; null at the end of the file. Coded data before it is skipped.</summary>
    private static byte? Next(ReadOnlySpan<byte> file, ref int at)
    {
        while (at + 1 < file.Length)
        {
            int found = file[at..].IndexOf((byte)0xff);
            if (found < 0)
            {
                break;
            }

            at += found;
            byte marker = at + 1 < file.Length ? file[at + 1] : (byte)0;
            if (marker is 0xff)
            {
                at++;
                continue;
            }

            at += 2;
            if (marker != 0)
            {
                return marker;
            }
        }

        at = file.Length;
        return null;
    }
}
