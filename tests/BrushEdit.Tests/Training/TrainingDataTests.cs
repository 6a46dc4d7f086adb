using System.Formats.Tar;
using System.Text;
using BrushEdit.Imaging;
using BrushEdit.Synthesizing;
using BrushEdit.Tests.Support;
using BrushEdit.Training;

namespace BrushEdit.Tests.Training;

public sealed class TrainingDataTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Captions_come_from_texts_beside_or_from_tables_and_bad_rows_are_named()
    {
        string place = Directory.CreateDirectory(folder["pictures"]).FullName;
        foreach (string name in new[] { "a", "b", "c", "d" })
        {
            Draw(Path.Combine(place, name + ".png"), 1);
        }

        File.WriteAllText(Path.Combine(place, "a.txt"), "from its own text\n");
        File.WriteAllText(Path.Combine(place, "metadata.jsonl"), "{\"file_name\": \"a.png\", \"text\": \"not this\"}\n{\"file_name\": \"b.png\", \"text\": 7}\n{\"file_name\": \"c.png\", \"caption\": \"from the lines\"}\nno json\n");
        File.WriteAllText(Path.Combine(place, "captions.csv"), "file,caption\nd.png,\"with a comma, and \"\"quotes\"\"\"\n,nothing\n");
        FolderPictures pictures = new(place);

        Assert.Equal(["from its own text", "", "from the lines", "with a comma, and \"quotes\""], Enumerable.Range(0, 4).Select(at => pictures.Read(at).Caption));
        Assert.Equal(3, pictures.Problems.Count);
        Assert.Contains(pictures.Problems, problem => problem.Contains("line 2", StringComparison.Ordinal) && problem.Contains("text", StringComparison.Ordinal));
    }

    [Fact]
    public void Masks_lie_beside_pictures_or_in_a_folder_and_are_no_pictures_themselves()
    {
        string place = Directory.CreateDirectory(folder["pictures"]).FullName;
        Directory.CreateDirectory(Path.Combine(place, "masks"));
        Draw(Path.Combine(place, "a.png"), 1);
        Draw(Path.Combine(place, "b.png"), 2);
        Mask.FromBox(40, 36, new Box(0, 0, 10, 36)).Save(Path.Combine(place, "a.mask.png"));
        Mask.FromBox(40, 36, new Box(0, 0, 40, 9)).Save(Path.Combine(place, "masks", "b.png"));
        FolderPictures pictures = new(place);

        Assert.Equal(2, pictures.Count);
        Assert.Equal(10 * 36, pictures.Read(0).Holes.Single().Count(hole => hole));
        Assert.Equal(40 * 9, pictures.Read(1).Holes.Single().Count(hole => hole));
    }

    [Fact]
    public void A_broken_picture_is_named_once_and_the_next_one_takes_its_place()
    {
        string place = Directory.CreateDirectory(folder["pictures"]).FullName;
        Draw(Path.Combine(place, "good.png"), 1);
        File.WriteAllText(Path.Combine(place, "bad.png"), "no picture");
        BranchSource source = new(new FolderPictures(place), new BranchDataOptions { Side = 32 }, []);
        BranchSample[] samples = [.. Enumerable.Range(0, 12).Select(at => source.Sample(at))];

        Assert.All(samples, sample => Assert.Equal(3 * 32 * 32, sample.Pixels.Length));
        Assert.Contains("bad.png", Assert.Single(source.Faults), StringComparison.Ordinal);
        File.Delete(Path.Combine(place, "good.png"));
        Assert.Throws<EditException>(() => new BranchSource(new FolderPictures(place), new BranchDataOptions { Side = 32 }, []).Sample(0));
    }

    [Fact]
    public void Samples_are_the_same_for_the_same_place_whatever_was_asked_before_and_show_every_picture_in_an_epoch()
    {
        GivenPictures pictures = new("colours", [.. Enumerable.Range(0, 6).Select(at => new TrainingPicture([.. Enumerable.Repeat((byte)(40 * at), 48 * 48 * 3)], 48, 48, $"{at}", []))]);
        BranchDataOptions options = new() { Side = 32, Seed = 3 };
        BranchSource forwards = new(pictures, options, []);
        BranchSource backwards = new(pictures, options, []);
        BranchSample[] there = [.. Enumerable.Range(0, 18).Select(at => forwards.Sample(at))];
        BranchSample[] back = [.. Enumerable.Range(0, 18).Reverse().Select(at => backwards.Sample(at)).Reverse()];

        Assert.All(there.Zip(back), pair =>
        {
            Assert.Equal(pair.First.Caption, pair.Second.Caption);
            Assert.Equal(pair.First.Masked, pair.Second.Masked);
        });
        Assert.All(there.Chunk(6), epoch => Assert.Equal(6, epoch.Select(sample => sample.Caption).Distinct().Count()));
        BranchSource held = new(pictures, options, [0, 5]);
        Assert.DoesNotContain(Enumerable.Range(0, 40).Select(at => held.Sample(at).Caption), caption => caption is "0" or "5");
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(0, 1, 0)]
    [InlineData(0, 0, 1)]
    public void Masks_are_drawn_by_their_shares(double brush, double segment, double removal)
    {
        // Picture 0 has its left half as its mask, picture 1 has none.
        byte[] grey = [.. Enumerable.Repeat((byte)128, 32 * 32 * 3)];
        bool[] left = [.. Enumerable.Range(0, 32 * 32).Select(at => at % 32 < 16)];
        GivenPictures pictures = new("two", [new TrainingPicture(grey, 32, 32, "own", [left]), new TrainingPicture(grey, 32, 32, "none", [])]);
        BranchSource source = new(pictures, new BranchDataOptions { Side = 32, BrushShare = brush, SegmentShare = segment, RemovalShare = removal, ChangeShare = 0 }, []);
        float[] wanted = Array.ConvertAll(left, hole => hole ? 0f : 1f);
        ILookup<string, bool> exact = Enumerable.Range(0, 60).Select(at => source.Sample(at)).ToLookup(sample => sample.Caption, sample => sample.Keep.SequenceEqual(wanted));

        Assert.Equal(segment > 0 ? 30 : removal > 0 ? exact["own"].Count(same => same) : 0, exact["own"].Count(same => same));
        Assert.Equal(removal > 0, exact["none"].Contains(true));
        Assert.Equal(brush > 0, !exact["own"].Contains(true));
    }

    [Fact]
    public void Shards_are_read_where_they_lie_and_what_is_broken_in_them_is_named()
    {
        byte[] picture = Png(1);
        Shard("00000.tar", ("000000000", "image", picture), ("000000000", "caption", Encoding.UTF8.GetBytes("first")), ("000000000", "segmentation", "{\"mask\": [[1, 36]]}"u8.ToArray()),
            ("000000001", "caption", Encoding.UTF8.GetBytes("without a picture")),
            ("000000002", "image", picture), ("000000002", "caption", [0xff, 0xfe]));
        Shard("00001.tar", ("000000003", "image", picture), ("000000003", "caption", Encoding.UTF8.GetBytes("second shard")));
        byte[] cut = File.ReadAllBytes(folder["00001.tar"]);
        File.WriteAllBytes(folder["00002.tar"], [.. cut[..700], .. Enumerable.Repeat((byte)0x7f, 700)]);
        ShardPictures shards = new([folder["00000.tar"], folder["00001.tar"], folder["00002.tar"]]);

        TrainingPicture first = shards.Read(0);
        Assert.Equal("first", first.Caption);
        Assert.Equal(36, first.Holes.Single().Count(hole => !hole));
        Assert.True(first.Holes.Single().Where((_, at) => at % 40 == 0).All(hole => !hole), "column by column");
        Assert.Contains("not UTF-8", Assert.Throws<EditException>(() => shards.Read(1)).Message, StringComparison.Ordinal);
        Assert.Equal("second shard", shards.Read(2).Caption);
        Assert.Contains(shards.Problems, problem => problem.Contains("000000001", StringComparison.Ordinal) && problem.Contains("no image", StringComparison.Ordinal));
        Assert.Contains(shards.Problems, problem => problem.Contains("00002.tar", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(new[] { 1, 2, 3 })]
    [InlineData(new[] { 0, 2 })]
    [InlineData(new[] { 31, 3 })]
    [InlineData(new[] { 1, -1 })]
    public void Codes_that_leave_the_picture_are_refused(int[] code) =>
        Assert.Equal(EditFault.BadMask, Assert.Throws<EditException>(() => RunLengths.Decode(code, 4, 8)).Kind);

    [Fact]
    public void Metrics_behind_the_step_a_run_goes_on_from_are_taken_away()
    {
        string path = folder["metrics.jsonl"];
        using (MetricsFile file = MetricsFile.Open(path, 0))
        {
            file.Add(1, ("loss", 3));
            file.Add(2, ("loss", double.NaN), ("gradient_norm", 1));
            file.Add(3, ("loss", 2));
        }

        using (MetricsFile file = MetricsFile.Open(path, 2))
        {
            Assert.Equal([(1.0, 3.0)], file.Series("loss"));
            file.Add(3, ("loss", 1));
        }

        Assert.Equal([(1.0, 3.0), (3.0, 1.0)], MetricsFile.Series(MetricsFile.Read(path), "loss"));
    }

    [Fact]
    public void A_running_mean_counts_what_lies_within_its_window()
    {
        (double, double)[] points = [(1, 1), (2, 2), (3, 6), (4, 1), (5, 5)];

        Assert.Equal([1.5, 3, 3, 4, 3], LineChart.Smooth(points, 1).Select(point => point.Y));
    }

    private static void Draw(string path, ulong seed)
    {
        ToyScene scene = ToyScene.Draw(seed, new ToySceneOptions { Width = 40, Height = 36 });
        Picture.FromRgb(scene.Rgb, 40, 36).Save(path);
    }

    private byte[] Png(ulong seed)
    {
        Draw(folder["one.png"], seed);
        return File.ReadAllBytes(folder["one.png"]);
    }

    private void Shard(string name, params (string Key, string Field, byte[] Content)[] members)
    {
        using TarWriter writer = new(File.Create(folder[name]), TarEntryFormat.Ustar);
        foreach ((string key, string field, byte[] content) in members)
        {
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{key}.{field}") { DataStream = new MemoryStream(content) });
        }
    }
}
