using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace BrushEdit.Imaging;

/// <summary>Corrects the few numbers of an EXIF block (and an XMP packet) that an upright, edited picture makes untrue, and leaves every other byte.</summary>
internal static partial class ExifBlock
{
    private static ReadOnlySpan<byte> Prefix => "Exif\0\0"u8;

    /// <summary>
    /// The block from its byte order mark on, saying upright, and without the preview picture (which shows the picture before
    /// an edit and lies as the file was stored). Null where it is no EXIF block.
    /// </summary>
    public static byte[]? Upright(byte[]? exif)
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
        if (Directory(block, U32(block, 4)) is { } first)
        {
            Set(block, first, TiffTag.Orientation, 1);
            DropPreview(block, first);
        }

        return block;
    }

    /// <summary>The block with the picture's size where it states one. The block given is not changed.</summary>
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

    /// <summary>An XMP packet whose orientation, if it states one, says upright.</summary>
    public static byte[]? UprightXmp(byte[]? xmp, int orientation)
    {
        if (xmp is null || orientation is < 2 or > 8)
        {
            return xmp;
        }

        string text = Encoding.UTF8.GetString(xmp);
        return Encoding.UTF8.GetBytes(StatedOrientation().Replace(text, m => m.Groups[1].Value + "1" + m.Groups[2].Value));
    }

    [GeneratedRegex("""(\btiff:Orientation\s*=\s*["']|<tiff:Orientation>\s*)[2-8](["']|\s*</tiff:Orientation>)""")]
    private static partial Regex StatedOrientation();

    private static void DropPreview(byte[] block, int first)
    {
        int link = first + 2 + (12 * U16(block, first));
        if (link + 4 > block.Length)
        {
            return;
        }

        if (Directory(block, U32(block, link)) is { } preview
            && Find(block, preview, 513) is { } start && Find(block, preview, 514) is { } size)
        {
            long at = U32(block, start + 8);
            long end = Math.Min(block.Length, at + U32(block, size + 8));
            if (at >= 8 && at < end)
            {
                block.AsSpan((int)at, (int)(end - at)).Clear();
            }
        }

        block.AsSpan(link, 4).Clear();
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

    /// <summary>The place of a directory, if all its rows lie in the block.</summary>
    private static int? Directory(byte[] block, uint at) =>
        at >= 8 && at + 2L <= block.Length && at + 2L + (12L * U16(block, (int)at)) <= block.Length ? (int)at : null;

    private static ushort U16(byte[] block, int at) => block[0] == 'I'
        ? BinaryPrimitives.ReadUInt16LittleEndian(block.AsSpan(at))
        : BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(at));

    private static uint U32(byte[] block, int at) => block[0] == 'I'
        ? BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(at))
        : BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(at));
}
