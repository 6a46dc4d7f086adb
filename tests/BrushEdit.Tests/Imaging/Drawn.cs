using System.Text;
using BrushEdit.Imaging;
using NetVips;

namespace BrushEdit.Tests.Imaging;

/// <summary>Pictures, masks and metadata drawn for tests.</summary>
internal static class Drawn
{
    /// <summary>A picture of gradients with a disk, of any kind, depth and size; alpha varies too, with fully transparent and opaque parts.</summary>
    public static Picture Picture(int width = 37, int height = 23, PictureColor color = PictureColor.Rgb, bool alpha = false, int depth = 8, PictureMetadata? metadata = null)
    {
        int bands = color switch { PictureColor.Grey => 1, PictureColor.Rgb => 3, _ => 4 } + (alpha ? 1 : 0);
        ushort[] samples = new ushort[width * height * bands];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                for (int c = 0; c < bands; c++)
                {
                    bool disk = Math.Pow(x - (width * 0.4), 2) + Math.Pow(y - (height * 0.6), 2) < Math.Min(width, height) * 1.5;
                    double level = alpha && c == bands - 1
                        ? Math.Clamp((x * 2.0 / width) - 0.3, 0, 1)
                        : disk ? (c + 1) / 5.0 : ((((c + 1) * x) + ((4 - c) * y)) % 97) / 96.0;
                    samples[(((y * width) + x) * bands) + c] = (ushort)(level * 65535);
                }
            }
        }

        return depth == 16
            ? BrushEdit.Imaging.Picture.FromSamples(samples, width, height, color, alpha, metadata)
            : BrushEdit.Imaging.Picture.FromSamples(Array.ConvertAll(samples, v => (byte)(v >> 8)), width, height, color, alpha, metadata);
    }

    /// <summary>Writes a picture, in place of one that is there.</summary>
    public static IReadOnlyList<string> SaveOver(this BrushEdit.Imaging.Picture picture, string path) => picture.Save(path, new PictureSaveOptions { Rule = WriteRule.For(force: true) });

    /// <summary>Smooth colours, such as a JPEG changes little.</summary>
    public static Picture Smooth(int width = 64, int height = 48)
    {
        byte[] rgb = new byte[width * height * 3];
        for (int i = 0; i < width * height; i++)
        {
            rgb[i * 3] = (byte)(40 + (i % width * 150 / width));
            rgb[(i * 3) + 1] = (byte)(60 + (i / width * 120 / height));
            rgb[(i * 3) + 2] = (byte)(200 - (i % width * 100 / width));
        }

        return BrushEdit.Imaging.Picture.FromRgb(rgb, width, height);
    }

    /// <summary>A mask of random disks and specks.</summary>
    public static Mask Mask(int width, int height, int seed)
    {
        Random random = new(seed);
        bool[] values = new bool[width * height];
        for (int n = 0; n < 3; n++)
        {
            double x = random.NextDouble() * width;
            double y = random.NextDouble() * height;
            double r = 1 + (random.NextDouble() * Math.Min(width, height) / 4);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] |= Math.Pow((i % width) - x, 2) + Math.Pow((i / width) - y, 2) <= r * r;
            }
        }

        for (int n = 0; n < 5; n++)
        {
            values[random.Next(values.Length)] ^= true;
        }

        return BrushEdit.Imaging.Mask.FromValues(values, width, height);
    }

    public static byte[] Profile(string name = "p3") => Image.ProfileLoad(name);

    /// <summary>An EXIF block: maker, orientation, and in the inner directory a date and a maker's own block.</summary>
    public static byte[] Exif(int orientation = 1, bool little = true, int width = 0)
    {
        List<byte> block = [.. little ? "II"u8 : "MM"u8];
        void U16(int value) => block.AddRange(little ? [(byte)value, (byte)(value >> 8)] : [(byte)(value >> 8), (byte)value]);
        void U32(int value)
        {
            if (little)
            {
                U16(value & 0xffff);
                U16(value >> 16);
            }
            else
            {
                U16(value >> 16);
                U16(value & 0xffff);
            }
        }

        void Row(int tag, int type, int count, int value, bool isShort = false)
        {
            U16(tag);
            U16(type);
            U32(count);
            if (isShort)
            {
                U16(value);
                U16(0);
            }
            else
            {
                U32(value);
            }
        }

        U16(42);
        U32(8);
        const int First = 8 + 2 + (3 * 12) + 4;
        U16(3);
        Row(0x10f, 2, 8, First);
        Row(0x112, 3, 1, orientation, isShort: true);
        Row(0x8769, 4, 1, First + 8);
        U32(0);
        block.AddRange("Painter\0"u8);
        const int Inner = First + 8 + 2 + (3 * 12) + 4;
        U16(3);
        Row(0x9003, 2, 20, Inner);
        Row(0x927c, 7, 6, Inner + 20);
        Row(0xa002, 4, 1, width);
        U32(0);
        block.AddRange("2024:05:06 07:08:09\0"u8);
        block.AddRange([9, 8, 7, 6, 5, 4]);
        return [.. block];
    }

    public static byte[] Xmp(string title = "a téa-cup <&>") => Encoding.UTF8.GetBytes(
        "<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
        + "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" dc:format=\"image/x\"><dc:title>"
        + System.Security.SecurityElement.Escape(title) + "</dc:title></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>");

    /// <summary>An IPTC record: a title.</summary>
    public static byte[] Iptc() => [0x1c, 2, 5, 0, 3, (byte)'c', (byte)'u', (byte)'p'];
}
