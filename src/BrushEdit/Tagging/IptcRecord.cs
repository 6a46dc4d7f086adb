using System.Buffers.Binary;

namespace BrushEdit.Tagging;

/// <summary>IPTC records (IPTC-NAA Information Interchange Model, version 4).</summary>
internal static class IptcRecord
{
    private const byte Mark = 0x1c;

    /// <summary>The record without the previews that it may hold (data sets 2:200 to 2:202, and the object data of records 7 to 9).</summary>
    /// <param name="record">The record.</param>
    /// <param name="left">Gets what was taken out.</param>
    public static byte[] Clean(ReadOnlySpan<byte> record, LeftOut left)
    {
        List<byte> kept = [];
        int at = 0;
        while (at + 5 <= record.Length && record[at] == Mark)
        {
            int head = 5;
            long length = BinaryPrimitives.ReadUInt16BigEndian(record[(at + 3)..]);
            if ((length & 0x8000) != 0)
            {
                // An extended data set: so many bytes tell the length.
                int size = (int)(length & 0x7fff);
                if (size > 4 || at + 5 + size > record.Length)
                {
                    break;
                }

                length = 0;
                for (int i = 0; i < size; i++)
                {
                    length = (length << 8) | record[at + 5 + i];
                }

                head += size;
            }

            if (at + head + length > record.Length)
            {
                break;
            }

            int end = at + head + (int)length;
            if ((record[at + 1] == 2 && record[at + 2] is 200 or 201 or 202) || record[at + 1] is >= 7 and <= 9)
            {
                left.Preview("preview in the IPTC record");
            }
            else
            {
                kept.AddRange(record[at..end]);
            }

            at = end;
        }

        // What follows is padding, or no record: it stays unless a picture is in it.
        ReadOnlySpan<byte> rest = record[at..];
        if (!EmbeddedPicture.IsIn(rest))
        {
            kept.AddRange(rest);
        }

        return [.. kept];
    }
}
