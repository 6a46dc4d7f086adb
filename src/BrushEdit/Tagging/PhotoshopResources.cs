using System.Buffers.Binary;

namespace BrushEdit.Tagging;

/// <summary>The image resources that Photoshop keeps in files (Adobe Photoshop File Formats Specification, "Image Resources").</summary>
internal static class PhotoshopResources
{
    private const ushort Iptc = 1028;

    // Thumbnails (of version 4, and later ones), and copies of EXIF and XMP, which contain their own thumbnails.
    private static readonly ushort[] Showing = [1033, 1036, 1058, 1059, 1060];

    /// <summary>The prefix of the resources in a JPEG's segment.</summary>
    public static ReadOnlySpan<byte> Name => "Photoshop 3.0\0"u8;

    /// <summary>Returns the resources without those that show the picture, and with the IPTC record cleaned; null if nothing is left.</summary>
    /// <param name="resources">The resources, without their name.</param>
    /// <param name="left">Receives what was removed.</param>
    public static byte[]? Clean(ReadOnlySpan<byte> resources, LeftOut left)
    {
        List<byte> kept = [];
        foreach (Resource resource in Read(resources))
        {
            ReadOnlySpan<byte> data = resources.Slice(resource.Data, resource.Length);
            if (Showing.Contains(resource.Id) || (resource.Id != Iptc && EmbeddedPicture.IsIn(data)))
            {
                left.Preview(resource.Id is 1033 or 1036 ? "thumbnail in the Photoshop resources" : "picture or copy of EXIF and XMP in the Photoshop resources");
                continue;
            }

            if (resource.Id == Iptc)
            {
                Append(kept, resources[resource.Start..(resource.Data - 4)], IptcRecord.Clean(data, left));
            }
            else
            {
                kept.AddRange(resources[resource.Start..resource.End]);
            }
        }

        return kept.Count == 0 ? null : [.. kept];
    }

    /// <summary>The IPTC record among resources; null if none exists.</summary>
    /// <param name="resources">The resources, without their name.</param>
    public static byte[]? FindIptc(ReadOnlySpan<byte> resources)
    {
        foreach (Resource resource in Read(resources))
        {
            if (resource is { Id: Iptc, Length: > 0 })
            {
                return resources.Slice(resource.Data, resource.Length).ToArray();
            }
        }

        return null;
    }

    /// <summary>An IPTC record as the one resource of a block.</summary>
    /// <param name="record">The record.</param>
    public static byte[] OfIptc(byte[] record)
    {
        List<byte> block = [];
        Append(block, "8BIM\x04\x04\0\0"u8, record);
        return [.. block];
    }

    private static void Append(List<byte> block, ReadOnlySpan<byte> head, byte[] data)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        block.AddRange(head);
        block.AddRange(length);
        block.AddRange(data);
        if ((data.Length & 1) != 0)
        {
            block.Add(0);
        }
    }

    /// <summary>The resources one by one, as far as they are complete.</summary>
    private static List<Resource> Read(ReadOnlySpan<byte> block)
    {
        List<Resource> found = [];
        for (int at = 0; at + 12 <= block.Length;)
        {
            // A signature of four letters, a number, a name padded to an even length, a length, data padded likewise.
            int nameLength = block[at + 6];
            int data = at + 6 + ((nameLength + 2) & ~1) + 4;
            if (block.Slice(at, 4).IndexOfAnyExceptInRange((byte)' ', (byte)'z') >= 0 || data > block.Length)
            {
                break;
            }

            int length = BinaryPrimitives.ReadInt32BigEndian(block[(data - 4)..]);
            if (length < 0 || length > block.Length - data)
            {
                break;
            }

            int end = Math.Min(block.Length, data + length + (length & 1));
            found.Add(new Resource(BinaryPrimitives.ReadUInt16BigEndian(block[(at + 4)..]), at, data, length, end));
            at = end;
        }

        return found;
    }

    private readonly record struct Resource(ushort Id, int Start, int Data, int Length, int End);
}
