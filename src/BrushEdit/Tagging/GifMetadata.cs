using System.Text;

namespace BrushEdit.Tagging;

/// <summary>The metadata in a GIF's extensions: comments, and an XMP packet (GIF89a; XMP part 3).</summary>
internal static class GifMetadata
{
    // A run of numbers follows an XMP packet and leads any sub-block reader to its end.
    private const int TrailerLength = 258;

    private const byte Extension = 0x21;
    private const byte CommentLabel = 0xfe;
    private const byte ApplicationLabel = 0xff;

    private static ReadOnlySpan<byte> XmpName => "XMP DataXMP"u8;

    /// <summary>Reads the extensions.</summary>
    /// <param name="file">The file.</param>
    public static FileMetadata Read(ReadOnlySpan<byte> file)
    {
        LeftOut left = new();
        List<MetadataText> texts = [];
        byte[]? xmp = null;
        int at = HeaderEnd(file);
        while (at + 2 < file.Length)
        {
            if (file[at] == Extension && file[at + 1] == CommentLabel)
            {
                List<byte> comment = [];
                at = SubBlocks(file, at + 2, comment);
                texts.Add(new MetadataText(MetadataText.Comment, Encoding.UTF8.GetString([.. comment])));
            }
            else if (file[at] == Extension && file[at + 1] == ApplicationLabel && at + 14 <= file.Length && file.Slice(at + 3, 11).SequenceEqual(XmpName))
            {
                // The packet is stored raw; its bytes act as lengths of sub-blocks.
                int end = SubBlocks(file, at + 14, null);
                int length = end - 1 - TrailerLength + 1 - (at + 14);
                xmp ??= length > 0 ? file.Slice(at + 14, Math.Min(length, file.Length - at - 14)).ToArray() : null;
                at = end;
            }
            else if (file[at] == Extension)
            {
                at = SubBlocks(file, at + 2, null);
            }
            else if (file[at] == 0x2c && at + 10 < file.Length)
            {
                int table = (file[at + 9] & 0x80) != 0 ? 3 << ((file[at + 9] & 7) + 1) : 0;
                at = SubBlocks(file, at + 10 + table + 1, null);
            }
            else
            {
                break;
            }
        }

        return new FileMetadata { Xmp = XmpPacket.Clean(xmp, left, out _), Texts = texts, LeftOut = left };
    }

    /// <summary>Returns a GIF with extensions inserted before its first picture.</summary>
    /// <param name="gif">The file.</param>
    /// <param name="metadata">The picture's metadata.</param>
    public static byte[] With(byte[] gif, FileMetadata metadata)
    {
        List<byte> added = [];
        foreach (MetadataText text in metadata.Texts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text.Keyword == MetadataText.Comment ? text.Text : $"{text.Keyword}: {text.Text}");
            added.AddRange([Extension, CommentLabel]);
            foreach (byte[] part in bytes.Chunk(255))
            {
                added.Add((byte)part.Length);
                added.AddRange(part);
            }

            added.Add(0);
        }

        if (metadata.Xmp is { } xmp)
        {
            added.AddRange([Extension, ApplicationLabel, (byte)XmpName.Length, .. XmpName, .. xmp, 1]);
            for (int value = 255; value >= 0; value--)
            {
                added.Add((byte)value);
            }

            added.Add(0);
        }

        int at = HeaderEnd(gif);
        byte[] whole = [.. gif[..at], .. added, .. gif[at..]];
        if (added.Count > 0)
        {
            // Extensions were introduced in this version.
            "89a"u8.CopyTo(whole.AsSpan(3));
        }

        return whole;
    }

    private static int HeaderEnd(ReadOnlySpan<byte> file) =>
        file.Length < 13 ? file.Length : Math.Min(file.Length, 13 + ((file[10] & 0x80) != 0 ? 3 << ((file[10] & 7) + 1) : 0));

    /// <summary>Skips sub-blocks up to the empty one that ends them.</summary>
    private static int SubBlocks(ReadOnlySpan<byte> file, int at, List<byte>? into)
    {
        while (at < file.Length && file[at] != 0)
        {
            int length = Math.Min(file[at], file.Length - at - 1);
            into?.AddRange(file.Slice(at + 1, length));
            at += 1 + length;
        }

        return Math.Min(file.Length, at + 1);
    }
}
