using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Generating;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using TorchSharp;

namespace BrushEdit.Tests.Generating;

/// <summary>What holds for every engine: kept pixels, sizes, seeds, progress, cancellation, memory, and that it refuses what it cannot do.</summary>
public class EngineTests(EngineBundles bundles) : IClassFixture<EngineBundles>
{
    private static readonly InpaintSettings Quick = new() { Caption = "a red ball", CaptionBefore = "a ball", Steps = 3, Seed = 7 };

    public static TheoryData<EngineKind> Local => [.. Enum.GetValues<EngineKind>().Where(kind => !EngineTraits.Of(kind).IsRemote)];

    public static TheoryData<EngineKind> Masked => [.. Enum.GetValues<EngineKind>().Where(kind => EngineTraits.Of(kind) is { IsRemote: false, TakesMask: true })];

    public static TheoryData<EngineKind> Drawing => [.. Enum.GetValues<EngineKind>().Where(kind => EngineTraits.Of(kind) is { IsRemote: false, TakesSamples: true })];

    [Theory]
    [MemberData(nameof(Masked))]
    public void What_is_kept_is_identical_and_the_size_stays(EngineKind kind)
    {
        Picture picture = Drawn(45, 33);
        Mask mask = Mask.FromEllipse(45, 33, new Box(12, 8, 20, 16));
        InpaintOutcome outcome = bundles.Open(kind).Fill(picture, mask, Quick);

        Picture result = outcome.Samples[0].Picture;
        Assert.Equal((45, 33), (result.Width, result.Height));
        ReadOnlySpan<byte> before = picture.Rgb;
        ReadOnlySpan<byte> after = result.Rgb;
        for (int at = 0; at < mask.Values.Length; at++)
        {
            Assert.True(mask.Values[at] != 0 || before.Slice(3 * at, 3).SequenceEqual(after.Slice(3 * at, 3)), $"pixel {at}");
        }

        Assert.False(result.SameSamples(picture));
        Assert.Equal(Feather.Inside, outcome.Settings.Feather);
    }

    [Theory]
    [MemberData(nameof(Local))]
    public void The_file_tells_what_the_engine_used_and_nothing_else(EngineKind kind)
    {
        Picture picture = Drawn(32, 32);
        IEditEngine engine = bundles.Open(kind);
        InpaintOutcome outcome = engine.Fill(picture, MaskFor(engine), Quick with { Erase = engine.Traits.TakesMask ? EraseMode.Graded : null });
        ImageEdit edit = new ImageEdit(picture).With("Inpaint", TimeSpan.Zero, parts => parts.SetSamples(outcome.Settings, outcome.Samples));
        IReadOnlyDictionary<string, string> told = EditParameters.Of(edit);

        Assert.Equal("3", told["steps"]);
        Assert.Equal(engine.Traits.IsDdim ? "DDIM" : "UniPC", told["sampler"]);
        foreach ((string name, bool isUsed) in ((string, bool)[])[
            ("conditioningScale", engine.Traits.TakesConditioning),
            ("conditioningEnd", engine.Traits.TakesConditioning),
            ("negativePrompt", engine.Traits.TakesNegativePrompt),
            ("karras", !engine.Traits.IsDdim),
            ("captionBefore", engine.Traits.TakesTwoCaptions),
            ("contextMargin", engine.Traits.TakesMask),
            ("feather", engine.Traits.TakesMask),
            ("strength", engine.Traits.TakesStrength),
            ("imageGuidanceScale", engine.Traits.TakesImageGuidance),
            ("seed", engine.Traits.TakesSamples)])
        {
            Assert.True(isUsed == told.ContainsKey(name), name);
        }

        Assert.Equal(engine.Traits.TakesMask ? "Graded" : null, told.GetValueOrDefault("erase"));
    }

