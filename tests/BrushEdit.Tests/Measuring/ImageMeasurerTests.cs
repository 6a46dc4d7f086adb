using BrushEdit.Imaging;
using BrushEdit.Measuring;
using BrushEdit.Tests.Parity;
using TorchSharp;

namespace BrushEdit.Tests.Measuring;

public sealed class ImageMeasurerTests
{
    [Fact]
    public void Each_part_is_measured_by_itself()
    {
        // Left half edited, by 51 levels; the right half by 5, which nobody asked for.
        Picture original = Flat(100, 100);
        Picture result = Flat(151, 105);
        EditMeasures measures = Only(new MeasureItem("one", original, result) { Mask = LeftHalf() });
        Assert.Equal(0.2 * 0.2, measures.EditedMse!.Value, 1e-12);
        Assert.Equal(Math.Pow(5 / 255.0, 2), measures.KeptMse!.Value, 1e-12);
        Assert.Equal((measures.EditedMse.Value + measures.KeptMse.Value) / 2, measures.Mse!.Value, 1e-12);
        Assert.Equal(0.5, measures.MaskShare);
        Assert.Equal(-10 * Math.Log10(measures.KeptMse.Value), measures.KeptPsnr!.Value, 1e-9);
    }

    [Fact]
    public void Each_rule_sums_in_its_own_way()
    {
        MeasureItem item = new("one", Flat(100, 100), Flat(151, 105)) { Mask = LeftHalf() };
        double plain = Only(item).KeptMse!.Value;
        Assert.Equal(plain / 2, Only(item, MeasureRule.PieBench).KeptMse!.Value, 1e-12);

        // At its own size BrushBench would be 3 times the mean; it measures at 512 x 512, where the mask does not fit.
        MeasureAnswer answer = new ImageMeasurer(new MeasureNetworks(), MeasureRule.BrushBench).Measure([item])[0];
        Assert.Equal(EditFault.BadMask, answer.Fault!.Kind);
        MeasureItem large = new("large", Flat(100, 100, 512), Flat(151, 105, 512)) { Mask = item.Mask!.Fit(512, 512) };
        Assert.Equal(3 * plain, Only(large, MeasureRule.BrushBench).KeptMse!.Value, 1e-12);
    }

