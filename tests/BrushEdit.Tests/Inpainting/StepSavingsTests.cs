using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Tests.Parity;
using TorchSharp;

namespace BrushEdit.Tests.Inpainting;

/// <summary>What is left out of a run: off, nothing; on, exactly the passes that it names.</summary>
public class StepSavingsTests(TinyBundle bundle) : IClassFixture<TinyBundle>
{
    private static readonly InpaintSettings Ten = new() { Caption = "a red ball", Steps = 10, Seed = 7, GuidanceScale = 4 };

    /// <summary>Settings of ten guided steps, then rows of the base through the whole network and the outer blocks, then the branch's.</summary>
    public static TheoryData<string, long, long, long, long> Counts => new()
    {
        { "", 20, 0, 10, 0 },
        { "guidance 0.2 0.6", 14, 0, 10, 0 },
        { "guidance 1 1", 10, 0, 10, 0 },
        { "deep 3", 8, 12, 4, 6 },
        { "deep 100", 2, 18, 1, 9 },
        { "skip 1", 14, 0, 7, 0 },
        { "skip 2", 12, 0, 6, 0 },
        { "conditioning 0.5", 20, 0, 5, 0 },

        // The whole networks are run anew where guidance ends, and where the branch does.
        { "deep 3 guidance 0 0.5", 6, 9, 4, 6 },
        { "deep 3 conditioning 0.5", 8, 12, 2, 3 },

        // Computed are 0 to 3, 5, 7, 9: of these the first, the fourth and the seventh in whole.
        { "deep 3 skip 1", 6, 8, 3, 4 },

        // Two answers of a kind must be known: after guidance has ended at 5, that of 7 is the first foretold.
        { "skip 1 guidance 0 0.5", 12, 0, 8, 0 },
        { "deep 2 skip 1 guidance 0.3 1 erase", 8, 7, 5, 4 },
    };

    [Theory]
    [MemberData(nameof(Counts))]
    public void Each_saving_runs_as_many_passes_as_it_says(string savings, long whole, long outer, long branchWhole, long branchOuter)
    {
        InpaintSettings settings = Read(savings);
        (Picture picture, Mask mask) = Scene();
        Picture full = Pipeline.Fill(picture, mask, Ten).Samples[0].Picture;
        long[] before = Passes();
        long tensors = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Picture result = Pipeline.Fill(picture, mask, settings).Samples[0].Picture;

        Assert.Equal(tensors, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal([whole, outer, branchWhole, branchOuter], Passes().Zip(before, (now, then) => now - then));
        Assert.Equal(savings.Length == 0, result.SameSamples(full));
    }

    [Fact]
    public void Off_is_to_the_bit_what_the_networks_give_step_by_step() => bundle.Model.WithDenoiser(denoiser =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.inference_mode();
        (torch.Tensor noise, torch.Tensor condition, torch.Tensor context) = Inputs(denoiser);
        using ISampler sampler = SamplerFactory.Create(bundle.Model.Scheduler, 6, SamplerKind.Euler);
        using ISampler plain = SamplerFactory.Create(bundle.Model.Scheduler, 6, SamplerKind.Euler);
        DenoisingRun run = new(new TextConditioning(context), condition, 4, 0.9, 0, 0.7) { Savings = new StepSavings { GuidanceStart = 0, GuidanceEnd = 1, DeepCache = 1, SkipSteps = 0 } };

        torch.Tensor latent = denoiser.Run(run, sampler, () => noise.clone(), null, default);

        torch.Tensor expected = noise * plain.InitialNoiseSigma;
        using TextKeyValues text = denoiser.UNet.TextKeysAndValues(context);
        for (int step = 0; step < plain.Timesteps.Count; step++)
        {
            torch.Tensor time = torch.tensor(plain.Timesteps[step], dtype: torch.ScalarType.Float32);
            torch.Tensor shown = plain.Scale(expected, step);
            double scale = run.BranchScale(step, plain.Timesteps.Count);
            BrushNetResiduals? residuals = scale == 0 ? null : denoiser.BrushNet.forward(shown, time, condition, scale);
            torch.Tensor[] halves = denoiser.UNet.forward(shown.repeat(2, 1, 1, 1), time, text, residuals).chunk(2, 0);
            expected = plain.Step(halves[0] + ((halves[1] - halves[0]) * 4), step, expected);
        }

        Close.Assert("latent", expected, latent, 0);
        return true;
    });

