using System.Buffers.Binary;

namespace BrushEdit.Tagging;

/// <summary>IPTC records (IPTC-NAA Information Interchange Model, version 4).</summary>
internal static class IptcRecord
{
    private const byte Mark = 0x1c;

    /// <summary>Returns the record without any previews (data sets 2:200 to 2:202, and the object data of records 7 to 9).</summary>
    /// <param name="record">The record.</param>
    /// <param name="left">Receives what was removed.</param>
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
                // An extended data set: this many bytes state the length.
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

        // The remainder is padding or not a record: it is kept unless it contains a picture.
        ReadOnlySpan<byte> rest = record[at..];
        if (!EmbeddedPicture.IsIn(rest))
        {
            kept.AddRange(rest);
        }

        return [.. kept];
    }
}