    [Fact]
    public void What_was_not_measured_is_null_and_says_why()
    {
        EditMeasures measures = Only(new MeasureItem("one", Flat(1, 2), Flat(3, 4)));
        Assert.Null(measures.KeptPsnr);
        Assert.Null(measures.Lpips);
        Assert.Null(measures.ClipSimilarity);
        Assert.Null(measures.StructureDistance);
        Assert.Null(measures.LpipsNetwork);
        foreach (string word in (string[])["mask", "LPIPS", "CLIP", "Structure"])
        {
            Assert.Contains(measures.Notes, note => note.Contains(word, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void A_part_without_a_pixel_has_no_value()
    {
        EditMeasures measures = Only(new MeasureItem("one", Flat(1, 2), Flat(3, 4)) { Mask = Mask.Full(Side, Side) });
        Assert.True(double.IsNaN(measures.KeptMse!.Value));
        Assert.True(double.IsNaN(measures.KeptPsnr!.Value));
        Assert.True(double.IsNaN(measures.KeptSsim!.Value));
        Assert.False(double.IsNaN(measures.EditedPsnr!.Value));
    }

    [Fact]
    public void One_that_cannot_be_measured_does_not_stop_the_others()
    {
        MeasureItem good = new("good", Flat(1, 2), Flat(3, 4));
        MeasureItem bad = new("bad", Flat(1, 2), Picture.FromRgb(new byte[3 * 7 * 7], 7, 7));
        IReadOnlyList<MeasureAnswer> answers = new ImageMeasurer(new MeasureNetworks()).Measure([good, bad, good]);
        Assert.Equal([false, true, false], answers.Select(answer => answer.Fault is not null));
        Assert.Equal(EditFault.BadPicture, answers[1].Fault!.Kind);
        Assert.Equal(answers[0].Measures! with { Notes = [] }, answers[2].Measures! with { Notes = [] });
    }

    [Fact]
    public void Pictures_measured_together_have_the_figures_they_have_alone()
    {
        using MeasureNetworks networks = Networks();
        ImageMeasurer measurer = new(networks);
        MeasureItem[] items = [.. Enumerable.Range(0, 5).Select(seed => Noise(seed, seed == 3 ? 40 : 32))];
        IReadOnlyList<MeasureAnswer> together = measurer.Measure(items);
        for (int i = 0; i < items.Length; i++)
        {
            EditMeasures alone = measurer.Measure([items[i]])[0].Measures!;
            EditMeasures batched = together[i].Measures!;
            Assert.Equal(items[i].Name, batched.Name);
            foreach (MeasureColumn column in MeasureColumn.All)
            {
                double? expected = column.Read(alone);
                Assert.Equal(expected is null, column.Read(batched) is null);
                Assert.True(expected is null || Math.Abs(expected.Value - column.Read(batched)!.Value) <= 1e-4 * Math.Max(1, Math.Abs(expected.Value)), column.Name);
            }

            Assert.NotNull(batched.EditedLpips);
            Assert.NotNull(batched.ClipSimilarity);
        }
    }

    [Fact]
    public void A_thousand_pictures_leave_no_tensor_behind()
    {
        using MeasureNetworks networks = Networks();
        ImageMeasurer measurer = new(networks);
        measurer.Measure([Noise(0, 32)]);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 125; i++)
        {
            Assert.All(measurer.Measure([.. Enumerable.Range(8 * i, 8).Select(seed => Noise(seed, 32))]), answer => Assert.Null(answer.Fault));
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Lpips_is_nothing_between_equal_pictures_and_symmetric()
    {
        using MeasureNetworks networks = Networks();
        MeasureItem item = Noise(1, 48);
        Assert.Equal(0, Measured(item with { Result = item.Original }).Lpips);
        Assert.Equal(Measured(item).Lpips!.Value, Measured(item with { Original = item.Result, Result = item.Original }).Lpips!.Value, 1e-6);

        EditMeasures Measured(MeasureItem one) => new ImageMeasurer(networks).Measure([one])[0].Measures!;
    }

    [Fact]
    public void Means_leave_out_equal_pictures_and_tell_how_many_there_are()
    {
        MeasureTotals totals = new();
        totals.Add(new EditMeasures { Name = "a", Method = "m", EditType = "x", KeptPsnr = double.PositiveInfinity, KeptMse = 0, ClipSimilarity = 10 });
        totals.Add(new EditMeasures { Name = "b", Method = "m", EditType = "y", KeptPsnr = 30, KeptMse = 0.001, ClipSimilarity = 20 });
        totals.Add(new EditMeasures { Name = "c", Method = "m", EditType = "y", KeptPsnr = double.NaN, KeptMse = double.NaN });
        IReadOnlyList<MeasureSummary> rows = totals.Rows();
        Assert.Equal(["", "x", "y"], rows.Select(row => row.EditType));
        Assert.Equal([3, 1, 2], rows.Select(row => row.Edits));
        Assert.Equal([1, 1, 0], rows.Select(row => row.Unchanged));
        Assert.Equal(30, rows[0].Means["KeptPsnr"]);
        Assert.Equal(double.PositiveInfinity, rows[1].Means["KeptPsnr"]);
        Assert.Equal(15, rows[0].Means["ClipSimilarity"]);
        Assert.False(rows[0].Means.ContainsKey("Lpips"));
    }

    [Fact]
    public void Similarity_with_a_mirrored_border_is_one_for_equal_pictures_and_less_for_others()
    {
        MeasureItem item = Noise(1, 16);
        Assert.Equal(1, StructuralSimilarity.Of(item.Original.Rgb, item.Original.Rgb, 16, 16).Mean, 1e-12);
        Assert.InRange(StructuralSimilarity.Of(item.Original.Rgb, item.Result.Rgb, 16, 16).Mean, -1, 0.9);
        Assert.Throws<EditException>(() => StructuralSimilarity.Of(new byte[3 * 5 * 5], new byte[3 * 5 * 5], 5, 5));
    }

    private const int Side = 32;

    private static EditMeasures Only(MeasureItem item, MeasureRule rule = MeasureRule.Plain) =>
        new ImageMeasurer(new MeasureNetworks(), rule).Measure([item])[0].Measures!;

    private static MeasureNetworks Networks() => new(
        LpipsMeasure.Open(Path.Combine(ParityCase.ParityFolder, "metric-lpips-squeeze", "model.safetensors"), torch.CPU),
        ClipMeasure.Open(Path.Combine(ParityCase.ParityFolder, "metric-clip"), torch.CPU));

    private static Mask LeftHalf() => Mask.FromBox(Side, Side, new Box(0, 0, Side / 2, Side));

    private static Picture Flat(byte left, byte right, int side = Side)
    {
        byte[] rgb = new byte[side * side * 3];
        for (int i = 0; i < rgb.Length; i++)
        {
            rgb[i] = i / 3 % side < side / 2 ? left : right;
        }

        return Picture.FromRgb(rgb, side, side);
    }

    private static MeasureItem Noise(int seed, int side)
    {
        Random random = new(seed);
        byte[] first = new byte[side * side * 3];
        byte[] second = new byte[side * side * 3];
        random.NextBytes(first);
        random.NextBytes(second);
        return new MeasureItem($"noise {seed}", Picture.FromRgb(first, side, side), Picture.FromRgb(second, side, side))
        {
            Mask = Mask.FromBox(side, side, new Box(4, 4, 12, 9)),
            Caption = seed % 2 == 0 ? "a red ball" : "the cat",
        };
    }
}