    [Fact]
    public void Engines_on_one_base_share_its_networks_and_neither_changes_the_other()
    {
        Picture picture = Drawn(32, 32);
        IEditEngine brush = bundles.Open(EngineKind.BrushNet);
        IEditEngine blended = bundles.Open(EngineKind.BlendedLatent);
        Mask mask = MaskFor(brush);
        Picture first = brush.Fill(picture, mask, Quick).Samples[0].Picture;
        string[] held = bundles.Held(EngineKind.BrushNet);
        Assert.Equal(["brushnet", "text_encoder", "unet", "vae"], held);

        Picture second = blended.Fill(picture, mask, Quick).Samples[0].Picture;

        Assert.Equal(held, bundles.Held(EngineKind.BrushNet));
        Assert.True(first.SameSamples(brush.Fill(picture, mask, Quick).Samples[0].Picture));
        Assert.True(second.SameSamples(blended.Fill(picture, mask, Quick).Samples[0].Picture));
    }

    [Theory]
    [MemberData(nameof(Drawing))]
    public void A_seed_makes_the_picture_again_and_another_makes_another(EngineKind kind)
    {
        Picture picture = Drawn(32, 32);
        IEditEngine engine = bundles.Open(kind);
        Mask mask = MaskFor(engine);

        InpaintOutcome two = engine.Fill(picture, mask, Quick with { Samples = 2 });
        Picture second = engine.Fill(picture, mask, Quick with { Seed = 8 }).Samples[0].Picture;

        Assert.Equal([7L, 8L], two.Samples.Select(sample => sample.Seed));
        Assert.True(two.Samples[1].Picture.SameSamples(second));
        Assert.False(two.Samples[0].Picture.SameSamples(second));
    }

    [Theory]
    [MemberData(nameof(Local))]
    public void Its_name_and_traits_tell_what_it_is_and_a_mask_it_has_no_use_for_is_refused(EngineKind kind)
    {
        IEditEngine engine = bundles.Open(kind);
        Assert.Equal(kind, engine.Traits.Kind);
        Assert.Equal(engine.Traits.TakesMask, ((IInpainter)engine).TakesMask);
        Assert.Equal(kind != EngineKind.BrushNet, engine.Name.StartsWith($"{kind}: ", StringComparison.Ordinal));
        if (!engine.Traits.TakesMask)
        {
            EditException fault = Assert.Throws<EditException>(() => engine.Fill(Drawn(32, 32), Mask.FromBox(32, 32, new Box(4, 4, 8, 8)), Quick));
            Assert.Contains($"{kind}", fault.Message, StringComparison.Ordinal);
            Assert.Contains("Mask", fault.Message, StringComparison.Ordinal);
            Assert.Contains("BlendedLatent", fault.Remedy, StringComparison.Ordinal);
        }
    }