    [Fact]
    public void Outside_the_interval_the_caption_alone_decides() => bundle.Model.WithDenoiser(denoiser =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.inference_mode();
        (torch.Tensor noise, torch.Tensor condition, torch.Tensor context) = Inputs(denoiser);
        torch.Tensor Run(DenoisingRun run)
        {
            using ISampler sampler = SamplerFactory.Create(bundle.Model.Scheduler, 4);
            return denoiser.Run(run, sampler, () => noise.clone(), null, default);
        }

        torch.Tensor alone = Run(new DenoisingRun(new TextConditioning(context.narrow(0, 1, 1)), condition, 4));
        torch.Tensor never = Run(new DenoisingRun(new TextConditioning(context), condition, 4) { Savings = new StepSavings { GuidanceStart = 1 } });
        Close.Assert("never guided", alone, never, 1e-5);
        return true;
    });

    [Fact]
    public void A_group_of_pictures_saves_as_one_picture_does()
    {
        (Picture picture, Mask mask) = Scene();
        InpaintSettings saving = Ten with { DeepCache = 2, SkipSteps = 1, GuidanceEnd = 0.8, Erase = EraseMode.Full };
        FillRequest[] requests = [.. Enumerable.Range(0, 3).Select(i => new FillRequest(picture, mask, saving with { Seed = i }))];

        IReadOnlyList<FillAnswer> together = Pipeline.FillAll(requests);

        for (int i = 0; i < requests.Length; i++)
        {
            AssertClose(Pipeline.Fill(picture, mask, requests[i].Settings).Samples[0].Picture, together[i].Outcome!.Samples[0].Picture);
        }

        // Pictures that leave out different things do not share passes.
        Assert.NotEqual(FillJob.Plan(bundle.Model, requests[0]).Shared, FillJob.Plan(bundle.Model, requests[0] with { Settings = saving with { DeepCache = 3 } }).Shared);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    public void Samples_that_share_passes_come_out_as_alone_but_for_rounding(int most)
    {
        (Picture picture, Mask mask) = Scene();
        InpaintSettings settings = Ten with { Samples = 3, Sampler = "EulerAncestral", PreviewEvery = 10 };
        Recorder alone = new(), shared = new();

        InpaintOutcome expected = Pipeline.Fill(picture, mask, settings, alone);
        long[] before = Passes();
        InpaintOutcome together = new InpaintPipeline(bundle.Model) { SamplesTogether = most }.Fill(picture, mask, settings, shared);

        Assert.Equal(60, Passes()[0] - before[0]);
        Assert.Equal([7L, 8L, 9L], together.Samples.Select(sample => sample.Seed));
        Assert.Equal(alone.Seen.Where(seen => seen.Preview is not null).Select(seen => seen.Sample), shared.Seen.Where(seen => seen.Preview is not null).Select(seen => seen.Sample));
        for (int i = 0; i < 3; i++)
        {
            AssertClose(expected.Samples[i].Picture, together.Samples[i].Picture);
        }

        Assert.False(together.Samples[0].Picture.SameSamples(together.Samples[1].Picture));
    }

    [Fact]
    public void Samples_that_memory_does_not_take_together_are_made_in_smaller_parts()
    {
        (Picture picture, Mask mask) = Scene();
        InpaintSettings settings = Ten with { Samples = 5, Steps = 2 };
        ToldModel small = new(bundle.Model) { Exhausted = 2 };

        // Five together fail, three together fail, two fit.
        Recorder heard = new();
        InpaintOutcome made = new InpaintPipeline(small) { SamplesTogether = 64 }.Fill(picture, mask, settings with { GuidanceScale = 1 }, heard);

        Assert.Equal(2 + 3, small.Lent);
        Assert.Equal([7L, 8L, 9L, 10L, 11L], made.Samples.Select(sample => sample.Seed));
        Assert.Equal([0, 1, 2, 3, 4], heard.Seen.Where(seen => seen.Stage == InpaintStage.Decoding).Select(seen => seen.Sample));
        Assert.Throws<InvalidOperationException>(() => new InpaintPipeline(new ToldModel(bundle.Model) { Exhausted = 9 }) { SamplesTogether = 64 }.Fill(picture, mask, settings));
    }

    [Fact]
    public void Every_sampler_takes_every_saving()
    {
        (Picture picture, Mask mask) = Scene();
        foreach (string sampler in SamplerFactory.Names)
        {
            InpaintOutcome outcome = Pipeline.Fill(picture, mask, Ten with { Sampler = sampler, DeepCache = 2, SkipSteps = 1, GuidanceEnd = 0.6 });
            Assert.False(outcome.Samples[0].Picture.SameSamples(picture), sampler);
        }
    }

    [Fact]
    public void The_settings_are_stored_where_they_are_used_and_not_where_they_are_not()
    {
        (Picture picture, Mask mask) = Scene();
        IReadOnlyDictionary<string, string> Stored(InpaintSettings settings)
        {
            InpaintOutcome outcome = Pipeline.Fill(picture, mask, settings);
            return EditParameters.Of(new ImageEdit(picture).With("Inpaint", TimeSpan.Zero, parts => parts.SetSamples(outcome.Settings, outcome.Samples)));
        }

        string[] names = ["guidanceStart", "guidanceEnd", "deepCache", "skipSteps"];
        Assert.DoesNotContain(Stored(Ten).Keys, names.Contains);
        IReadOnlyDictionary<string, string> stored = Stored(Ten with { GuidanceStart = 0.1, GuidanceEnd = 0.8, DeepCache = 2, SkipSteps = 1 });
        Assert.Equal(["0.1", "0.8", "2", "1"], names.Select(name => stored[name]));
    }

    [Fact]
    public void An_interval_is_refused_where_the_networks_are_told_the_guidance()
    {
        (Picture picture, Mask mask) = Scene();
        InpaintPipeline told = new(new ToldModel(bundle.Model));
        EditException fault = Assert.Throws<EditException>(() => told.Fill(picture, mask, Ten with { GuidanceEnd = 0.5 }));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Contains("GuidanceEnd", fault.Remedy, StringComparison.Ordinal);
        long[] before = Passes();
        told.Fill(picture, mask, Ten with { DeepCache = 5 });
        Assert.Equal([2, 8, 2, 8], Passes().Zip(before, (now, then) => now - then));
    }

    private InpaintPipeline Pipeline => new(bundle.Model);

    private long[] Passes() => bundle.Model.WithDenoiser(denoiser => new[]
    {
        denoiser.UNet.Passes.WholeRows, denoiser.UNet.Passes.OuterRows, denoiser.BrushNet.Passes.WholeRows, denoiser.BrushNet.Passes.OuterRows,
    });

    private static InpaintSettings Read(string savings)
    {
        InpaintSettings settings = Ten;
        Queue<string> words = new(savings.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        double Number() => double.Parse(words.Dequeue(), System.Globalization.CultureInfo.InvariantCulture);
        while (words.TryDequeue(out string? word))
        {
            settings = word switch
            {
                "guidance" => settings with { GuidanceStart = Number(), GuidanceEnd = Number() },
                "deep" => settings with { DeepCache = (int)Number() },
                "skip" => settings with { SkipSteps = (int)Number() },
                "conditioning" => settings with { ConditioningEnd = Number() },
                _ => settings with { Erase = EraseMode.Full },
            };
        }

        return settings;
    }

    private static (torch.Tensor Noise, torch.Tensor Condition, torch.Tensor Context) Inputs(Denoiser denoiser)
    {
        torch.random.manual_seed(3);
        int channels = denoiser.UNet.Config.InChannels;
        return (torch.randn(1, channels, 8, 6), torch.randn(1, channels + 1, 8, 6), torch.randn(2, 5, denoiser.UNet.Config.CrossAttentionDim));
    }

    private static (Picture Picture, Mask Mask) Scene() =>
        (Picture.FromRgb([.. Enumerable.Range(0, 40 * 36 * 3).Select(i => (byte)((i * 31) ^ (i / 97)))], 40, 36), Mask.FromBox(40, 36, new Box(12, 10, 14, 15)));

    private static void AssertClose(Picture expected, Picture actual)
    {
        for (int i = 0; i < expected.Rgb.Length; i++)
        {
            Assert.InRange(actual.Rgb[i] - expected.Rgb[i], -1, 1);
        }
    }

    private sealed class Recorder : IProgress<InpaintProgress>
    {
        public List<InpaintProgress> Seen { get; } = [];

        public void Report(InpaintProgress value) => Seen.Add(value);
    }

    /// <summary>The bundle, taken for one that was distilled for a guidance that it is told; memory may not suffice for its first runs.</summary>
    private sealed class ToldModel(IInpaintModel model) : IInpaintModel
    {
        /// <summary>Runs for which memory does not suffice.</summary>
        public int Exhausted { get; init; }

        /// <summary>Runs asked for.</summary>
        public int Lent { get; private set; }

        public string Name => model.Name;

        public ComputeDevice Device => model.Device;

        public int NativeSide => model.NativeSide;

        public int Factor => model.Factor;

        public double ScalingFactor => model.ScalingFactor;

        public SamplerConfig Scheduler => model.Scheduler;

        public double? GuidanceScale => model.GuidanceScale;

        public bool EmbedsGuidance => true;

        public TextInversions Inversions => model.Inversions;

        public bool ZerosForNoPrompt => model.ZerosForNoPrompt;

        public IReadOnlyList<string> Warnings => model.Warnings;

        public bool HasPreviewVae => model.HasPreviewVae;

        public T WithText<T>(Func<TextEncoders, T> use) => model.WithText(use);

        public T WithVae<T>(Func<Autoencoder, T> use) => model.WithVae(use);

        public T WithPreviewVae<T>(Func<Autoencoder, T> use) => model.WithPreviewVae(use);

        public T WithDenoiser<T>(Func<Denoiser, T> use) => ++Lent > Exhausted
            ? model.WithDenoiser(use)
            : throw new InvalidOperationException("CUDA out of memory. Tried to allocate 2.00 GiB.");
    }
}
