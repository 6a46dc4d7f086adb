using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Segmenting;
using BrushEdit.Tests.Parity;
using BrushEdit.Tests.Sam;
using BrushEdit.Tests.Support;
using TorchSharp;

namespace BrushEdit.Tests.Segmenting;

public sealed class SegmenterTests
{
    public static TheoryData<string> Cases => ParityCase.Named("sam");

    [Fact]
    public void MasksHaveThePicturesSizeAndOneIsGivenForEachBox()
    {
        using Segmenter segmenter = Small();
        Picture picture = Noise(90, 61, 1);
        SegmentResult found = segmenter.Segment(picture, SegmentPrompt.FromBoxes(new Box(2, 3, 30, 40), new Box(50, 10, 20, 30), new Box(0, 0, 90, 61)));
        Assert.Equal([0, 1, 2], found.Masks.Select(one => one.Thing));
        Assert.All(found.Masks, one => Assert.Equal((90, 61), (one.Mask.Width, one.Mask.Height)));
        Assert.All(found.Masks, one => Assert.True(one.Mask.IsHard));
    }

    [Fact]
    public void APictureIsEncodedOnceEvenWhenItIsReadAgain()
    {
        using Segmenter segmenter = Small(keptPictures: 2);
        segmenter.Segment(Noise(40, 40, 1), SegmentPrompt.FromPoints(new SegmentPoint(5, 5)));
        segmenter.Segment(Noise(40, 40, 1), SegmentPrompt.FromBoxes(new Box(5, 5, 20, 20)));
        segmenter.Prepare(Noise(40, 40, 1));
        Assert.Equal(1, segmenter.EncodedPictures);
        segmenter.Prepare(Noise(40, 40, 2));
        segmenter.Prepare(Noise(40, 40, 3));
        Assert.Equal(3, segmenter.EncodedPictures);

        // Only two are kept: the first has gone, the third is still there.
        segmenter.Prepare(Noise(40, 40, 3));
        Assert.Equal(3, segmenter.EncodedPictures);
        segmenter.Prepare(Noise(40, 40, 1));
        Assert.Equal(4, segmenter.EncodedPictures);
    }

    [Fact]
    public void AnEmbeddingOutlivesTheSegmenterWhereItIsShared()
    {
        using KeptEmbeddings kept = new();
        LoadedModel sam = new("sam", "segmenter", ComputeDevice.Choose("cpu", "single"));
        SegmentPrompt box = SegmentPrompt.FromBoxes(new Box(5, 5, 20, 20));
        SegmentCandidate first;
        using (Segmenter segmenter = Sharing("one"))
        {
            first = segmenter.Segment(Noise(40, 40, 1), box).Masks[0];
            Assert.Equal(1, segmenter.EncodedPictures);
        }

        using (Segmenter again = Sharing("one"))
        {
            SegmentCandidate second = again.Segment(Noise(40, 40, 1), box).Masks[0];
            Assert.Equal(0, again.EncodedPictures);
            Assert.Equal(first.PredictedIoU, second.PredictedIoU);
            Assert.True(first.Mask.Values.SequenceEqual(second.Mask.Values));
        }

        Assert.Equal([sam], kept.Held);
        kept.Clear(model => model.Path == "another");
        Assert.Equal([sam], kept.Held);
        kept.Clear(model => model.Path == "sam");
        Assert.Empty(kept.Held);
        Sharing("one").Prepare(Noise(40, 40, 1));
        using Segmenter other = Sharing("two");
        Assert.Empty(kept.Held);

        Segmenter Sharing(string version)
        {
            torch.manual_seed(4);
            return new Segmenter(new SamModel(SamModelTests.Small()), shared: kept.Of(sam, version));
        }
    }

    [Fact]
    public void PicturesOfTheSameSamplesAndOtherShapeAreNotConfused()
    {
        using Segmenter segmenter = Small();
        segmenter.Prepare(Noise(40, 30, 1));
        segmenter.Prepare(Noise(30, 40, 1));
        Assert.Equal(2, segmenter.EncodedPictures);
    }

