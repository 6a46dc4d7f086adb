using System.Text;
using BrushEdit.Imaging;
using BrushEdit.Tagging;
using BrushEdit.Tests.Support;
using NetVips;

namespace BrushEdit.Tests.Imaging;

/// <summary>The README's table of formats and metadata: every cell is tried with files made here, and must say what happens.</summary>
public sealed class MetadataTableTests : IDisposable
{
    private static readonly byte[] Thumbnail = JpegMaker.Make(new byte[16 * 16 * 3], 16, 16, new JpegKind { Quality = 31 });

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, string, string> Cells
    {
        get
        {
            TheoryData<string, string, string> cells = [];
            string[] lines = File.ReadAllLines(Path.Combine(Root(), "README.md"));
            int head = Array.FindIndex(lines, line => line.StartsWith("| what a file holds |", StringComparison.Ordinal));
            string[] formats = Split(lines[head]);
            foreach (string[] row in lines[(head + 2)..].TakeWhile(line => line.StartsWith('|')).Select(Split))
            {
                for (int i = 1; i < formats.Length; i++)
                {
                    cells.Add(row[0], formats[i], row[i]);
                }
            }

            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Every_cell_of_the_table_is_true(string what, string format, string says) => Assert.Equal(says, Outcome(what, Enum.Parse<PictureFormat>(format, ignoreCase: true)));

    [Fact]
    public void The_table_is_there() => Assert.InRange(Cells.Count, 60, 200);

    private string Outcome(string what, PictureFormat format)
    {
        string path = folder["out" + format.Extension()];
        switch (what)
        {
            case "pixels that are not edited":
                return Pixels(format, path);

            case "ICC profile":
                Picture wide = Picture.FromSamples(Drawn.Smooth().Rgb, 64, 48, PictureColor.Rgb, metadata: new PictureMetadata { IccProfile = Drawn.Profile() });
                wide.Save(path);
                Picture read = Picture.Open(path);
                return read.Metadata.IccProfile is null && ImageMetrics.Psnr(wide.Rgb, read.Rgb) > 25 ? "made sRGB" : Told(wide.Metadata.IccProfile!.SequenceEqual(read.Metadata.IccProfile!), []);

            case "EXIF":
                return Told(With(new PictureMetadata { Exif = Drawn.Exif() }, path, out IReadOnlyList<string> exif).Exif is { } block
                    && TiffDirectory.TryRead(block)?.Bytes(TiffTag.Make)?.AsSpan().StartsWith("Painter"u8) == true, exif);

            case "XMP":
                return Told(With(new PictureMetadata { Xmp = Drawn.Xmp() }, path, out IReadOnlyList<string> xmp).Xmp is { } packet && Encoding.UTF8.GetString(packet).Contains("téa-cup"), xmp);

            case "IPTC":
                return Told(With(new PictureMetadata { Iptc = Drawn.Iptc() }, path, out IReadOnlyList<string> iptc).Iptc?.AsSpan().IndexOf(Drawn.Iptc()) >= 0, iptc);

            case "resolution":
                return Told(Math.Abs(With(new PictureMetadata { ResolutionX = 11.8, ResolutionY = 11.8 }, path, out IReadOnlyList<string> resolution).ResolutionX - 11.8) < 0.1, resolution);

            case "comments and texts":
                PictureMetadata texts = With(new PictureMetadata { Texts = [new MetadataText("Comment", "a cup, über")] }, path, out IReadOnlyList<string> warned);
                bool described = texts.Exif is { } fields && TiffDirectory.TryRead(fields)?.Bytes(TiffTag.Description)?.AsSpan().StartsWith("a cup"u8) == true;
                return described ? "kept as description" : Told(texts.Texts.Any(t => t.Text == "a cup, über"), warned);

            case "gAMA, cHRM and the like":
                return OfBlocks(PngWith("gAMA", [0, 0, 0xb1, 0x8f]), path, BlockKind.Png);

            case "makers' segments":
                return OfBlocks(Open("in.jpg", JpegMaker.With(Jpeg(), [(0xe5, "MAKER\0words"u8.ToArray())])), path, BlockKind.Jpeg, "E5");

            case "further tags":
                TiffDirectory tags = new();
                tags.Entries.Add(new TiffEntry(65_000, 2, 6, "words\0"u8.ToArray()));
                Picture tagged = Drawn.Smooth().WithMetadata(new PictureMetadata { Blocks = [new MetadataBlock(BlockKind.Tiff, "", tags.ToBlock())] });
                tagged.Save(folder["in.tif"]);
                return OfBlocks(Picture.Open(folder["in.tif"]), path, BlockKind.Tiff);

            case "further pages":
                Picture pages = Pages();
                IReadOnlyList<string> lost = pages.Save(path);
                return Told(Picture.Open(path).Encoding.PageCount == 3, lost);

            case "further frames":
                return Frames(format);

            case "thumbnails and previews":
                Picture shown = Open("in.jpg", JpegMaker.With(Jpeg(), [(0xe1, [.. "Exif\0\0"u8, .. Drawn.Exif(), .. Thumbnail])]));
                shown.Save(path);
                return File.ReadAllBytes(path).AsSpan().IndexOf(Thumbnail.AsSpan(20, 100)) >= 0 ? "kept" : shown.Notes.Count > 0 ? "left out, noted" : "left out";

            case "gain map, film, depth map":
                Picture motion = Open("in.jpg", [.. Jpeg(), 0, 0, 0, 16, .. "ftypmp42moov"u8]);
                motion.Save(path);
                return File.ReadAllBytes(path).AsSpan().IndexOf("ftypmp42"u8) >= 0 ? "kept" : motion.Warnings.Count > 0 ? "left out, warned" : "left out";

            default:
                return $"no test for '{what}'";
        }
    }

    private string Pixels(PictureFormat format, string path)
    {
        string source = folder["source" + format.Extension()];
        if (format == PictureFormat.Jpeg)
        {
            File.WriteAllBytes(source, Jpeg());
        }
        else
        {
            Drawn.Smooth(24, 16).Save(source);
        }

        Picture before = Picture.Open(source);
        Mask mask = Mask.FromBox(before.Width, before.Height, new Box(0, 0, 8, 8));
        before.Compose(new byte[before.Width * before.Height * 3], mask.ToFloats()).Save(path);
        Picture after = Picture.Open(path);
        bool all = true;
        bool far = true;
        for (int i = 0; i < mask.Values.Length; i++)
        {
            bool same = before.Rgb.Slice(i * 3, 3).SequenceEqual(after.Rgb.Slice(i * 3, 3));
            all &= same || mask.Values[i] != 0;
            far &= same || (i % before.Width < 18 && i / before.Width < 18);
        }

        return all ? before.Encoding.Lossless && format == PictureFormat.WebP ? "kept where lossless" : "kept" : far && format == PictureFormat.Jpeg ? "kept by blocks" : "coded anew";
    }

    private string Frames(PictureFormat format)
    {
        Picture? animated = format switch
        {
            PictureFormat.Png => PngWith("acTL", [0, 0, 0, 2, 0, 0, 0, 0]),
            PictureFormat.Gif or PictureFormat.WebP => Animation(format),
            _ => null,
        };
        if (animated is null)
        {
            return "none";
        }

        string path = folder["still" + format.Extension()];
        animated.Save(path);
        return Picture.Open(path).Encoding.PageCount == 1 && animated.Warnings.Count > 0 ? "left out, warned" : "kept";
    }

    private Picture Animation(PictureFormat format)
    {
        using Image joined = Stack(2);
        string path = folder["animated" + format.Extension()];
        if (format == PictureFormat.Gif)
        {
            joined.Gifsave(path);
        }
        else
        {
            joined.Webpsave(path);
        }

        return Picture.Open(path);
    }

    private Picture Pages()
    {
        using Image joined = Stack(3);
        joined.Tiffsave(folder["pages.tif"]);
        return Picture.Open(folder["pages.tif"]);
    }

    private static Image Stack(int pages)
    {
        Picture one = Drawn.Smooth(32, 24);
        byte[] all = [.. Enumerable.Range(0, pages).SelectMany(page => one.ToRgb().Select(v => (byte)(v - (page * 30))))];
        using Image plain = Image.NewFromMemoryCopy<byte>(all, 32, 24 * pages, 3, Enums.BandFormat.Uchar);
        using Image colours = plain.Copy(interpretation: Enums.Interpretation.Srgb);
        return colours.Mutate(m => m.Set(GValue.GIntType, "page-height", 24));
    }

    private static string OfBlocks(Picture picture, string path, BlockKind kind, string? name = null)
    {
        Assert.Contains(picture.Metadata.Blocks, b => b.Kind == kind && (name is null || b.Name == name));
        IReadOnlyList<string> warnings = picture.Save(path);
        return Told(Picture.Open(path).Metadata.Blocks.Any(b => b.Kind == kind && (name is null || b.Name == name)), warnings);
    }

    private static PictureMetadata With(PictureMetadata metadata, string path, out IReadOnlyList<string> warnings)
    {
        warnings = [.. Drawn.Smooth().WithMetadata(metadata).Save(path).Where(w => !w.Contains("256 colours"))];
        return Picture.Open(path).Metadata;
    }

    private static string Told(bool kept, IReadOnlyList<string> warnings) => kept ? "kept" : warnings.Any(w => w.Contains("left out")) ? "left out, warned" : "left out";

    private static byte[] Jpeg() => JpegMaker.Make(Drawn.Smooth().ToRgb(), 64, 48, new JpegKind { Across = 2, Down = 2 });

    private Picture Open(string name, byte[] file)
    {
        File.WriteAllBytes(folder[name], file);
        return Picture.Open(folder[name]);
    }

    /// <summary>A PNG with a chunk after its header.</summary>
    private Picture PngWith(string name, byte[] body)
    {
        Drawn.Smooth().WithMetadata(new PictureMetadata { Blocks = [new MetadataBlock(BlockKind.Png, name, body)] }).Save(folder["in.png"]);
        return Picture.Open(folder["in.png"]);
    }

    private static string[] Split(string line) => [.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim())];

    private static string Root()
    {
        string at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "BrushEdit.psd1")))
        {
            at = Path.GetDirectoryName(at) ?? throw new InvalidOperationException("The tests do not run from a checkout.");
        }

        return at;
    }
}
