using BitMiracle.LibJpeg.Classic;
using BrushEdit.Imaging;
using BrushEdit.Tests.Support;

namespace BrushEdit.Tests.Imaging;

public sealed class JpegRewriteTests : IDisposable
{
    private static readonly Dictionary<string, (JpegKind Kind, int Bands)> Kinds = new()
    {
        ["4:4:4"] = (new JpegKind(), 3),
        ["4:2:0"] = (new JpegKind { Across = 2, Down = 2 }, 3),
        ["4:2:2"] = (new JpegKind { Across = 2 }, 3),
        ["4:4:0"] = (new JpegKind { Down = 2 }, 3),
        ["4:1:1"] = (new JpegKind { Across = 4 }, 3),
        ["progressive"] = (new JpegKind { Across = 2, Down = 2, Progressive = true }, 3),
        ["restarts"] = (new JpegKind { Across = 2, Down = 2, Restart = 2 }, 3),
        ["coarse"] = (new JpegKind { Across = 2, Down = 2, Quality = 5 }, 3),
        ["fine"] = (new JpegKind { Quality = 100 }, 3),
        ["rgb"] = (new JpegKind { Space = J_COLOR_SPACE.JCS_RGB }, 3),
        ["grey"] = (new JpegKind(), 1),
        ["cmyk"] = (new JpegKind(), 4),
        ["ycck"] = (new JpegKind { Space = J_COLOR_SPACE.JCS_YCCK, Across = 2, Down = 2 }, 4),
    };

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> KindNames => [.. Kinds.Keys];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(KindNames))]
    public void What_nothing_is_changed_in_keeps_every_coefficient(string name)
    {
        string path = Store(name, 61, 45);
        Assert.Empty(Picture.Open(path).Save(folder["again.jpg"]));
        AssertSame(JpegMaker.Coefficients(File.ReadAllBytes(path)), JpegMaker.Coefficients(File.ReadAllBytes(folder["again.jpg"])), (_, _, _) => true);
        PictureEncoding before = Picture.Open(path).Encoding;
        Assert.Equal(before, Picture.Open(folder["again.jpg"]).Encoding);
        Assert.True(Picture.Open(path).SameSamples(Picture.Open(folder["again.jpg"])));
    }

    [Theory]
    [MemberData(nameof(KindNames))]
    public void Ten_edits_leave_the_blocks_they_do_not_touch_bit_for_bit(string name)
    {
        const int Width = 77;
        const int Height = 61;
        string path = Store(name, Width, Height);
        Picture first = Picture.Open(path);
        string current = path;
        Mask mask = Mask.FromEllipse(Width, Height, new Box(30, 22, 21, 17));
        for (int round = 0; round < 10; round++)
        {
            Picture read = Picture.Open(current);
            byte[] drawn = Enumerable.Repeat((byte)(60 + (round * 12)), Width * Height * 3).ToArray();
            current = folder[$"round{round}.jpg"];
            Assert.Equal([], read.Compose(drawn, mask.ToFloats()).Save(current));
        }

        (JpegKind kind, int bands) = Kinds[name];
        short[][][][] before = JpegMaker.Coefficients(File.ReadAllBytes(path));
        short[][][][] after = JpegMaker.Coefficients(File.ReadAllBytes(current));
        int untouched = 0;
        AssertSame(before, after, (c, x, y) =>
        {
            bool full = c == 0 || c == 3;
            (int w, int h) = full ? (8, 8) : (8 * kind.Across, 8 * kind.Down);
            bool kept = mask.Intersect(Mask.FromBox(Width, Height, new Box(x * w, y * h, w, h))).IsEmpty;
            untouched += kept ? 1 : 0;
            return kept;
        });
        Assert.True(untouched > 20);

        // Away from the edit pixels are the same; in it the drawn colour is there.
        Picture last = Picture.Open(current);
        int reach = (8 * Math.Max(kind.Across, kind.Down)) + 2;
        Box hull = mask.Bounds!.Value;
        Mask near = Mask.FromBox(Width, Height, new Box(hull.X - reach, hull.Y - reach, hull.Width + (2 * reach), hull.Height + (2 * reach)));
        int middle = (31 * Width) + 40;
        for (int i = 0; i < Width * Height; i++)
        {
            if (near.Values[i] == 0)
            {
                Assert.True(last.Samples8.Slice(i * bands, bands).SequenceEqual(first.Samples8.Slice(i * bands, bands)), $"pixel {i % Width}, {i / Width}");
            }
        }

        Assert.InRange(last.Rgb[middle * 3], 168 - (name == "coarse" ? 40 : 14), 168 + (name == "coarse" ? 40 : 14));
    }

    [Theory]
    [InlineData("4:2:0")]
    [InlineData("4:2:2")]
    public void All_orientations_stay_as_they_are_stored_and_the_edit_is_turned_back(string name)
    {
        for (int orientation = 1; orientation <= 8; orientation++)
        {
            string path = Store(name, 60, 44, orientation);
            Picture read = Picture.Open(path);
            Assert.Equal(orientation >= 5 ? (44, 60) : (60, 44), (read.Width, read.Height));
            Mask corner = Mask.FromBox(read.Width, read.Height, new Box(2, 3, 9, 7));
            byte[] red = Enumerable.Range(0, read.Width * read.Height).SelectMany(_ => (byte[])[230, 20, 30]).ToArray();
            Assert.Empty(read.Compose(red, corner.ToFloats()).SaveOver(folder["edited.jpg"]));
            Picture edited = Picture.Open(folder["edited.jpg"]);
            Assert.Equal((read.Width, read.Height), (edited.Width, edited.Height));
            Assert.True(edited.Rgb[((6 * read.Width) + 6) * 3] > 180);
            Mask near = Mask.FromBox(read.Width, read.Height, new Box(0, 0, 30, 30));
            for (int i = 0; i < near.Values.Length; i++)
            {
                Assert.True(near.Values[i] != 0 || edited.Rgb.Slice(i * 3, 3).SequenceEqual(read.Rgb.Slice(i * 3, 3)));
            }

            using NetVips.Image stored = NetVips.Image.NewFromFile(folder["edited.jpg"]);
            Assert.Equal((60, 44, orientation), (stored.Width, stored.Height, stored.GetTypeOf("orientation") == 0 ? 1 : Convert.ToInt32(stored.Get("orientation"))));
        }
    }

    [Theory]
    [InlineData(1, 16, 32)]
    [InlineData(1, -16, -16)]
    [InlineData(6, 16, 32)]
    [InlineData(3, 32, 16)]
    [InlineData(8, 32, 16)]
    public void A_canvas_that_grows_or_shrinks_by_whole_units_keeps_its_blocks(int orientation, int left, int top)
    {
        string path = Store("4:2:0", 64, 48, orientation);
        Picture read = Picture.Open(path);
        Picture canvas = left > 0 ? read.Extend(left, top, 16, 16) : read.Crop(new Box(16, 16, read.Width - 16, read.Height - 16));
        Assert.Equal([], canvas.Save(folder["canvas.jpg"]));
        Picture again = Picture.Open(folder["canvas.jpg"]);
        Assert.Equal((canvas.Width, canvas.Height), (again.Width, again.Height));
        int same = 0;
        int inner = 0;
        for (int y = Math.Max(0, top) + 2; y < Math.Min(canvas.Height, read.Height + top) - 2; y++)
        {
            for (int x = Math.Max(0, left) + 2; x < Math.Min(canvas.Width, read.Width + left) - 2; x++, inner++)
            {
                same += again.Rgb.Slice(((y * canvas.Width) + x) * 3, 3).SequenceEqual(canvas.Rgb.Slice(((y * canvas.Width) + x) * 3, 3)) ? 1 : 0;
            }
        }

        Assert.True(same > inner * 0.97, $"{same} of {inner}");
    }

    [Fact]
    public void A_canvas_that_moves_its_blocks_apart_keeps_tables_and_sampling()
    {
        string path = Store("4:2:2", 64, 48);
        Picture canvas = Picture.Open(path).Extend(5, 3, 0, 0);
        canvas.Save(folder["canvas.jpg"]);
        Picture again = Picture.Open(folder["canvas.jpg"]);
        Assert.Equal("4:2:2", again.Encoding.ChromaSubsampling);
        Assert.Equal(85, again.Encoding.Quality);
        Assert.InRange(ImageMetrics.Psnr(canvas.Rgb, again.Rgb), 28, 200);
    }

    [Fact]
    public void Asking_for_a_quality_codes_anew()
    {
        string path = Store("4:2:0", 61, 45);
        Picture.Open(path).Save(folder["again.jpg"], new PictureSaveOptions { Quality = 40 });
        Assert.Equal(40, Picture.Open(folder["again.jpg"]).Encoding.Quality);
    }

    [Fact]
    public void A_file_that_cannot_be_taken_apart_is_coded_anew_with_a_warning()
    {
        byte[] file = File.ReadAllBytes(Store("4:2:0", 61, 45));
        int table = file.AsSpan().IndexOf((byte[])[0xff, 0xdb]);
        File.WriteAllBytes(folder["odd.jpg"], [.. file[..table], 1, 2, 3, .. file[table..]]);
        string warning = Assert.Single(Picture.Open(folder["odd.jpg"]).Save(folder["again.jpg"]));
        Assert.Contains("coded anew", warning);
        Assert.Equal((61, 45), (Picture.Open(folder["again.jpg"]).Width, Picture.Open(folder["again.jpg"]).Height));
    }

    [Fact]
    public void Damaged_files_that_can_be_read_can_be_written()
    {
        Random random = new(11);
        int read = 0;
        foreach (string name in (string[])["4:2:0", "progressive", "restarts", "cmyk"])
        {
            byte[] whole = File.ReadAllBytes(Store(name, 45, 37));
            for (int i = 0; i < 60; i++)
            {
                byte[] file = [.. whole];
                for (int n = 0; n < 1 + (i % 4); n++)
                {
                    file[random.Next(2, i % 2 == 0 ? file.Length : Math.Min(file.Length, 620))] = (byte)random.Next(256);
                }

                File.WriteAllBytes(folder["damaged.jpg"], file);
                try
                {
                    Picture picture = Picture.Open(folder["damaged.jpg"]);
                    read++;
                    picture.SaveOver(folder["again.jpg"]);
                    Assert.Equal((picture.Width, picture.Height), (Picture.Open(folder["again.jpg"]).Width, Picture.Open(folder["again.jpg"]).Height));
                }
                catch (EditException fault) when (fault.Kind == EditFault.BadPicture)
                {
                    Assert.Contains("damaged.jpg", fault.Message);
                }
            }
        }

        Assert.True(read > 20);
    }

    private string Store(string name, int width, int height, int orientation = 1)
    {
        (JpegKind kind, int bands) = Kinds[name];
        byte[] samples = new byte[width * height * bands];
        for (int i = 0; i < samples.Length; i++)
        {
            int pixel = i / bands;
            samples[i] = (byte)(((pixel % width * 3) + (pixel / width * 2) + (i % bands * 60) + (pixel * 7919 % 13)) % 256);
        }

        byte[] file = JpegMaker.Make(samples, width, height, kind);
        file = orientation == 1 ? file : JpegMaker.With(file, [(0xe1, [.. "Exif\0\0"u8, .. Drawn.Exif(orientation)])]);
        string path = folder[$"made-{name.Replace(':', '-')}-{orientation}.jpg"];
        File.WriteAllBytes(path, file);
        return path;
    }

    private static void AssertSame(short[][][][] before, short[][][][] after, Func<int, int, int, bool> wanted)
    {
        Assert.Equal(before.Length, after.Length);
        for (int c = 0; c < before.Length; c++)
        {
            for (int y = 0; y < before[c].Length; y++)
            {
                for (int x = 0; x < before[c][y].Length; x++)
                {
                    if (wanted(c, x, y))
                    {
                        Assert.True(before[c][y][x].AsSpan().SequenceEqual(after[c][y][x]), $"block {x}, {y} of component {c}");
                    }
                }
            }
        }
    }
}