    [Fact]
    public void CandidatesComeBestFirst()
    {
        using Segmenter segmenter = Small();
        IReadOnlyList<SegmentCandidate> masks = segmenter.Segment(
            Noise(50, 50, 1), SegmentPrompt.FromBoxes(new Box(5, 5, 20, 20), new Box(20, 20, 20, 20)), new SegmentOptions { Candidates = true }).Masks;
        Assert.Equal([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)], masks.Select(one => (one.Thing, one.Candidate)));
        Assert.All(masks.GroupBy(one => one.Thing), thing => Assert.Equal(thing.OrderByDescending(one => one.PredictedIoU), thing));
    }

    [Fact]
    public void ALoneClickTakesTheCandidateThatIsTrustedMost()
    {
        using Segmenter segmenter = Small();
        Picture picture = Noise(50, 50, 1);
        SegmentPrompt click = SegmentPrompt.FromPoints(new SegmentPoint(20, 20));
        SegmentOptions plain = new() { MinArea = 0 };
        SegmentCandidate one = Assert.Single(segmenter.Segment(picture, click, plain).Masks);
        SegmentCandidate first = segmenter.Segment(picture, click, plain with { Candidates = true }).Masks[0];
        Assert.Equal(first.PredictedIoU, one.PredictedIoU, 6);
        Assert.True(first.Mask.SameAs(one.Mask));
    }

    [Fact]
    public void BatchesAndUnevenPointsChangeNothing()
    {
        using Segmenter segmenter = Small();
        Picture picture = Noise(64, 64, 4);
        Box[] boxes = [new(2, 2, 20, 20), new(30, 5, 25, 30), new(5, 35, 20, 25)];
        SegmentPoint[] points = [new(10, 10), new(12, 4, Exclude: true), new(40, 20)];
        SegmentOptions plain = new() { MinArea = 0 };
        SegmentPrompt prompt = new() { Boxes = boxes, Points = points };
        IReadOnlyList<SegmentCandidate> together = segmenter.Segment(picture, prompt, plain).Masks;
        IReadOnlyList<SegmentCandidate> apart = segmenter.Segment(picture, prompt, plain with { BatchSize = 1 }).Masks;
        Assert.Equal([0, 1, 2], apart.Select(one => one.Thing));
        for (int at = 0; at < boxes.Length; at++)
        {
            Assert.Equal(together[at].PredictedIoU, apart[at].PredictedIoU, 4);
            Assert.InRange(Differing(together[at].Mask, apart[at].Mask), 0, 8);
        }
    }

    [Fact]
    public void AUnionHoldsEveryThing()
    {
        using Segmenter segmenter = Small();
        Picture picture = Noise(64, 64, 4);
        SegmentPrompt prompt = SegmentPrompt.FromBoxes(new Box(2, 2, 20, 20), new Box(30, 30, 20, 20));
        IReadOnlyList<SegmentCandidate> apart = segmenter.Segment(picture, prompt).Masks;
        SegmentCandidate union = Assert.Single(segmenter.Segment(picture, prompt, new SegmentOptions { Union = true }).Masks);
        Assert.True(union.Mask.SameAs(apart[0].Mask.Union(apart[1].Mask)));
        Assert.Equal(apart.Min(one => one.PredictedIoU), union.PredictedIoU);
    }

    [Fact]
    public void SpecksGoAndHolesCloseBelowTheSmallestArea()
    {
        using Segmenter segmenter = Small();
        Picture picture = Noise(64, 64, 9);
        SegmentPrompt prompt = SegmentPrompt.FromBoxes(new Box(2, 2, 60, 60));
        Mask raw = segmenter.Segment(picture, prompt, new SegmentOptions { MinArea = 0, Candidates = true }).Masks[0].Mask;
        Mask clean = segmenter.Segment(picture, prompt, new SegmentOptions { MinArea = 200, Candidates = true }).Masks[0].Mask;
        Mask filled = segmenter.Segment(picture, prompt, new SegmentOptions { MinArea = 0, FillHoles = true, Candidates = true }).Masks[0].Mask;
        Assert.True(filled.SameAs(raw.FillHoles()));
        Mask expected = raw.RemoveSpecks(200);
        Assert.True(clean.SameAs((expected.IsEmpty ? raw.LargestComponent() : expected).FillHoles(199)));
    }

    [Fact]
    public void ARoughMaskGoesWithItsHull()
    {
        using Segmenter segmenter = Small();
        Picture picture = Noise(64, 48, 4);
        Mask rough = Mask.FromBox(64, 48, new Box(10, 10, 20, 15));
        SegmentOptions plain = new() { MinArea = 0 };
        SegmentCandidate alone = Assert.Single(segmenter.Segment(picture, SegmentPrompt.FromMask(rough), plain).Masks);
        SegmentCandidate boxed = Assert.Single(segmenter.Segment(picture, new SegmentPrompt { Mask = rough, Boxes = [new Box(10, 10, 20, 15)] }, plain).Masks);
        SegmentCandidate box = Assert.Single(segmenter.Segment(picture, SegmentPrompt.FromBoxes(new Box(10, 10, 20, 15)), plain).Masks);
        Assert.Equal(alone.PredictedIoU, boxed.PredictedIoU, 6);
        Assert.NotEqual(alone.PredictedIoU, box.PredictedIoU, 6);
    }

    [Fact]
    public void ABoxOverTheEdgeIsClippedWithAWarning()
    {
        using Segmenter segmenter = Small();
        Picture picture = Noise(64, 48, 4);
        SegmentResult over = segmenter.Segment(picture, SegmentPrompt.FromBoxes(new Box(40, 20, 100, 100)));
        SegmentResult inside = segmenter.Segment(picture, SegmentPrompt.FromBoxes(new Box(40, 20, 24, 28)));
        Assert.Contains("40,20,24,28", over.Warnings[0], StringComparison.Ordinal);
        Assert.True(over.Masks[0].Mask.SameAs(inside.Masks[0].Mask));
        Assert.DoesNotContain(inside.Warnings, warning => warning.Contains("extends beyond", StringComparison.Ordinal));
    }

    public static TheoryData<string, EditFault, string> BadPrompts => new()
    {
        { "nothing", EditFault.BadArgument, "No prompt" },
        { "outside", EditFault.BadArgument, "outside" },
        { "no area", EditFault.BadArgument, "no area" },
        { "not a number", EditFault.BadArgument, "no area" },
        { "point right", EditFault.BadArgument, "64,3" },
        { "point above", EditFault.BadArgument, "-1" },
        { "only excluded", EditFault.BadArgument, "exclude" },
        { "point in no box", EditFault.BadArgument, "not inside any of the 2 boxes" },
        { "mask size", EditFault.BadMask, "10 x 10" },
        { "mask empty", EditFault.BadMask, "empty" },
        { "mask and boxes", EditFault.BadArgument, "2 boxes" },
    };

    [Theory]
    [MemberData(nameof(BadPrompts))]
    public void ABadPromptIsNamedBeforeAnythingIsEncoded(string what, EditFault kind, string named)
    {
        Box[] two = [new(0, 0, 10, 10), new(30, 30, 10, 10)];
        SegmentPrompt prompt = what switch
        {
            "outside" => SegmentPrompt.FromBoxes(new Box(70, 3, 5, 5)),
            "no area" => SegmentPrompt.FromBoxes(new Box(3, 3, 0, 5)),
            "not a number" => SegmentPrompt.FromBoxes(new Box(double.NaN, 3, 3, 5)),
            "point right" => SegmentPrompt.FromPoints(new SegmentPoint(64, 3)),
            "point above" => SegmentPrompt.FromPoints(new SegmentPoint(3, -1)),
            "only excluded" => SegmentPrompt.FromPoints(new SegmentPoint(3, 3, Exclude: true)),
            "point in no box" => new SegmentPrompt { Boxes = two, Points = [new SegmentPoint(20, 20)] },
            "mask size" => SegmentPrompt.FromMask(Mask.Full(10, 10)),
            "mask empty" => SegmentPrompt.FromMask(Mask.Empty(64, 48)),
            "mask and boxes" => new SegmentPrompt { Boxes = two, Mask = Mask.Full(64, 48) },
            _ => new SegmentPrompt(),
        };
        using Segmenter segmenter = Small();
        EditException fault = Assert.Throws<EditException>(() => segmenter.Segment(Noise(64, 48, 1), prompt));
        Assert.Equal(kind, fault.Kind);
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.Remedy);
        Assert.Equal(0, segmenter.EncodedPictures);
    }

    [Fact]
    public void OptionsThatContradictAreRefused()
    {
        using Segmenter segmenter = Small();
        SegmentPrompt prompt = SegmentPrompt.FromPoints(new SegmentPoint(3, 3));
        foreach (SegmentOptions options in new[]
        {
            new SegmentOptions { Candidates = true, Union = true }, new SegmentOptions { MinArea = -1 }, new SegmentOptions { BatchSize = 0 },
        })
        {
            Assert.Equal(EditFault.BadArgument, Assert.Throws<EditException>(() => segmenter.Segment(Noise(9, 9, 1), prompt, options)).Kind);
        }
    }

    [Fact]
    public void CancellingStopsBeforeTheEncoder()
    {
        using Segmenter segmenter = Small();
        Assert.Throws<OperationCanceledException>(() => segmenter.Segment(
            Noise(9, 9, 1), SegmentPrompt.FromPoints(new SegmentPoint(3, 3)), cancel: new CancellationToken(canceled: true)));
        Assert.Equal(0, segmenter.EncodedPictures);
    }

    [Fact]
    public void NothingIsLeftBehind()
    {
        Once();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Once();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        static void Once()
        {
            using Segmenter segmenter = Small(keptPictures: 1);
            segmenter.Segment(Noise(20, 30, 1), SegmentPrompt.FromBoxes(new Box(2, 2, 10, 10), new Box(5, 5, 10, 10)));
            segmenter.Segment(Noise(20, 30, 2), SegmentPrompt.FromMask(Mask.FromBox(20, 30, new Box(3, 3, 9, 9))));
        }
    }

    [Fact]
    public void PromptsOfAKeptPictureLeaveNothingBehind()
    {
        using Segmenter segmenter = Small();
        Picture picture = Noise(30, 30, 1);
        segmenter.Segment(picture, SegmentPrompt.FromPoints(new SegmentPoint(3, 3)));
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        segmenter.Segment(picture, SegmentPrompt.FromBoxes(new Box(2, 2, 10, 10)));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AFolderIsLoadedAsItLies(string name)
    {
        using ParityCase parity = ParityCase.Open(name);
        using TemporaryFolder folder = new();
        foreach (string file in new[] { "config.json", "model.safetensors" })
        {
            File.Copy(parity.File(file), Path.Combine(folder.Path, file));
        }

        using (Segmenter segmenter = Segmenter.Load(folder.Path))
        {
            Assert.Single(segmenter.Segment(Noise(33, 44, 1), SegmentPrompt.FromBoxes(new Box(3, 3, 20, 20))).Masks);
        }

        File.WriteAllText(Path.Combine(folder.Path, "preprocessor_config.json"), """{ "size": { "longest_edge": 32 }, "pad_size": { "height": 32, "width": 32 } }""");
        Assert.Contains("32 x 32", Assert.Throws<EditException>(() => Segmenter.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderThatIsNotSamIsRefused()
    {
        using TemporaryFolder folder = new();
        Assert.Equal(EditFault.ModelNotFound, Assert.Throws<EditException>(() => Segmenter.Load(Path.Combine(folder.Path, "none"))).Kind);
        Assert.Equal(EditFault.BadModel, Assert.Throws<EditException>(() => Segmenter.Load(folder.Path)).Kind);
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), """{ "model_type": "sam" }""");
        File.WriteAllText(Path.Combine(folder.Path, "pytorch_model.bin"), "");
        Assert.Contains("pickled", Assert.Throws<EditException>(() => Segmenter.Load(folder.Path)).Message, StringComparison.Ordinal);
        using (torch.Tensor one = torch.zeros(1))
        {
            SafetensorsWriter.Write(Path.Combine(folder.Path, "model.safetensors"), [new("conv_in.weight", one)]);
        }

        EditException fault = Assert.Throws<EditException>(() => Segmenter.Load(folder.Path));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains("SAM", fault.Message, StringComparison.Ordinal);
    }

    private static Segmenter Small(int keptPictures = 8)
    {
        torch.manual_seed(7);
        return new Segmenter(new SamModel(SamModelTests.Small()), keptPictures: keptPictures);
    }

    private static Picture Noise(int width, int height, int seed)
    {
        byte[] rgb = new byte[width * height * 3];
        new Random(seed).NextBytes(rgb);
        return Picture.FromRgb(rgb, width, height);
    }

    private static int Differing(Mask a, Mask b)
    {
        int count = 0;
        for (int i = 0; i < a.Values.Length; i++)
        {
            count += a.Values[i] == b.Values[i] ? 0 : 1;
        }

        return count;
    }
}
