using BrushEdit.Sampling;
using BrushEdit.Tests.Parity;
using TorchSharp;

namespace BrushEdit.Tests.Sampling;

public sealed class NoiseScheduleTests
{
    public static TheoryData<BetaSchedule> Schedules => [.. Enum.GetValues<BetaSchedule>()];

    [Theory]
    [MemberData(nameof(Schedules))]
    public void SignalFallsFromNearlyOne(BetaSchedule schedule)
    {
        NoiseSchedule noise = new(new SamplerConfig { BetaSchedule = schedule });
        Assert.Equal(1000, noise.TrainTimesteps);
        Assert.InRange(noise.AlphasCumprod[0], 0.999, 1);
        Assert.InRange(noise.AlphasCumprod[^1], 0, 0.05);
        Assert.All(noise.AlphasCumprod.Zip(noise.AlphasCumprod.Skip(1)), pair => Assert.True(pair.First > pair.Second));
        Assert.All(noise.AlphasCumprod.Zip(noise.Sigmas), pair => Assert.Equal(1, pair.First * (1 + pair.Second * pair.Second), 1e-4));
    }

    [Fact]
    public void LinearBetasMultiplyUp()
    {
        NoiseSchedule noise = new(new SamplerConfig { BetaSchedule = BetaSchedule.Linear, BetaStart = 0.1, BetaEnd = 0.3, TrainTimesteps = 3 });
        Assert.Equal([0.9, 0.72, 0.504], noise.AlphasCumprod.Select(a => Math.Round(a, 6)));
        NoiseSchedule trained = new(new SamplerConfig { TrainedBetas = [0.1, 0.2, 0.3], TrainTimesteps = 3, OriginalInferenceSteps = 3 });
        Assert.Equal(noise.AlphasCumprod.Select(a => (float)a), trained.AlphasCumprod.Select(a => (float)a));
    }

    [Fact]
    public void ZeroTerminalSignalIsReached()
    {
        SamplerConfig config = new() { RescaleZeroSnr = true, Prediction = PredictionType.VPrediction, Spacing = TimestepSpacing.Trailing };
        NoiseSchedule noise = new(config);
        Assert.Equal(0, noise.AlphasCumprod[^1]);
        Assert.Equal(new NoiseSchedule(new SamplerConfig()).AlphasCumprod[0], noise.AlphasCumprod[0], 1e-6);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor x = torch.ones(1, 4, 2, 2);
        foreach (SamplerKind kind in Enum.GetValues<SamplerKind>())
        {
            if (kind == SamplerKind.Pndm)
            {
                Assert.Throws<EditException>(() => SamplerFactory.Create(config, 5, kind));
                continue;
            }

            using ISampler sampler = SamplerFactory.Create(config, 5, kind);
            torch.Tensor at = x * sampler.InitialNoiseSigma;
            for (int i = 0; i < sampler.Timesteps.Count; i++)
            {
                at = sampler.Step(sampler.Scale(at, i) * 0.5, i, at, () => torch.ones(1, 4, 2, 2));
            }

            Assert.True(at.isfinite().all().item<bool>(), $"{kind}");
        }
    }

    [Fact]
    public void NoiseAndVelocityTellTheSample()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        NoiseSchedule schedule = new(new SamplerConfig { Prediction = PredictionType.VPrediction });
        torch.Tensor sample = torch.randn(3, 4, 5, 5, torch.float64);
        torch.Tensor noise = torch.randn(3, 4, 5, 5, torch.float64);
        torch.Tensor steps = torch.tensor(new long[] { 0, 500, 999 });
        torch.Tensor a = torch.tensor(new long[] { 0, 500, 999 }.Select(t => schedule.AlphasCumprod[(int)t]).ToArray()).reshape(3, 1, 1, 1);
        torch.Tensor noisy = schedule.AddNoise(sample, noise, steps);
        torch.Tensor velocity = schedule.Target(sample, noise, steps);
        Close.Assert("sample", sample, a.sqrt() * noisy - (1 - a).sqrt() * velocity, 1e-9);
        Close.Assert("noise", noise, (1 - a).sqrt() * noisy + a.sqrt() * velocity, 1e-9);
        Close.Assert("one timestep for all", schedule.AddNoise(sample, noise, steps[1].reshape(1))[2], schedule.AddNoise(sample[2].unsqueeze(0), noise[2].unsqueeze(0), steps[1].reshape(1))[0], 1e-12);
        Close.Assert("epsilon", noise, new NoiseSchedule(new SamplerConfig()).Target(sample, noise, steps), 0);
        Close.Assert("clean", sample, new NoiseSchedule(new SamplerConfig { Prediction = PredictionType.Sample }).Target(sample, noise, steps), 0);
    }

    [Fact]
    public void GradientsFlowThroughAddedNoise()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor sample = torch.ones(2, 3, requires_grad: true);
        new NoiseSchedule(new SamplerConfig()).AddNoise(sample, torch.zeros(2, 3), torch.tensor(new long[] { 10, 20 })).sum().backward();
        Assert.True((sample.grad!.abs() > 0).all().item<bool>());
    }

    [Fact]
    public void TimestepsThatDoNotFitAreRefused()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        NoiseSchedule schedule = new(new SamplerConfig());
        torch.Tensor sample = torch.zeros(2, 3);
        Assert.Throws<ArgumentException>(() => schedule.AddNoise(sample, sample, torch.tensor(new long[] { 1, 2, 3 })));
        Assert.Throws<ArgumentException>(() => schedule.AddNoise(sample, sample, torch.tensor(new long[] { 1, 1000 })));
        Assert.Throws<ArgumentException>(() => schedule.Velocity(sample, sample, torch.tensor(new long[] { -1, 5 })));
    }

    [Fact]
    public void NothingNativeIsLeft()
    {
        using torch.Tensor sample = torch.ones(2, 3);
        using torch.Tensor steps = torch.tensor(new long[] { 1, 2 });
        NoiseSchedule schedule = new(new SamplerConfig { Prediction = PredictionType.VPrediction });
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        schedule.AddNoise(sample, sample, steps).Dispose();
        schedule.Target(sample, sample, steps).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
