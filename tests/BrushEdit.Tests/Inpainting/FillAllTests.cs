using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;

namespace BrushEdit.Tests.Inpainting;

/// <summary>Several pictures in one batch against the same pictures one by one.</summary>
public class FillAllTests(TinyBundle bundle) : IClassFixture<TinyBundle>
{
    private static readonly InpaintSettings Quick = new() { Caption = "a red ball", Steps = 3, Seed = 7 };

    private InpaintPipeline Pipeline => new(bundle.Model);

    [Theory]
    [InlineData("UniPC", 7.5)]
    [InlineData("UniPC", 1.0)]
    [InlineData("EulerAncestral", 3.0)]
    [InlineData("DPM++2MSDE", 3.0)]
    [InlineData("PNDM", 3.0)]
    public void Pictures_of_a_batch_come_out_as_alone_but_for_rounding(string sampler, double guidance)
    {
        FillRequest[] requests = [.. Enumerable.Range(0, 3).Select(i => Request(i, Quick with
        {
            Caption = i == 1 ? "a ball" : "a red ball",
            NegativePrompt = i == 2 ? "red" : string.Empty,
            Seed = 40 + i,
            Sampler = sampler,
            GuidanceScale = guidance,
        }))];

        IReadOnlyList<FillAnswer> together = Pipeline.FillAll(requests);

        for (int i = 0; i < requests.Length; i++)
        {
            InpaintOutcome alone = Pipeline.Fill(requests[i].Picture, requests[i].Mask, requests[i].Settings);
            InpaintOutcome outcome = Assert.IsType<InpaintOutcome>(together[i].Outcome);
            Assert.Equal((alone.Settings, alone.Region), (outcome.Settings, outcome.Region));
            AssertClose(alone.Samples[0].Picture, outcome.Samples[0].Picture);
        }

        // The pictures differ among one another, or the comparison above would say nothing.
        Assert.False(together[0].Outcome!.Samples[0].Picture.SameSamples(together[1].Outcome!.Samples[0].Picture));
    }

    [Fact]
    public void A_batch_of_one_is_a_fill_to_the_bit()
    {
        FillRequest request = Request(1, Quick);
        Picture alone = Pipeline.Fill(request.Picture, request.Mask, request.Settings).Samples[0].Picture;
        Assert.True(alone.SameSamples(Pipeline.FillAll([request])[0].Outcome!.Samples[0].Picture));
    }

    [Fact]
    public void Requests_that_do_not_fit_together_are_filled_all_the_same()
    {
        FillRequest other = new(Drawn(20, 48), Mask.FromBox(20, 48, new Box(4, 4, 9, 9)), Quick);
        FillRequest[] requests = [Request(0, Quick), other, Request(1, Quick with { Steps = 2 }), Request(2, Quick with { Samples = 2 }), Request(3, Quick)];

        IReadOnlyList<FillAnswer> answers = Pipeline.FillAll(requests);

        Assert.All(answers, answer => Assert.Null(answer.Fault));
        Assert.Equal([1, 1, 1, 2, 1], answers.Select(answer => answer.Outcome!.Samples.Count));
        for (int i = 0; i < requests.Length; i++)
        {
            AssertClose(Pipeline.Fill(requests[i].Picture, requests[i].Mask, requests[i].Settings).Samples[0].Picture, answers[i].Outcome!.Samples[0].Picture);
        }
    }

    [Fact]
    public void One_pictures_fault_is_its_own()
    {
        Picture picture = Drawn(32, 32);
        FillRequest[] requests = [Request(0, Quick), new(picture, Mask.Empty(32, 32), Quick), Request(2, Quick with { Steps = 0 }), Request(3, Quick)];

        IReadOnlyList<FillAnswer> answers = Pipeline.FillAll(requests);

        Assert.Equal(EditFault.BadMask, Assert.IsType<EditException>(answers[1].Fault).Kind);
        Assert.Equal(EditFault.BadArgument, Assert.IsType<EditException>(answers[2].Fault).Kind);
        Assert.NotNull(answers[0].Outcome);
        Assert.NotNull(answers[3].Outcome);
    }

    [Fact]
    public void A_batch_can_be_cancelled_and_tells_each_picture_its_steps()
    {
        using CancellationTokenSource stop = new();
        List<int> seen = [];
        Listener first = new(value =>
        {
            seen.Add(value.Step);
            if (value is { Stage: InpaintStage.Denoising, Step: 2 })
            {
                stop.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => Pipeline.FillAll([Request(0, Quick) with { Progress = first }, Request(1, Quick)], stop.Token));
        Assert.Equal(2, seen.Max());
    }

    [Fact]
    public void Samples_and_previews_of_a_group_are_those_of_each_picture_alone()
    {
        InpaintSettings wanted = Quick with { Samples = 2, PreviewEvery = 2 };
        List<(int Sample, byte[] Rgb)>[] looks = [[], [], []];
        FillRequest[] requests = [.. looks.Select((seen, i) => Request(i, wanted with { Seed = 11 * i }) with { Progress = Watch(seen) })];

        IReadOnlyList<FillAnswer> together = Pipeline.FillAll(requests);

        for (int i = 0; i < requests.Length; i++)
        {
            List<(int Sample, byte[] Rgb)> alone = [];
            InpaintOutcome one = Pipeline.Fill(requests[i].Picture, requests[i].Mask, requests[i].Settings, Watch(alone));
            Assert.Equal([11 * i, (11 * i) + 1], together[i].Outcome!.Samples.Select(sample => (int)sample.Seed));
            AssertClose(one.Samples[1].Picture, together[i].Outcome!.Samples[1].Picture);
            Assert.Equal([0, 1], looks[i].Select(look => look.Sample));
            Assert.All(looks[i].Zip(alone), pair => AssertClose(pair.Second.Rgb, pair.First.Rgb));
        }

        static Listener Watch(List<(int Sample, byte[] Rgb)> seen) => new(value =>
        {
            if (value.Preview is { } preview)
            {
                seen.Add((value.Sample, preview.Rgb));
            }
        });
    }

    private static FillRequest Request(int index, InpaintSettings settings) =>
        new(Drawn(32, 32, index), Mask.FromEllipse(32, 32, new Box(4 + index, 6, 14, 12)), settings);

    private static Picture Drawn(int width, int height, int shift = 0)
    {
        byte[] rgb = [.. Enumerable.Range(0, width * height * 3).Select(i => (byte)(((i * 31) + (shift * 67)) % 251))];
        return Picture.FromRgb(rgb, width, height);
    }

    private static void AssertClose(Picture expected, Picture actual)
    {
        Assert.Equal((expected.Width, expected.Height), (actual.Width, actual.Height));
        AssertClose(expected.Rgb, actual.Rgb);
    }

    private static void AssertClose(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.InRange(actual[i] - expected[i], -1, 1);
        }
    }

    private sealed class Listener(Action<InpaintProgress> heard) : IProgress<InpaintProgress>
    {
        public void Report(InpaintProgress value) => heard(value);
    }
}
