using System.Buffers.Binary;
using System.Globalization;
using BrushEdit.Tagging;
using NetVips;

namespace BrushEdit.Imaging;

/// <summary>Finds out how a file was encoded, from the file's own headers.</summary>
internal static class EncodingProbe
{
    public static PictureEncoding Of(Image image, ReadOnlySpan<byte> file, PictureFormat format)
    {
        int pages = Number(image, "n-pages") ?? 1;
        PictureEncoding encoding = new() { PageCount = Math.Max(1, pages) };
        return format switch
        {
            PictureFormat.Jpeg => JpegHeader.Read(file, encoding),
            PictureFormat.Png => encoding with { Interlaced = file.Length > 28 && file[28] == 1 },
            PictureFormat.WebP => encoding with { Lossless = HasLosslessBody(file) },
            PictureFormat.Avif => encoding with { Lossless = false, CodedBits = Number(image, "bits-per-sample") ?? Number(image, "heif-bitdepth") },
            PictureFormat.Gif => encoding with { Palette = image.GetTypeOf("gif-palette") != 0 ? image.Get("gif-palette") as int[] : null },
            _ => OfTiff(file, encoding),
        };
    }

    private static int? Number(Image image, string field) => image.GetTypeOf(field) != 0 ? Convert.ToInt32(image.Get(field), CultureInfo.InvariantCulture) : null;

    private static PictureEncoding OfTiff(ReadOnlySpan<byte> file, PictureEncoding encoding)
    {
        // Numbers of the tag Compression (259).
        int? packing = TiffDirectory.TryRead(file)?.Number(TiffTag.Compression);
        return packing switch
        {
            1 => encoding with { TiffCompression = TiffCompression.None },
            5 => encoding with { TiffCompression = TiffCompression.Lzw },
            32773 => encoding with { TiffCompression = TiffCompression.PackBits },
            6 or 7 => encoding with { Lossless = false },
            _ => encoding,
        };
    }

    private static bool HasLosslessBody(ReadOnlySpan<byte> file)
    {
        for (int at = 12; at + 8 <= file.Length;)
        {
            ReadOnlySpan<byte> name = file.Slice(at, 4);
            if (name.SequenceEqual("VP8L"u8))
            {
                return true;
            }

            if (name.SequenceEqual("VP8 "u8))
            {
                return false;
            }

            // An animation frame stores its body after 16 bytes of frame header.
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            long next = name.SequenceEqual("ANMF"u8) ? at + 24 : at + 8 + size + (size & 1);
            at = (int)Math.Min(next, file.Length);
        }

        return false;
    }
}
