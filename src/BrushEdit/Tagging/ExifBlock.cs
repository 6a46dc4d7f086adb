using System.Buffers.Binary;

namespace BrushEdit.Tagging;

/// <summary>Corrects the few numbers of an EXIF block that an edit invalidates, removes previews, and keeps every other byte.</summary>
internal static class ExifBlock
{
    private static ReadOnlySpan<byte> Prefix => "Exif\0\0"u8;

    /// <summary>
    /// Returns the block from its byte order mark on, set to upright, without previews: the thumbnail of the second directory and any JPEG
    /// in a maker's note, which show the picture before an edit. Null if it is not an EXIF block.
    /// </summary>
    /// <param name="exif">The block, with or without its name prefix.</param>
    /// <param name="left">Receives what was removed.</param>
    public static byte[]? Upright(byte[]? exif, LeftOut left)
    {
        ReadOnlySpan<byte> body = exif;
        if (body.StartsWith(Prefix))
        {
            body = body[Prefix.Length..];
        }

        if (body.Length < 14 || !(body.StartsWith("II"u8) || body.StartsWith("MM"u8)))
        {
            return null;
        }

        byte[] block = body.ToArray();
        bool hadThumbnail = false;
        if (Directory(block, U32(block, 4)) is { } first)
        {
            Set(block, first, TiffTag.Orientation, 1);
            hadThumbnail = DropThumbnail(block, first);
        }

        if (hadThumbnail)
        {
            left.Preview("EXIF thumbnail");
        }

        if (EmbeddedPicture.Erase(block).Count > 0)
        {
            left.Preview("preview in the maker's notes (EXIF)");
        }

        return block;
    }

    /// <summary>Returns the block with a new orientation, if it states one. The given block is not changed.</summary>
    /// <param name="exif">The block.</param>
    /// <param name="orientation">1 to 8.</param>
    public static byte[] WithOrientation(byte[] exif, int orientation)
    {
        byte[] block = [.. exif];
        if (Directory(block, U32(block, 4)) is { } first)
        {
            Set(block, first, TiffTag.Orientation, orientation);
        }

        return block;
    }

    /// <summary>Returns the block with the picture's size, if it states one. The given block is not changed.</summary>
    public static byte[] WithSize(byte[] exif, int width, int height)
    {
        byte[] block = [.. exif];
        if (Directory(block, U32(block, 4)) is { } first && Find(block, first, TiffTag.Exif) is { } field && Directory(block, U32(block, field + 8)) is { } inner)
        {
            Set(block, inner, TiffTag.PixelsAcross, width);
            Set(block, inner, TiffTag.PixelsDown, height);
        }

        return block;
    }

    /// <summary>Clears the thumbnail's bytes and the link to its directory.</summary>
    private static bool DropThumbnail(byte[] block, int first)
    {
        int link = first + 2 + (12 * U16(block, first));
        if (link + 4 > block.Length)
        {
            return false;
        }

        bool found = false;
        if (Directory(block, U32(block, link)) is { } second)
        {
            foreach ((ushort place, ushort length) in (ReadOnlySpan<(ushort, ushort)>)[(TiffTag.JpegStart, TiffTag.JpegLength), (TiffTag.StripOffsets, TiffTag.StripByteCounts)])
            {
                if (Find(block, second, place) is { } start && Find(block, second, length) is { } size)
                {
                    found = true;
                    int[] starts = [.. Numbers(block, start)];
                    int[] sizes = [.. Numbers(block, size)];
                    for (int i = 0; i < Math.Min(starts.Length, sizes.Length); i++)
                    {
                        Clear(block, starts[i], sizes[i]);
                    }
                }
            }
        }

        block.AsSpan(link, 4).Clear();
        return found;
    }

    private static void Clear(byte[] block, int at, int size)
    {
        long end = Math.Min(block.Length, at + (long)size);
        if (at >= 8 && at < end)
        {
            block.AsSpan(at, (int)(end - at)).Clear();
        }
    }

    /// <summary>Returns the integers of a field; none if they are outside the block.</summary>
    private static IEnumerable<int> Numbers(byte[] block, int field)
    {
        int size = U16(block, field + 2) switch { 3 => 2, 4 => 4, _ => 0 };
        long count = Math.Min(U32(block, field + 4), block.Length);
        long at = size * count <= 4 ? field + 8 : U32(block, field + 8);
        for (long i = 0; size > 0 && i < count && at + size <= block.Length; i++, at += size)
        {
            yield return size == 2 ? U16(block, (int)at) : (int)Math.Min(int.MaxValue, U32(block, (int)at));
        }
    }

    private static void Set(byte[] block, int directory, ushort tag, int value)
    {
        if (Find(block, directory, tag) is not { } field || U32(block, field + 4) != 1)
        {
            return;
        }

        Span<byte> target = block.AsSpan(field + 8);
        bool little = block[0] == 'I';
        switch (U16(block, field + 2))
        {
            case 3 when little:
                BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)value);
                break;
            case 3:
                BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)value);
                break;
            case 4 when little:
                BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)value);
                break;
            case 4:
                BinaryPrimitives.WriteUInt32BigEndian(target, (uint)value);
                break;
        }
    }

    private static int? Find(byte[] block, int directory, ushort tag)
    {
        int count = U16(block, directory);
        for (int i = 0; i < count; i++)
        {
            if (U16(block, directory + 2 + (12 * i)) == tag)
            {
                return directory + 2 + (12 * i);
            }
        }

        return null;
    }

    /// <summary>Returns the offset of a directory, if all its entries are inside the block.</summary>
    private static int? Directory(byte[] block, uint at) =>
        at >= 8 && at + 2L <= block.Length && at + 2L + (12L * U16(block, (int)at)) <= block.Length ? (int)at : null;

    private static ushort U16(byte[] block, int at) => block[0] == 'I'
        ? BinaryPrimitives.ReadUInt16LittleEndian(block.AsSpan(at))
        : BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(at));

    private static uint U32(byte[] block, int at) => block[0] == 'I'
        ? BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(at))
        : BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(at));
}
