using System.Text;
using BrushEdit.Imaging;
using BrushEdit.Tagging;
using BrushEdit.Tests.Support;
using NetVips;

namespace BrushEdit.Tests.Imaging;

public sealed class PictureFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, PictureColor, bool, int> LosslessKinds => new()
    {
        { "a.png", PictureColor.Grey, false, 8 },
        { "a.png", PictureColor.Grey, true, 8 },
        { "a.png", PictureColor.Grey, false, 16 },
        { "a.png", PictureColor.Grey, true, 16 },
        { "a.png", PictureColor.Rgb, false, 8 },
        { "a.png", PictureColor.Rgb, true, 8 },
        { "a.png", PictureColor.Rgb, false, 16 },
        { "a.png", PictureColor.Rgb, true, 16 },
        { "a.tif", PictureColor.Grey, false, 8 },
        { "a.tif", PictureColor.Grey, true, 16 },
        { "a.tif", PictureColor.Rgb, false, 8 },
        { "a.tif", PictureColor.Rgb, true, 8 },
        { "a.tif", PictureColor.Rgb, true, 16 },
        { "a.tif", PictureColor.Rgb, false, 16 },
        { "a.tif", PictureColor.Cmyk, false, 8 },
        { "a.tif", PictureColor.Cmyk, true, 8 },
        { "a.tif", PictureColor.Cmyk, false, 16 },
        { "a.webp", PictureColor.Rgb, false, 8 },
        { "a.webp", PictureColor.Rgb, true, 8 },
    };

    [Theory]
    [MemberData(nameof(LosslessKinds))]
    public void Lossless_files_keep_every_sample(string name, PictureColor color, bool alpha, int depth)
    {
        Picture drawn = Drawn.Picture(color: color, alpha: alpha, depth: depth);
        drawn.Save(folder[name]);
        Picture read = Picture.Open(folder[name]);
        Assert.True(drawn.SameSamples(read), $"{drawn} became {read}");
        Assert.True(read.Encoding.Lossless);

        // Once more, from what was read, with everything kept as the file says.
        read.Save(folder["again" + Path.GetExtension(name)]);
        Assert.True(drawn.SameSamples(Picture.Open(folder["again" + Path.GetExtension(name)])));
    }

    [Theory]
    [MemberData(nameof(LosslessKinds))]
    public void Metadata_is_kept_byte_for_byte(string name, PictureColor color, bool alpha, int depth)
    {
        byte[]? profile = color == PictureColor.Cmyk ? Drawn.Profile("cmyk") : color == PictureColor.Rgb ? Drawn.Profile() : null;
        PictureMetadata metadata = new() { IccProfile = profile, Exif = Drawn.Exif(width: 37), Xmp = Drawn.Xmp(), ResolutionX = 300 / 25.4, ResolutionY = 150 / 25.4 };
        Drawn.Picture(color: color, alpha: alpha, depth: depth, metadata: metadata).Save(folder[name]);
        PictureMetadata read = Picture.Open(folder[name]).Metadata;
        Assert.Equal(profile, read.IccProfile);
        Assert.Equal(metadata.Xmp, read.Xmp);
        if (name == "a.tif")
        {
            AssertSameFields(metadata.Exif, read.Exif!);
        }
        else
        {
            Assert.Equal(metadata.Exif, read.Exif);
        }

        if (name != "a.webp")
        {
            Assert.Equal(metadata.ResolutionX, read.ResolutionX, 0.02);
            Assert.Equal(metadata.ResolutionY, read.ResolutionY, 0.02);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Metadata_goes_through_every_format_in_turn(bool littleEndian)
    {
        PictureMetadata metadata = new() { IccProfile = Drawn.Profile(), Exif = Drawn.Exif(little: littleEndian, width: 64), Xmp = Drawn.Xmp(), Iptc = Drawn.Iptc() };
        Picture picture = Drawn.Smooth();
        picture = Picture.FromSamples(picture.Rgb, picture.Width, picture.Height, PictureColor.Rgb, metadata: metadata);
        foreach (string name in (string[])["1.jpg", "2.tif", "3.png", "4.webp", "5.jpg"])
        {
            picture.Save(folder[name]);
            picture = Picture.Open(folder[name]);
            Assert.Equal(metadata.IccProfile, picture.Metadata.IccProfile);
            Assert.Equal(metadata.Xmp, picture.Metadata.Xmp);
            AssertSameFields(metadata.Exif, picture.Metadata.Exif!);
            if (name is "1.jpg" or "2.tif")
            {
                Assert.True(picture.Metadata.Iptc.AsSpan().IndexOf(metadata.Iptc) >= 0, $"{name} lost the IPTC record");
            }
        }
    }

    [Fact]
    public void Metadata_can_be_left_out_but_the_profile_stays()
    {
        PictureMetadata metadata = new() { IccProfile = Drawn.Profile(), Exif = Drawn.Exif(), Xmp = Drawn.Xmp() };
        Drawn.Picture(metadata: metadata).Save(folder["bare.png"], new PictureSaveOptions { KeepMetadata = false });
        PictureMetadata read = Picture.Open(folder["bare.png"]).Metadata;
        Assert.Null(read.Exif);
        Assert.Null(read.Xmp);
        Assert.Equal(metadata.IccProfile, read.IccProfile);
    }

    [Theory]
    [InlineData(".png")]
    [InlineData(".webp")]
    [InlineData(".tif")]
    [InlineData(".jpg")]
    public void All_eight_orientations_are_applied_and_reset(string extension)
    {
        Picture drawn = extension == ".jpg" ? Drawn.Smooth() : Drawn.Picture();
        for (int orientation = 1; orientation <= 8; orientation++)
        {
            string path = folder[$"turned{orientation}{extension}"];
            Store(drawn, path, orientation);
            Picture read = Picture.Open(path);

            // What libvips itself makes of the file is the reference.
            using Image stored = Image.NewFromFile(path);
            using Image upright = stored.Autorot();
            Assert.Equal((upright.Width, upright.Height), (read.Width, read.Height));
            Assert.Equal(upright.WriteToMemory<byte>(), read.Samples8.ToArray());

            string again = folder[$"again{orientation}{extension}"];
            read.Save(again);
            Picture reread = Picture.Open(again);
            Assert.Equal((read.Width, read.Height), (reread.Width, reread.Height));
            using Image final = Image.NewFromFile(again);
            int stated = final.GetTypeOf("orientation") == 0 ? 1 : Convert.ToInt32(final.Get("orientation"));

            // A JPEG stays as it is stored, since its blocks do.
            Assert.Equal(extension == ".jpg" ? orientation : 1, stated);
            if (extension != ".jpg")
            {
                Assert.True(read.SameSamples(reread));
            }

            if (extension is ".png" or ".jpg" or ".webp")
            {
                int width = extension == ".jpg" && orientation >= 5 ? read.Height : read.Width;
                Assert.Equal(Drawn.Exif(1, width: width), reread.Metadata.Exif);
            }
        }
    }

    [Theory]
    [InlineData(30, "4:2:0")]
    [InlineData(50, "4:4:4")]
    [InlineData(75, "4:2:0")]
    [InlineData(88, "4:4:4")]
    [InlineData(97, "4:2:0")]
    public void Jpeg_quality_and_subsampling_are_kept(int quality, string sampling)
    {
        Drawn.Smooth().Save(folder["a.jpg"], new PictureSaveOptions { Quality = quality, ChromaSubsampling = sampling });
        Picture read = Picture.Open(folder["a.jpg"]);
        Assert.Equal(quality, read.Encoding.Quality);
        Assert.Equal(sampling, read.Encoding.ChromaSubsampling);
        Assert.False(read.Encoding.Lossless);
        read.Save(folder["b.jpg"]);
        PictureEncoding again = Picture.Open(folder["b.jpg"]).Encoding;
        Assert.Equal(quality, again.Quality);
        Assert.Equal(sampling, again.ChromaSubsampling);
        Assert.InRange(new FileInfo(folder["b.jpg"]).Length, 1, (new FileInfo(folder["a.jpg"]).Length * 11 / 10) + 64);
    }

    [Fact]
    public void Jpeg_may_be_told_otherwise()
    {
        Drawn.Smooth().Save(folder["a.jpg"], new PictureSaveOptions { Quality = 95, ChromaSubsampling = "4:4:4" });
        Picture.Open(folder["a.jpg"]).Save(folder["b.jpg"], new PictureSaveOptions { Quality = 40, ChromaSubsampling = "4:2:0" });
        PictureEncoding encoding = Picture.Open(folder["b.jpg"]).Encoding;
        Assert.Equal(40, encoding.Quality);
        Assert.Equal("4:2:0", encoding.ChromaSubsampling);
    }

    [Theory]
    [InlineData(PictureColor.Grey)]
    [InlineData(PictureColor.Cmyk)]
    public void Jpeg_keeps_grey_and_cmyk(PictureColor color)
    {
        Picture drawn = color == PictureColor.Grey
            ? Picture.FromSamples(Drawn.Smooth().Rgb[..(64 * 48)], 64, 48, color)
            : Picture.FromSamples(Enumerable.Range(0, 64 * 48 * 4).Select(i => (byte)((i % 4 * 40) + (i / 4 % 64))).ToArray(), 64, 48, color);
        drawn.Save(folder["a.jpg"], new PictureSaveOptions { Quality = 98 });
        Picture read = Picture.Open(folder["a.jpg"]);
        Assert.Equal((color, false, 8), (read.Color, read.HasAlpha, read.BitDepth));
        double mean = 0;
        for (int i = 0; i < read.Samples8.Length; i++)
        {
            mean += Math.Abs(read.Samples8[i] - drawn.Samples8[i]) / (double)read.Samples8.Length;
        }

        Assert.InRange(mean, 0, color == PictureColor.Grey ? 12 : 2);
    }

    [Fact]
    public void WebP_stays_lossy_or_lossless()
    {
        Drawn.Smooth().Save(folder["lossless.webp"]);
        Picture lossless = Picture.Open(folder["lossless.webp"]);
        Assert.True(lossless.Encoding.Lossless);
        Drawn.Smooth().Save(folder["lossy.webp"], new PictureSaveOptions { Quality = 60 });
        Picture lossy = Picture.Open(folder["lossy.webp"]);
        Assert.False(lossy.Encoding.Lossless);
        lossy.Save(folder["again.webp"]);
        Assert.False(Picture.Open(folder["again.webp"]).Encoding.Lossless);
        lossy.Save(folder["told.webp"], new PictureSaveOptions { Lossless = true });
        Assert.True(Picture.Open(folder["told.webp"]).SameSamples(lossy));
    }

    [Theory]
    [InlineData(TiffCompression.None)]
    [InlineData(TiffCompression.Lzw)]
    [InlineData(TiffCompression.Deflate)]
    [InlineData(TiffCompression.PackBits)]
    public void Tiff_packing_is_kept(TiffCompression packing)
    {
        Drawn.Picture().Save(folder["a.tif"], new PictureSaveOptions { TiffCompression = packing });
        Picture read = Picture.Open(folder["a.tif"]);
        Assert.Equal(packing, read.Encoding.TiffCompression);
        read.Save(folder["b.tif"]);
        Assert.Equal(packing, Picture.Open(folder["b.tif"]).Encoding.TiffCompression);
    }

    [Fact]
    public void The_format_follows_the_extension_or_else_the_picture()
    {
        Drawn.Picture().Save(folder["a.tiff"]);
        Picture tiff = Picture.Open(folder["a.tiff"]);
        Assert.Equal(PictureFormat.Tiff, tiff.Format);
        tiff.Save(folder["b.png"]);
        Assert.Equal(PictureFormat.Png, Picture.Open(folder["b.png"]).Format);
        tiff.Save(folder["c.picture"]);
        Assert.Equal(PictureFormat.Tiff, Picture.Open(folder["c.picture"]).Format);
        tiff.Save(folder["d.png"], new PictureSaveOptions { Format = PictureFormat.WebP });
        Assert.Equal(PictureFormat.WebP, Picture.Open(folder["d.png"]).Format);
    }

    [Fact]
    public void Names_with_brackets_and_accents_are_plain_names()
    {
        string path = folder["bild [1,Q=3] é.jpg"];
        Drawn.Smooth().Save(path);
        Assert.Equal(64, Picture.Open(path).Width);
    }

    [Fact]
    public void Transparent_parts_are_not_lost_in_silence_in_a_jpeg()
    {
        Picture picture = Drawn.Picture(alpha: true);
        EditException error = Assert.Throws<EditException>(() => picture.Save(folder["a.jpg"]));
        Assert.Equal(EditFault.CannotWrite, error.Kind);
        picture.Save(folder["a.jpg"], new PictureSaveOptions { Background = (255, 255, 255), Quality = 100 });
        Picture read = Picture.Open(folder["a.jpg"]);
        Assert.False(read.HasAlpha);
        Assert.True(read.Rgb[0] > 240 && read.Rgb[1] > 240 && read.Rgb[2] > 240);
    }

    [Theory]
    [InlineData("a.png")]
    [InlineData("a.jpg")]
    [InlineData("a.webp")]
    [InlineData("a.tif")]
    public void A_useless_profile_does_not_stand_in_the_way(string name)
    {
        Picture drawn = Drawn.Picture(metadata: new PictureMetadata { IccProfile = [.. "no profile at all, but long enough to look at"u8, .. new byte[200]] });
        drawn.Save(folder[name]);
        Assert.Equal((drawn.Width, drawn.Height), (Picture.Open(folder[name]).Width, Picture.Open(folder[name]).Height));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        foreach (PictureSaveOptions options in (PictureSaveOptions[])[new() { Quality = 0 }, new() { Quality = 101 }, new() { ChromaSubsampling = "4:2:2" }])
        {
            EditException error = Assert.Throws<EditException>(() => Drawn.Smooth().Save(folder["a.jpg"], options));
            Assert.Equal(EditFault.BadArgument, error.Kind);
        }
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        string path = folder["a.jpg"];
        Drawn.Smooth().Save(path);
        byte[] before = File.ReadAllBytes(path);
        PictureSaveOptions replacing = new() { Rule = WriteRule.For(force: true) };
        Assert.Throws<EditException>(() => Drawn.Picture(alpha: true).Save(path, replacing));
        Assert.Throws<EditException>(() => Drawn.Smooth().Save(path));
        Assert.Throws<EditException>(() => Picture.FromRgb(new byte[16_384 * 3], 16_384, 1).Save(path, replacing with { Format = PictureFormat.WebP }));
        PictureMetadata tooLong = new() { Exif = [.. Drawn.Exif(), .. new byte[70_000]] };
        Assert.Throws<EditException>(() => Drawn.Smooth().WithMetadata(tooLong).Save(path, replacing));
        Assert.Throws<EditException>(() => Drawn.Smooth().Save(folder["none/a.png"]));
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal(["a.jpg"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("a.png")]
    [InlineData("a.jpg")]
    [InlineData("a.webp")]
    [InlineData("a.tif")]
    public void Parameters_are_stored_beside_an_existing_packet_and_read_back(string name)
    {
        Dictionary<string, string> first = new() { ["seed"] = "42", ["caption"] = "a \"sunflower\" <é> \u0001\ud83c\udf3b" };
        Picture picture = Drawn.Smooth().WithMetadata(new PictureMetadata { Xmp = Drawn.Xmp() });
        picture.Save(folder[name], new PictureSaveOptions { Parameters = first });
        Picture read = Picture.Open(folder[name]);

        // The file holds the text as it was; what is read back is plain, so that no control character reaches a terminal.
        Assert.Contains("\\u0001", Encoding.UTF8.GetString(read.Metadata.Xmp!), StringComparison.Ordinal);
        Dictionary<string, string> plain = first.ToDictionary(pair => pair.Key, pair => pair.Value.Replace('\u0001', '\u2401'));
        Assert.Equal(plain, PictureParameters.Read(folder[name]));
        Assert.Equal(plain, PictureParameters.Of(read));
        Assert.Contains("a téa-cup &lt;&amp;&gt;", Encoding.UTF8.GetString(read.Metadata.Xmp!));

        // A second edit replaces them; a plain copy keeps them.
        Dictionary<string, string> second = new() { ["seed"] = "7" };
        string again = folder["again" + Path.GetExtension(name)];
        read.Save(again, new PictureSaveOptions { Parameters = second });
        Assert.Equal(second, PictureParameters.Read(again));
        string text = Encoding.UTF8.GetString(Picture.Open(again).Metadata.Xmp!);
        Assert.Contains("a téa-cup", text);
        Assert.DoesNotContain("42", text);
        Picture.Open(again).Save(folder["copy" + Path.GetExtension(name)]);
        Assert.Equal(second, PictureParameters.Read(folder["copy" + Path.GetExtension(name)]));
    }

    [Fact]
    public void A_file_without_parameters_gives_none()
    {
        Drawn.Smooth().Save(folder["a.png"]);
        Assert.Null(PictureParameters.Read(folder["a.png"]));
        Drawn.Smooth().WithMetadata(new PictureMetadata { Xmp = "not xml"u8.ToArray() }).Save(folder["b.png"]);
        Assert.Null(PictureParameters.Read(folder["b.png"]));
    }

    private static void Store(Picture picture, string path, int orientation)
    {
        if (Path.GetExtension(path) != ".tif")
        {
            picture.WithMetadata(new PictureMetadata { Exif = Drawn.Exif(orientation) }).Save(path);
            return;
        }

        using Image plain = Image.NewFromMemoryCopy(picture.Samples8, picture.Width, picture.Height, picture.Bands, Enums.BandFormat.Uchar);
        using Image colours = plain.Copy(interpretation: Enums.Interpretation.Srgb);
        using Image turned = colours.Mutate(m => m.Set(GValue.GIntType, "orientation", orientation));
        turned.Tiffsave(path);
    }

    /// <summary>The fields of two blocks say the same, whatever the byte order and place.</summary>
    private static void AssertSameFields(byte[] expected, byte[] actual)
    {
        TiffDirectory wanted = TiffDirectory.TryRead(expected)!;
        TiffDirectory found = TiffDirectory.TryRead(actual)!;
        Assert.Equal(wanted.Bytes(TiffTag.Make), found.Bytes(TiffTag.Make));
        TiffDirectory inner = wanted.Entries.Single(e => e.Tag == TiffTag.Exif).Directory!;
        TiffDirectory other = found.Entries.Single(e => e.Tag == TiffTag.Exif).Directory!;
        Assert.Equal(inner.Entries.Select(e => (e.Tag, e.Type, e.Count)), other.Entries.Select(e => (e.Tag, e.Type, e.Count)));
        foreach (TiffEntry entry in inner.Entries)
        {
            Assert.Equal(entry.Value, other.Bytes(entry.Tag));
        }
    }
}
