using BrushEdit.Sampling;
using BrushEdit.Tests.Parity;
using TorchSharp;

namespace BrushEdit.Tests.Sampling;

public sealed class SamplerTests
{
    private static readonly SamplerConfig Config = new() { SetAlphaToOne = true };

    public static TheoryData<SamplerKind> Kinds => [.. Enum.GetValues<SamplerKind>()];

    public static TheoryData<SamplerKind> MultistepKinds => [SamplerKind.UniPC, SamplerKind.DpmPlusPlus2M, SamplerKind.Pndm];

    public static TheoryData<SamplerKind, PredictionType, TimestepSpacing, bool> PerfectCases
    {
        get
        {
            TheoryData<SamplerKind, PredictionType, TimestepSpacing, bool> rows = [];
            foreach (SamplerKind kind in Enum.GetValues<SamplerKind>())
            {
                foreach (PredictionType prediction in Enum.GetValues<PredictionType>())
                {
                    foreach (TimestepSpacing spacing in Enum.GetValues<TimestepSpacing>())
                    {
                        // PNDM averages outputs of several noise levels, which only noise and clean sample allow; and it goes
                        // on by a whole stride, which only leading spacing has.
                        if (kind != SamplerKind.Pndm || (prediction != PredictionType.VPrediction && spacing == TimestepSpacing.Leading))
                        {
                            rows.Add(kind, prediction, spacing, false);
                        }

                        if (SamplerFactory.TakesKarras(kind))
                        {
                            rows.Add(kind, prediction, spacing, true);
                        }
                    }
                }
            }

            return rows;
        }
    }

