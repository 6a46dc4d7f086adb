using System.IO.Compression;
using BrushEdit.Imaging;

namespace BrushEdit.Painting;

/// <summary>A compressed mask: most of a mask has one value, and 100 megapixels pack into some hundred kilobytes.</summary>
internal sealed class PackedMask
{
    private readonly byte[] packed;

    private PackedMask(byte[] packed, int width, int height)
    {
        this.packed = packed;
        Width = width;
        Height = height;
    }

    /// <summary>Pixels across.</summary>
    public int Width { get; }

    /// <summary>Pixels down.</summary>
    public int Height { get; }

    /// <summary>Packs values.</summary>
    /// <param name="values">width * height values.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    public static PackedMask Of(ReadOnlySpan<byte> values, int width, int height)
    {
        using MemoryStream stream = new();
        using (DeflateStream zip = new(stream, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(values);
        }

        return new PackedMask(stream.ToArray(), width, height);
    }

    /// <summary>Packs a mask.</summary>
    /// <param name="mask">The mask.</param>
    public static PackedMask Of(Mask mask) => Of(mask.Values, mask.Width, mask.Height);

    /// <summary>Unpacks into an array.</summary>
    /// <param name="values">Receives width * height values.</param>
    public void CopyTo(byte[] values)
    {
        using DeflateStream zip = new(new MemoryStream(packed), CompressionMode.Decompress);
        zip.ReadExactly(values);
    }

    /// <summary>Unpacks.</summary>
    public byte[] ToValues()
    {
        byte[] values = new byte[Width * Height];
        CopyTo(values);
        return values;
    }
}
