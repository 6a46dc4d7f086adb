using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Tests.Inpainting;

public class InpaintPipelineTests(TinyBundle bundle) : IClassFixture<TinyBundle>
{
    private static readonly InpaintSettings Quick = new() { Caption = "a red ball", Steps = 3, Seed = 7 };

    private InpaintPipeline Pipeline => new(bundle.Model);

    public static TheoryData<int, int> Sizes => new()
    {
        { 32, 32 },
        { 20, 48 },
        { 31, 33 },
        { 150, 70 },
        { 5, 5 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Kept_pixels_are_identical_and_the_size_stays(int width, int height)
    {
        Picture picture = Drawn(width, height);
        Mask mask = Mask.FromEllipse(width, height, new Box(width * 0.3, height * 0.3, width * 0.5, height * 0.5));

        Picture result = Pipeline.Fill(picture, mask, Quick).Samples[0].Picture;

        Assert.Equal((width, height), (result.Width, result.Height));
        AssertKept(picture, mask, result);
        Assert.False(result.SameSamples(picture));
    }

    [Fact]
    public void Guidance_is_the_models_own_where_none_is_given_and_the_usual_one_where_it_says_nothing()
    {
        Picture picture = Drawn(32, 32);
        Mask mask = Mask.FromBox(32, 32, new Box(8, 8, 12, 12));
        double? Used(double? given) => Pipeline.Fill(picture, mask, Quick with { Steps = 1, GuidanceScale = given }).Settings.GuidanceScale;

        Assert.Equal(BrushEdit.Training.Toybox.GuidanceScale, Used(null));
        Assert.Equal(5, Used(5));

        string index = Path.Combine(bundle.Folder, "model_index.json");
        string written = File.ReadAllText(index);
        try
        {
            foreach (string key in new[] { "\"_other\"", "\"_guidance_scale\": 0, \"_other\"" })
            {
                File.WriteAllText(index, written.Replace("\"_guidance_scale\"", key, StringComparison.Ordinal));
                Assert.Equal(InpaintSettings.UsualGuidanceScale, Used(null));
            }
        }
        finally
        {
            File.WriteAllText(index, written);
        }
    }

    [Fact]
    public void Sixteen_bits_stay_sixteen_and_identical_outside_the_mask()
    {
        ushort[] samples = [.. Enumerable.Range(0, 40 * 40 * 3).Select(i => (ushort)((i * 7919) % 65536))];
        Picture picture = Picture.FromSamples(samples, 40, 40, PictureColor.Rgb);
        Mask mask = Mask.FromBox(40, 40, new Box(10, 10, 12, 12));

        Picture result = Pipeline.Fill(picture, mask, Quick).Samples[0].Picture;

        Assert.Equal(16, result.BitDepth);
        for (int i = 0; i < 40 * 40; i++)
        {
            if (mask.Values[i] == 0)
            {
                Assert.True(result.Samples16.Slice(3 * i, 3).SequenceEqual(samples.AsSpan(3 * i, 3)));
            }
        }
    }

    [Theory]
    [InlineData("UniPC")]
    [InlineData("EulerAncestral")]
    [InlineData("LCM")]
    public void The_same_seed_gives_the_same_picture_and_another_seed_another(string sampler)
    {
        (Picture picture, Mask mask) = Scene();
        InpaintSettings settings = Quick with { Sampler = sampler };

        Picture first = Pipeline.Fill(picture, mask, settings).Samples[0].Picture;
        Picture again = Pipeline.Fill(picture, mask, settings).Samples[0].Picture;
        Picture other = Pipeline.Fill(picture, mask, settings with { Seed = 8 }).Samples[0].Picture;

        Assert.True(first.SameSamples(again));
        Assert.False(first.SameSamples(other));
    }

    [Fact]
    public void Samples_have_consecutive_seeds_and_each_can_be_made_again()
    {
        (Picture picture, Mask mask) = Scene();

        InpaintOutcome three = Pipeline.Fill(picture, mask, Quick with { Samples = 3 });
        Picture third = Pipeline.Fill(picture, mask, Quick with { Seed = 9 }).Samples[0].Picture;

        Assert.Equal([7L, 8L, 9L], three.Samples.Select(sample => sample.Seed));
        Assert.True(three.Samples[2].Picture.SameSamples(third));
    }

    [Fact]
    public void The_picture_is_encoded_once_for_all_samples()
    {
        (Picture picture, Mask mask) = Scene();
        Recorder seen = new();
        Pipeline.Fill(picture, mask, Quick with { Samples = 3 }, seen);
        Assert.Single(seen.Seen, report => report.Stage == InpaintStage.Encoding);
        Assert.Equal(3, seen.Seen.Count(report => report.Stage == InpaintStage.Decoding));
    }

    [Fact]
    public void A_hole_is_hidden_from_the_networks_unless_it_is_everything()
    {
        // Two pictures that differ in one corner alone.
        Picture dark = Drawn(32, 32);
        byte[] changed = dark.ToRgb();
        Array.Fill(changed, (byte)255, 0, 12);
        Picture light = Picture.FromRgb(changed, 32, 32);
        Mask corner = Mask.FromBox(32, 32, new Box(0, 0, 16, 16));
        Mask almost = Mask.FromBox(32, 32, new Box(0, 0, 32, 31));

        Assert.True(Fill(dark, corner).SameSamples(Fill(light, corner)));
        Assert.True(Fill(dark, almost).SameSamples(Fill(light, almost)));
        Assert.False(Fill(dark, Mask.Full(32, 32)).SameSamples(Fill(light, Mask.Full(32, 32))));

        Picture Fill(Picture picture, Mask mask) => Pipeline.Fill(picture, mask, Quick with { Feather = Feather.None, ContextMargin = 0 }).Samples[0].Picture;
    }

    [Fact]
    public void A_seed_that_is_not_given_is_drawn_and_reported()
    {
        (Picture picture, Mask mask) = Scene();

        InpaintOutcome drawn = Pipeline.Fill(picture, mask, Quick with { Seed = null });
        InpaintOutcome again = Pipeline.Fill(picture, mask, Quick with { Seed = drawn.Settings.Seed });

        Assert.NotNull(drawn.Settings.Seed);
        Assert.True(drawn.Samples[0].Picture.SameSamples(again.Samples[0].Picture));
    }

    [Fact]
    public void The_caption_the_guidance_and_the_branch_each_change_the_fill()
    {
        (Picture picture, Mask mask) = Scene();
        Picture plain = Fill(Quick);

        Assert.False(plain.SameSamples(Fill(Quick with { Caption = "ball" })));
        Assert.False(plain.SameSamples(Fill(Quick with { NegativePrompt = "red" })));
        Assert.False(plain.SameSamples(Fill(Quick with { GuidanceScale = 1 })));
        Assert.False(plain.SameSamples(Fill(Quick with { ConditioningScale = 0 })));
        Assert.False(plain.SameSamples(Fill(Quick with { ConditioningEnd = 0.4 })));
        Assert.False(plain.SameSamples(Fill(Quick with { Sampler = "Euler", Karras = true })));

        Picture Fill(InpaintSettings settings) => Pipeline.Fill(picture, mask, settings).Samples[0].Picture;
    }

    [Fact]
    public void The_two_sided_feather_reaches_beyond_the_mask_and_the_others_do_not()
    {
        (Picture picture, Mask mask) = Scene();

        Picture outside = Pipeline.Fill(picture, mask, Quick with { Feather = Feather.Outside }).Samples[0].Picture;
        Picture hard = Pipeline.Fill(picture, mask, Quick with { Feather = Feather.None }).Samples[0].Picture;

        Assert.Contains(Enumerable.Range(0, mask.Values.Length), i => mask.Values[i] == 0 && !outside.Rgb.Slice(3 * i, 3).SequenceEqual(picture.Rgb.Slice(3 * i, 3)));
        AssertKept(picture, mask, hard);
    }

    [Fact]
    public void Progress_tells_every_stage_and_step_and_previews_where_asked()
    {
        (Picture picture, Mask mask) = Scene();
        Recorder recorder = new();

        Pipeline.Fill(picture, mask, Quick with { Steps = 4, PreviewEvery = 2 }, recorder);

        Assert.Equal(
            [InpaintStage.Text, InpaintStage.Encoding, InpaintStage.Denoising, InpaintStage.Decoding, InpaintStage.Blending],
            recorder.Seen.Select(seen => seen.Stage).Distinct());
        InpaintProgress[] steps = [.. recorder.Seen.Where(seen => seen.Stage == InpaintStage.Denoising)];
        Assert.Equal([1, 2, 3, 4], steps.Select(step => step.Step));
        Assert.Equal([false, true, false, true], steps.Select(step => step.Preview is not null));
        InpaintPreview preview = steps[1].Preview!;
        Assert.Equal(preview.Width * preview.Height * 3, preview.Rgb.Length);
    }

    [Fact]
    public void Sketches_are_told_at_every_step_in_the_regions_size_and_change_nothing()
    {
        (Picture picture, Mask mask) = Scene();
        InpaintSettings settings = Quick with { Steps = 4, PreviewEvery = null, SketchPreviews = true };
        Recorder sketched = new();
        Recorder decoded = new();

        Picture result = Pipeline.Fill(picture, mask, settings, sketched).Samples[0].Picture;
        Pipeline.Fill(picture, mask, settings with { PreviewEvery = 1, SketchPreviews = false }, decoded);

        InpaintPreview[] sketches = [.. sketched.Seen.Select(seen => seen.Preview).OfType<InpaintPreview>()];
        InpaintPreview[] full = [.. decoded.Seen.Select(seen => seen.Preview).OfType<InpaintPreview>()];
        Assert.Equal((4, 4), (sketches.Length, full.Length));
        Assert.All(sketches.Zip(full), pair => Assert.Equal((pair.Second.Width, pair.Second.Height), (pair.First.Width, pair.First.Height)));
        Assert.All(sketches, sketch => Assert.Equal(sketch.Width * sketch.Height * 3, sketch.Rgb.Length));
        Assert.True(result.SameSamples(Pipeline.Fill(picture, mask, Quick with { Steps = 4 }).Samples[0].Picture));

        // Where nobody asks for sketches, the autoencoder decodes every fifth.
        Recorder usual = new();
        Pipeline.Fill(picture, mask, settings with { Steps = 5, SketchPreviews = false }, usual);
        Assert.Equal([5], usual.Seen.Where(seen => seen.Preview is not null).Select(seen => seen.Step));
    }

    [Fact]
    public void Cancelling_stops_within_one_step_and_frees_everything()
    {
        (Picture picture, Mask mask) = Scene();
        Pipeline.Fill(picture, mask, Quick);
        using CancellationTokenSource stop = new();
        Recorder recorder = new() { OnReport = seen => { if (seen.Step == 2) { stop.Cancel(); } } };
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Assert.Throws<OperationCanceledException>(() => Pipeline.Fill(picture, mask, Quick with { Steps = 50 }, recorder, stop.Token));

        Assert.Equal(2, recorder.Seen.Max(seen => seen.Step));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Fifty_edits_leave_no_tensor_behind()
    {
        (Picture picture, Mask mask) = Scene();
        Pipeline.Fill(picture, mask, Quick);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        for (int i = 0; i < 50; i++)
        {
            Pipeline.Fill(picture, mask, Quick with { Steps = 1, Sampler = i % 2 == 0 ? "UniPC" : "PNDM" });
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_caption_longer_than_the_model_reads_is_cut_with_a_warning()
    {
        (Picture picture, Mask mask) = Scene();

        InpaintOutcome outcome = Pipeline.Fill(picture, mask, Quick with { Caption = string.Join(' ', Enumerable.Repeat("ball", 30)) });

        Assert.Contains("16", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_mask_or_one_of_another_size_is_refused()
    {
        Picture picture = Drawn(40, 30);

        EditException empty = Assert.Throws<EditException>(() => Pipeline.Fill(picture, Mask.Empty(40, 30), Quick));
        EditException other = Assert.Throws<EditException>(() => Pipeline.Fill(picture, Mask.Full(30, 40), Quick));

        Assert.Equal(EditFault.BadMask, empty.Kind);
        Assert.Contains("40", other.Message, StringComparison.Ordinal);
        Assert.Contains("30", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_out_of_range_is_refused_by_name()
    {
        (Picture picture, Mask mask) = Scene();
        Dictionary<string, InpaintSettings> bad = new()
        {
            ["Steps"] = Quick with { Steps = 0 },
            ["GuidanceScale"] = Quick with { GuidanceScale = 0.5 },
            ["ConditioningScale"] = Quick with { ConditioningScale = -1 },
            ["ConditioningStart"] = Quick with { ConditioningStart = 2 },
            ["ConditioningEnd"] = Quick with { ConditioningStart = 0.6, ConditioningEnd = 0.5 },
            ["GuidanceStart"] = Quick with { GuidanceStart = -0.1 },
            ["GuidanceEnd"] = Quick with { GuidanceStart = 0.6, GuidanceEnd = 0.5 },
            ["DeepCache"] = Quick with { DeepCache = 0 },
            ["SkipSteps"] = Quick with { Steps = 20, SkipSteps = 9 },
            ["6 steps or more"] = Quick with { Steps = 5, SkipSteps = 1 },
            ["Samples"] = Quick with { Samples = 0 },
            ["ContextMargin"] = Quick with { ContextMargin = -1 },
            ["FeatherWidth"] = Quick with { FeatherWidth = -1 },
            ["Seed"] = Quick with { Seed = -1 },
            ["nonsense"] = Quick with { Sampler = "nonsense" },
        };

        foreach ((string name, InpaintSettings settings) in bad)
        {
            EditException fault = Assert.Throws<EditException>(() => Pipeline.Fill(picture, mask, settings));
            Assert.Equal(EditFault.BadArgument, fault.Kind);
            Assert.Contains(name, $"{fault.Message} {fault.Remedy}", StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_sampler_fills()
    {
        (Picture picture, Mask mask) = Scene();
        foreach (string sampler in SamplerFactory.Names)
        {
            Picture result = Pipeline.Fill(picture, mask, Quick with { Sampler = sampler }).Samples[0].Picture;
            AssertKept(picture, mask, result);
        }
    }

    private static (Picture Picture, Mask Mask) Scene() => (Drawn(40, 36), Mask.FromBox(40, 36, new Box(12, 10, 14, 15)));

    private static Picture Drawn(int width, int height) =>
        Picture.FromRgb([.. Enumerable.Range(0, width * height * 3).Select(i => (byte)((i * 31) ^ (i / 97)))], width, height);

    private static void AssertKept(Picture picture, Mask mask, Picture result)
    {
        for (int i = 0; i < mask.Values.Length; i++)
        {
            if (mask.Values[i] == 0 && !result.Rgb.Slice(3 * i, 3).SequenceEqual(picture.Rgb.Slice(3 * i, 3)))
            {
                Assert.Fail($"The kept pixel {i % mask.Width}, {i / mask.Width} changed.");
            }
        }
    }

    private sealed class Recorder : IProgress<InpaintProgress>
    {
        public List<InpaintProgress> Seen { get; } = [];

        public Action<InpaintProgress>? OnReport { get; init; }

        public void Report(InpaintProgress value)
        {
            Seen.Add(value);
            OnReport?.Invoke(value);
        }
    }
}