    /// <summary>A network that always knows the clean sample leads every sampler to it, in any number of steps.</summary>
    [Theory]
    [MemberData(nameof(PerfectCases))]
    public void APerfectNetworkIsFollowed(SamplerKind kind, PredictionType prediction, TimestepSpacing spacing, bool karras)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        SamplerConfig config = Config with { Prediction = prediction, Spacing = spacing };
        torch.Tensor clean = Normal(1, torch.float64);
        foreach (int steps in (int[])[1, 2, 3, 20])
        {
            using ISampler sampler = SamplerFactory.Create(config, steps, kind, karras);
            torch.Tensor end = Run(sampler, Normal(2, torch.float64), (x, i) => Perfect(sampler, config, x, i, clean));
            // The skip connection of a consistency model's boundary condition lets through a trace of the noisy sample; TCD arrives at
            // the noise of timestep 0.
            double tolerance = kind switch { SamplerKind.Lcm => 1e-2, SamplerKind.Tcd => 5e-2, _ => 1e-6 };
            Close.Assert($"{kind} {prediction} {spacing} {steps} steps", clean, end, tolerance);
        }
    }

    /// <summary>What the network predicts is a matter of form: noise, velocity and clean sample give the same path.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void PredictionTypesAgree(SamplerKind kind)
    {
        if (kind == SamplerKind.Pndm)
        {
            return;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor target = Normal(3, torch.float64);
        torch.Tensor[] ends = [.. Enum.GetValues<PredictionType>().Select(prediction =>
        {
            SamplerConfig config = Config with { Prediction = prediction };
            using ISampler sampler = SamplerFactory.Create(config, 12, kind);
            return Run(sampler, Normal(4, torch.float64), (x, i) =>
            {
                (double alpha, double sigma) = Level(sampler, config, i);
                torch.Tensor noise = ToyPredictor.Output(x, target, sampler.Timesteps[i]);
                torch.Tensor clean = (x - noise * sigma) / alpha;
                return prediction switch
                {
                    PredictionType.Epsilon => noise,
                    PredictionType.VPrediction => noise * alpha - clean * sigma,
                    _ => clean,
                };
            });
        })];
        Close.Assert("velocity", ends[0], ends[1], 1e-9);
        Close.Assert("clean sample", ends[0], ends[2], 1e-9);
    }

    public static TheoryData<string> Solvers => [.. SolverConfigs.Keys];

    private static readonly Dictionary<string, (SamplerKind Kind, SamplerConfig Config, double At40)> SolverConfigs = new()
    {
        // With the error at 40 steps that each must be under; a first-order method is at a few hundredths.
        ["UniPC"] = (SamplerKind.UniPC, Config, 0.01),
        ["UniPC order 1"] = (SamplerKind.UniPC, Config with { SolverOrder = 1 }, 0.02),
        ["UniPC order 3"] = (SamplerKind.UniPC, Config with { SolverOrder = 3 }, 0.01),
        ["UniPC bh1"] = (SamplerKind.UniPC, Config with { SolverType = SolverType.Bh1 }, 0.01),
        ["UniPC on noise"] = (SamplerKind.UniPC, Config with { PredictX0 = false }, 0.01),
        ["UniPC on noise, order 3"] = (SamplerKind.UniPC, Config with { PredictX0 = false, SolverOrder = 3 }, 0.01),
        ["UniPC without corrector"] = (SamplerKind.UniPC, Config with { DisableCorrector = [.. Enumerable.Range(0, 2000)] }, 0.02),
        ["UniPC never of lower order"] = (SamplerKind.UniPC, Config with { LowerOrderFinal = false }, 0.01),
        ["UniPC Karras"] = (SamplerKind.UniPC, Config with { KarrasSigmas = true }, 0.01),
        ["DPM++ 2M"] = (SamplerKind.DpmPlusPlus2M, Config, 0.02),
        ["DPM++ Heun"] = (SamplerKind.DpmPlusPlus2M, Config with { SolverType = SolverType.Heun }, 0.02),
        ["DPM++ order 1"] = (SamplerKind.DpmPlusPlus2M, Config with { SolverOrder = 1 }, 0.1),
        ["DPM++ Karras"] = (SamplerKind.DpmPlusPlus2M, Config with { KarrasSigmas = true }, 0.02),
        ["DPM++ 3M"] = (SamplerKind.DpmPlusPlus3M, Config, 0.02),
        ["DPM++ 3M Karras"] = (SamplerKind.DpmPlusPlus3M, Config with { KarrasSigmas = true }, 0.02),
        ["Heun"] = (SamplerKind.Heun, Config with { Spacing = TimestepSpacing.Trailing }, 0.02),
        ["Heun Karras"] = (SamplerKind.Heun, Config with { KarrasSigmas = true }, 0.02),
        ["Euler"] = (SamplerKind.Euler, Config with { Spacing = TimestepSpacing.Trailing }, 0.1),
        ["Euler Karras"] = (SamplerKind.Euler, Config with { KarrasSigmas = true }, 0.1),
        ["DDIM"] = (SamplerKind.Ddim, Config with { Spacing = TimestepSpacing.Trailing }, 0.1),
        ["PNDM"] = (SamplerKind.Pndm, Config with { Spacing = TimestepSpacing.Trailing }, 0.05),
    };

    /// <summary>Every deterministic sampler solves the same equation: with more steps they come together.</summary>
    [Theory]
    [MemberData(nameof(Solvers))]
    public void MoreStepsConverge(string name)
    {
        (SamplerKind kind, SamplerConfig config, double at40) = SolverConfigs[name];
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor exact = torch.tensor(Exact.Value).reshape(1, 4, 6, 6);
        double[] errors = [.. new[] { 8, 40, 250 }.Select(steps => Distance(exact, Toy(kind, config, steps)))];
        string all = string.Join(", ", errors);
        Assert.True(errors[1] < errors[0], all);
        Assert.True(errors[1] < at40, all);
        Assert.True(errors[2] < 0.01, all);
    }

    [Fact]
    public void OrderPaysAtFewSteps()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor exact = torch.tensor(Exact.Value).reshape(1, 4, 6, 6);
        double first = Distance(exact, Toy(SamplerKind.DpmPlusPlus2M, Config with { SolverOrder = 1 }, 20));
        double second = Distance(exact, Toy(SamplerKind.DpmPlusPlus2M, Config, 20));
        double corrected = Distance(exact, Toy(SamplerKind.UniPC, Config, 20));
        Assert.True(second < first / 2 && corrected < second, $"{first}, {second}, {corrected}");
    }

    [Fact]
    public void DdimNoiseGrowsWithEta()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor none = Toy(SamplerKind.Ddim, Config, 20);
        double[] distances = [.. new[] { 0.1, 0.5, 1 }.Select(eta => Distance(none, Toy(SamplerKind.Ddim, Config, 20, eta)))];
        Assert.True(distances[0] > 0 && distances[0] < distances[1] && distances[1] < distances[2], string.Join(", ", distances));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ClippedOrNotTheSamplesOwnTypeComesBack(SamplerKind kind)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor full = Toy(kind, Config, 10, type: torch.float32);
        torch.Tensor half = Toy(kind, Config, 10, type: torch.float16);
        Assert.Equal(torch.float32, full.dtype);
        Assert.Equal(torch.float16, half.dtype);
        Close.Assert($"{kind}", full, half, 0.02);
    }

    [Fact]
    public void ClippingBoundsTheCleanSample()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (SamplerKind kind in (SamplerKind[])[SamplerKind.Ddim, SamplerKind.Lcm])
        {
            torch.Tensor open = Toy(kind, Config, 4);
            torch.Tensor clipped = Toy(kind, Config with { ClipSample = true, ClipSampleRange = 0.25 }, 4);
            Assert.True(open.abs().max().item<double>() > 0.26);
            Assert.True(clipped.abs().max().item<double>() <= 0.26);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void NothingNativeIsLeft(SamplerKind kind)
    {
        using torch.Tensor start = torch.randn(1, 4, 8, 8);
        using torch.Tensor output = torch.randn(1, 4, 8, 8);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        long most = 0;
        using (ISampler sampler = SamplerFactory.Create(Config, 25, kind))
        {
            torch.Tensor x = start.clone();
            for (int i = 0; i < sampler.Timesteps.Count; i++)
            {
                using torch.Tensor shown = sampler.Scale(x, i);
                torch.Tensor next = sampler.Step(output, i, x, () => torch.randn(1, 4, 8, 8));
                x.Dispose();
                x = next;
                most = Math.Max(most, DisposeScopeManager.Statistics.ThreadTotalLiveCount - before);
            }

            x.Dispose();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        // The sample, what the network is shown, and at most four remembered outputs and one sample.
        Assert.InRange(most, 1, 7);
    }

    [Theory]
    [MemberData(nameof(MultistepKinds))]
    public void DisposingHalfWayFreesTheMemory(SamplerKind kind)
    {
        using torch.Tensor x = torch.randn(1, 4, 8, 8);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        ISampler sampler = SamplerFactory.Create(Config, 10, kind);
        using (torch.NewDisposeScope())
        {
            sampler.Step(x, 0, x);
        }

        // The memory outlives the caller's scope, and only so long as the sampler.
        Assert.True(DisposeScopeManager.Statistics.ThreadTotalLiveCount > before);
        sampler.Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Throws<ObjectDisposedException>(() => sampler.Step(x, 1, x));
    }

    [Fact]
    public void WhatTheNetworkIsShownIsTheCallersToDispose()
    {
        using torch.Tensor x = torch.ones(1, 4, 2, 2);
        foreach (SamplerKind kind in Enum.GetValues<SamplerKind>())
        {
            using ISampler sampler = SamplerFactory.Create(Config, 4, kind);
            sampler.Scale(x, 0).Dispose();
        }

        Assert.Equal(16, x.sum().item<float>());
    }

    [Fact]
    public void StepsOutOfOrderAndWrongShapesAreRefused()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor x = torch.zeros(1, 4, 8, 8);
        using ISampler sampler = SamplerFactory.Create(Config, 5);
        Assert.Throws<InvalidOperationException>(() => sampler.Step(x, 1, x));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Step(x, 5, x));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Scale(x, -1));
        Assert.Throws<ArgumentException>(() => sampler.Step(torch.zeros(1, 4, 8, 1), 0, x));
        sampler.Step(x, 0, x);
        Assert.Throws<InvalidOperationException>(() => sampler.Step(x, 0, x));

        using ISampler noisy = SamplerFactory.Create(Config, 5, SamplerKind.EulerAncestral);
        Assert.Throws<ArgumentException>(() => noisy.Step(x, 0, x));
        Assert.Throws<ArgumentException>(() => noisy.Step(x, 0, x, () => torch.zeros(1, 4, 8, 1)));
    }

    // Where the toy predictor leads in very many steps; no tensor, since tests run on several threads.
    private static readonly Lazy<double[]> Exact = new(() =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return Toy(SamplerKind.UniPC, Config, 900).data<double>().ToArray();
    });

    private static torch.Tensor Toy(SamplerKind kind, SamplerConfig config, int steps, double eta = 0, torch.ScalarType type = torch.ScalarType.Float64)
    {
        using ISampler sampler = SamplerFactory.Create(config, steps, kind, eta: eta);
        torch.Tensor target = Normal(5, type);
        return Run(sampler, Normal(6, type), (x, i) => ToyPredictor.Output(x, target, sampler.Timesteps[i]));
    }

    private static torch.Tensor Run(ISampler sampler, torch.Tensor noise, Func<torch.Tensor, int, torch.Tensor> network)
    {
        torch.Tensor x = noise * sampler.InitialNoiseSigma;
        int seed = 100;
        for (int i = 0; i < sampler.Timesteps.Count; i++)
        {
            x = sampler.Step(network(sampler.Scale(x, i), i), i, x, () => Normal(seed++, noise.dtype));
        }

        return x;
    }

    private static torch.Tensor Perfect(ISampler sampler, SamplerConfig config, torch.Tensor x, int step, torch.Tensor clean)
    {
        (double alpha, double sigma) = Level(sampler, config, step);
        torch.Tensor noise = (x - clean * alpha) / sigma;
        return config.Prediction switch
        {
            PredictionType.Epsilon => noise,
            PredictionType.VPrediction => noise * alpha - clean * sigma,
            _ => clean,
        };
    }

    // The factors on signal and noise in what the network is shown.
    private static (double Alpha, double Sigma) Level(ISampler sampler, SamplerConfig config, int step)
    {
        double ratio = sampler is SigmaSampler { Sigmas: { } sigmas } ? sigmas[step] : double.NaN;
        double a = double.IsNaN(ratio) ? new NoiseSchedule(config).AlphasCumprod[(int)sampler.Timesteps[step]] : 1 / (1 + ratio * ratio);
        return (Math.Sqrt(a), Math.Sqrt(1 - a));
    }

    private static torch.Tensor Normal(int seed, torch.ScalarType type)
    {
        using torch.Generator generator = new((ulong)seed, torch.CPU);
        return torch.randn([1, 4, 6, 6], generator: generator).to(type);
    }

    private static double Distance(torch.Tensor a, torch.Tensor b) => ((a - b).norm() / a.norm()).item<double>();
}