    public static TheoryData<EngineKind, string> Useless
    {
        get
        {
            TheoryData<EngineKind, string> rows = [];
            foreach (EngineTraits traits in EngineTraits.All)
            {
                foreach ((string name, bool takes) in ((string, bool)[])[
                    (nameof(InpaintSettings.Strength), traits.TakesStrength),
                    (nameof(InpaintSettings.Erase), traits is { TakesMask: true, IsRemote: false }),
                    (nameof(InpaintSettings.ImageGuidanceScale), traits.TakesImageGuidance),
                    (nameof(InpaintSettings.GuidanceScale), traits.TakesGuidance),
                    (nameof(InpaintSettings.GuidanceStart), traits.TakesStepSavings),
                    (nameof(InpaintSettings.GuidanceEnd), traits.TakesStepSavings),
                    (nameof(InpaintSettings.DeepCache), traits.TakesStepSavings),
                    (nameof(InpaintSettings.SkipSteps), traits.TakesStepSavings),
                    (nameof(InpaintSettings.NegativePrompt), traits.TakesNegativePrompt),
                    (nameof(InpaintSettings.ConditioningScale), traits.TakesConditioning),
                    (nameof(InpaintSettings.ConditioningEnd), traits.TakesConditioning),
                    (nameof(InpaintSettings.Samples), traits.TakesSamples),
                    (nameof(InpaintSettings.Sampler), traits is { TakesSampler: true, IsDdim: false }),
                    (nameof(InpaintSettings.PromptEdit), traits.TakesTwoCaptions),
                    (nameof(InpaintSettings.Feather), traits.TakesMask)])
                {
                    if (!takes)
                    {
                        rows.Add(traits.Kind, name);
                    }
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Useless))]
    public void What_an_engine_cannot_do_is_refused_by_name(EngineKind kind, string what)
    {
        InpaintSettings settings = what switch
        {
            nameof(InpaintSettings.Strength) => Quick with { Strength = 0.5 },
            nameof(InpaintSettings.Erase) => Quick with { Erase = EraseMode.Graded },
            nameof(InpaintSettings.ImageGuidanceScale) => Quick with { ImageGuidanceScale = 2 },
            nameof(InpaintSettings.GuidanceScale) => Quick with { GuidanceScale = 3 },
            nameof(InpaintSettings.GuidanceStart) => Quick with { GuidanceStart = 0.5 },
            nameof(InpaintSettings.GuidanceEnd) => Quick with { GuidanceEnd = 0.5 },
            nameof(InpaintSettings.DeepCache) => Quick with { DeepCache = 2 },
            nameof(InpaintSettings.SkipSteps) => Quick with { SkipSteps = 1 },
            nameof(InpaintSettings.NegativePrompt) => Quick with { NegativePrompt = "blue" },
            nameof(InpaintSettings.ConditioningScale) => Quick with { ConditioningScale = 0.5 },
            nameof(InpaintSettings.ConditioningEnd) => Quick with { ConditioningEnd = 0.5 },
            nameof(InpaintSettings.Samples) => Quick with { Samples = 2 },
            nameof(InpaintSettings.Sampler) => Quick with { Sampler = "Euler" },
            nameof(InpaintSettings.PromptEdit) => Quick with { PromptEdit = new PromptEditSettings() },
            _ => Quick with { Feather = Feather.None },
        };
        EngineTraits traits = EngineTraits.Of(kind);
        EditException fault = Assert.Throws<EditException>(() => traits.Require(settings with { Steps = traits.TakesSampler ? 6 : new InpaintSettings().Steps }));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Contains($"{kind}", fault.Message, StringComparison.Ordinal);
        Assert.Contains(what, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(EngineKind.SDEdit)]
    [InlineData(EngineKind.SDInpainting)]
    [InlineData(EngineKind.ControlNetInpaint)]
    [InlineData(EngineKind.BlendedLatent)]
    public void A_strength_is_the_share_of_the_steps_that_are_run(EngineKind kind)
    {
        Picture picture = Drawn(32, 32);
        Mask mask = Mask.FromBox(32, 32, new Box(8, 8, 14, 14));
        IEditEngine engine = bundles.Open(kind);
        StepCounter counter = new();
        Picture some = engine.Fill(picture, mask, Quick with { Steps = 10, Strength = 0.3 }, counter).Samples[0].Picture;
        Assert.Equal((3, 3), (counter.Steps, counter.Of));
        Assert.Contains("explicit steps", Assert.Throws<EditException>(
            () => engine.Fill(picture, mask, Quick with { Strength = 0.5, Sampler = "LCM", Timesteps = [900, 500, 100] })).Message, StringComparison.Ordinal);
        Assert.False(some.SameSamples(engine.Fill(picture, mask, Quick with { Steps = 10, Strength = 1 }).Samples[0].Picture));
        Assert.Contains("none of 3 steps", Assert.Throws<EditException>(() => engine.Fill(picture, mask, Quick with { Strength = 0.2 })).Message, StringComparison.Ordinal);
        Assert.Contains("PNDM", Assert.Throws<EditException>(() => engine.Fill(picture, mask, Quick with { Strength = 0.5, Sampler = "PNDM" })).Message, StringComparison.Ordinal);
    }

    public static TheoryData<EngineKind> Saving => [.. Enum.GetValues<EngineKind>().Where(kind => kind != EngineKind.BrushNet && EngineTraits.Of(kind).TakesStepSavings)];

    /// <summary>Passes of the base in six steps of an engine; of InstructPix2Pix a guided step has three rows.</summary>
    [Theory]
    [MemberData(nameof(Saving))]
    public void What_is_left_out_of_a_run_is_not_run(EngineKind kind)
    {
        IEditEngine engine = bundles.Open(kind);
        Mask mask = MaskFor(engine);
        Picture picture = Drawn(32, 32);
        InpaintSettings full = Quick with { Steps = 6, Strength = engine.Traits.TakesStrength ? 1 : null, Sampler = "Euler", GuidanceScale = 3 };
        long rows = kind == EngineKind.InstructPix2Pix ? 3 : 2;

        Picture all = Fill(full, 6 * rows, 0);
        Assert.True(all.SameSamples(Fill(full with { GuidanceStart = 0, GuidanceEnd = 1, DeepCache = 1, SkipSteps = 0 }, 6 * rows, 0)));
        Assert.False(all.SameSamples(Fill(full with { GuidanceEnd = 0.5 }, (3 * rows) + 3, 0)));
        Assert.False(all.SameSamples(Fill(full with { DeepCache = 3 }, 2 * rows, 4 * rows)));
        Assert.False(all.SameSamples(Fill(full with { SkipSteps = 1 }, 5 * rows, 0)));
        Fill(full with { GuidanceEnd = 0.5, DeepCache = 2, Erase = engine.Traits.TakesMask ? EraseMode.Full : null }, (2 * rows) + 2, rows + 1);

        Picture Fill(InpaintSettings settings, long whole, long outer)
        {
            (long Whole, long Outer) before = bundles.Passes(kind);
            Picture result = engine.Fill(picture, mask, settings).Samples[0].Picture;
            (long Whole, long Outer) after = bundles.Passes(kind);
            Assert.Equal((whole, outer), (after.Whole - before.Whole, after.Outer - before.Outer));
            return result;
        }
    }

    [Theory]
    [MemberData(nameof(Masked))]
    public void Erasing_changes_the_fill_and_keeps_memory_level(EngineKind kind)
    {
        InpaintSettings erasing = Quick with { Erase = EraseMode.Full };
        InpaintSettings grading = Quick with { Erase = EraseMode.Graded };
        Picture picture = Drawn(32, 32);
        Mask mask = Mask.FromBox(32, 32, new Box(4, 4, 14, 14));
        IEditEngine engine = bundles.Open(kind);
        Picture with = engine.Fill(picture, mask, erasing).Samples[0].Picture;
        Picture graded = engine.Fill(picture, mask, grading).Samples[0].Picture;
        Picture without = engine.Fill(picture, mask, Quick).Samples[0].Picture;
        Assert.False(with.SameSamples(without) || graded.SameSamples(without) || graded.SameSamples(with));
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.True(with.SameSamples(engine.Fill(picture, mask, erasing).Samples[0].Picture));
        Assert.True(graded.SameSamples(engine.Fill(picture, mask, grading).Samples[0].Picture));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        // Where nothing is around the hole there is nothing to attend to instead.
        Mask all = Mask.FromBox(32, 32, new Box(0, 0, 32, 32));
        Assert.True(engine.Fill(picture, all, grading).Samples[0].Picture.SameSamples(engine.Fill(picture, all, Quick).Samples[0].Picture));
    }

    [Theory]
    [InlineData(EngineKind.DdimP2P)]
    [InlineData(EngineKind.DirectP2P)]
    [InlineData(EngineKind.NullTextP2P)]
    public void From_caption_to_caption_needs_both_and_makes_the_same_picture_of_every_seed(EngineKind kind)
    {
        Picture picture = Drawn(32, 32);
        Mask all = Mask.FromBox(32, 32, new Box(0, 0, 32, 32));
        IEditEngine engine = bundles.Open(kind);
        Picture first = engine.Fill(picture, all, Quick).Samples[0].Picture;
        Assert.True(first.SameSamples(engine.Fill(picture, all, Quick with { Seed = 9 }).Samples[0].Picture));
        Assert.Contains("-CaptionBefore", Assert.Throws<EditException>(() => engine.Fill(picture, all, Quick with { CaptionBefore = null })).Remedy, StringComparison.Ordinal);
        EditException unknown = Assert.Throws<EditException>(
            () => engine.Fill(picture, all, Quick with { PromptEdit = new PromptEditSettings { BlendWords = ("ball", "cube") } }));
        Assert.Contains("'cube'", unknown.Message, StringComparison.Ordinal);
        EditException wordy = Assert.Throws<EditException>(() => engine.Fill(picture, all, Quick with { Caption = string.Join(' ', Enumerable.Repeat("red ball", 40)) }));
        Assert.Contains("tokens longer", wordy.Message, StringComparison.Ordinal);
        Assert.Contains("PromptSyntax", Assert.Throws<EditException>(() => engine.Fill(picture, all, Quick with { PromptSyntax = PromptSyntax.Diffusers })).Message, StringComparison.Ordinal);
        Assert.Contains("Eta", Assert.Throws<EditException>(() => engine.Fill(picture, all, Quick with { Eta = 0.5 })).Message, StringComparison.Ordinal);

        // Kept to a word, scaled, or followed to the end, the result is another.
        foreach (PromptEditSettings other in (PromptEditSettings[])[
            new() { WordScales = new Dictionary<string, double> { ["red"] = 8 } },
            new() { CrossReplace = 1, SelfReplace = 1 }])
        {
            Assert.False(first.SameSamples(engine.Fill(picture, all, Quick with { PromptEdit = other }).Samples[0].Picture));
        }

        _ = engine.Fill(picture, all, Quick with { PromptEdit = new PromptEditSettings { BlendWords = ("ball", "ball") } });
    }

    [Theory]
    [MemberData(nameof(Local))]
    public void It_stops_within_a_step(EngineKind kind)
    {
        IEditEngine engine = bundles.Open(kind);
        using CancellationTokenSource stop = new();
        Stopper stopper = new(stop);
        Assert.ThrowsAny<OperationCanceledException>(() => engine.Fill(Drawn(32, 32), MaskFor(engine), Quick with { Steps = 50 }, stopper, stop.Token));
        Assert.True(stopper.Steps <= 2, $"{stopper.Steps} steps");
    }

    [Theory]
    [MemberData(nameof(Local))]
    public void Memory_stays_level(EngineKind kind)
    {
        IEditEngine engine = bundles.Open(kind);
        Picture picture = Drawn(32, 32);
        Mask mask = MaskFor(engine);
        engine.Fill(picture, mask, Quick);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 3; i++)
        {
            engine.Fill(picture, mask, Quick);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Models_that_do_not_go_with_an_engine_are_refused()
    {
        EditException Refused(EngineKind kind, Func<EngineModels, EngineModels>? with = null) => Assert.Throws<EditException>(() => EngineCatalog.Open(
            kind, (with ?? (models => models))(new EngineModels(bundles.PlainFolder)), bundles.Catalog, ComputeDevice.Choose("cpu", "single"), new ModelPool()));
        Assert.Contains("inpainting", Refused(EngineKind.SDInpainting).Message, StringComparison.Ordinal);
        Assert.Contains("InstructPix2Pix", Refused(EngineKind.InstructPix2Pix).Message, StringComparison.Ordinal);
        Assert.Contains("BrushNet", Refused(EngineKind.SDEdit, models => models with { BrushNet = "x" }).Message, StringComparison.Ordinal);
        Assert.Contains("ControlNet", Refused(EngineKind.BlendedLatent, models => models with { ControlNet = "x" }).Message, StringComparison.Ordinal);
        Assert.Equal(EditFault.BadArgument, Refused(EngineKind.Server).Kind);
    }

    [Fact]
    public void A_listing_knows_the_ControlNet_in_a_bundle()
    {
        ModelFiles bundle = ModelFiles.Open(bundles.PlainFolder);
        Assert.Contains(ModelKind.ControlNet, bundle.Bundled().Select(model => model.Kind));
    }

    private static Mask MaskFor(IEditEngine engine) => engine.Traits.TakesMask ? Mask.FromBox(32, 32, new Box(8, 8, 14, 14)) : Mask.FromBox(32, 32, new Box(0, 0, 32, 32));

    private static Picture Drawn(int width, int height) =>
        Picture.FromRgb([.. Enumerable.Range(0, width * height * 3).Select(at => (byte)((at / 3 % width * 5) + (at % 3 * 60) + (at / 3 / width * 3)))], width, height);

    private sealed class StepCounter : IProgress<InpaintProgress>
    {
        public int Steps { get; private set; }

        public int Of { get; private set; }

        public void Report(InpaintProgress value) => (Steps, Of) = value.Stage == InpaintStage.Denoising ? (Steps + 1, value.Steps) : (Steps, Of);
    }

    private sealed class Stopper(CancellationTokenSource stop) : IProgress<InpaintProgress>
    {
        public int Steps { get; private set; }

        public void Report(InpaintProgress value)
        {
            if (value.Stage is InpaintStage.Denoising or InpaintStage.Inverting)
            {
                Steps++;
                stop.Cancel();
            }
        }
    }
}
