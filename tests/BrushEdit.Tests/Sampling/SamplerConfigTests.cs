using System.Text.Json;
using BrushEdit.Loading;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Tests.Sampling;

public sealed class SamplerConfigTests
{
    private const string StableDiffusion = """
        {
          "_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", "beta_end": 0.012, "beta_schedule": "scaled_linear",
          "beta_start": 0.00085, "num_train_timesteps": 1000, "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1,
          "trained_betas": null, "clip_sample": false
        }
        """;

    [Fact]
    public void StableDiffusionsOwnIsTheDefault()
    {
        SamplerConfig read = Read(StableDiffusion);
        Assert.Equal(SamplerKind.Pndm, read.Kind);
        Assert.Equal(new SamplerConfig(), read with { Kind = SamplerKind.UniPC, DisableCorrector = new SamplerConfig().DisableCorrector });
        foreach (SamplerKind kind in Enum.GetValues<SamplerKind>())
        {
            using ISampler sampler = SamplerFactory.Create(read, 20, kind);
            Assert.Equal(kind, sampler.Kind);
            Assert.Equal(Calls(kind, 20), sampler.Timesteps.Count);
        }
    }

    [Theory]
    [InlineData("UniPCMultistepScheduler", "", SamplerKind.UniPC)]
    [InlineData("DDIMScheduler", "", SamplerKind.Ddim)]
    [InlineData("DPMSolverMultistepScheduler", "", SamplerKind.DpmPlusPlus2M)]
    [InlineData("DPMSolverMultistepScheduler", ", \"algorithm_type\": \"sde-dpmsolver++\"", SamplerKind.DpmPlusPlus2MSde)]
    [InlineData("DPMSolverMultistepScheduler", ", \"solver_order\": 3", SamplerKind.DpmPlusPlus3M)]
    [InlineData("HeunDiscreteScheduler", "", SamplerKind.Heun)]
    [InlineData("TCDScheduler", "", SamplerKind.Tcd)]
    [InlineData("EulerDiscreteScheduler", "", SamplerKind.Euler)]
    [InlineData("EulerAncestralDiscreteScheduler", "", SamplerKind.EulerAncestral)]
    [InlineData("LCMScheduler", "", SamplerKind.Lcm)]
    [InlineData("DEISMultistepScheduler", ", \"algorithm_type\": \"deis\", \"solver_type\": \"logrho\"", SamplerKind.UniPC)]
    [InlineData("DDPMScheduler", ", \"variance_type\": \"fixed_small\"", SamplerKind.UniPC)]
    public void TheClassNamesTheSampler(string name, string more, SamplerKind expected) =>
        Assert.Equal(expected, Read($$"""{"_class_name": "{{name}}"{{more}}}""").Kind);

    [Theory]
    [InlineData("""{"thresholding": true}""", "thresholding")]
    [InlineData("""{"use_beta_sigmas": true}""", "use_beta_sigmas")]
    [InlineData("""{"solver_p": {}}""", "solver_p")]
    [InlineData("""{"prediction_type": "flow_prediction"}""", "flow_prediction")]
    [InlineData("""{"beta_schedule": "laplace"}""", "laplace")]
    [InlineData("""{"timestep_spacing": "random"}""", "random")]
    [InlineData("""{"shifted_twice": 1}""", "shifted_twice")]
    [InlineData("""{"_class_name": "FlowMatchEulerDiscreteScheduler"}""", "FlowMatchEulerDiscreteScheduler")]
    [InlineData("""{"_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "dpmsolver"}""", "algorithm_type")]
    [InlineData("""{"num_train_timesteps": 0}""", "num_train_timesteps")]
    [InlineData("""{"beta_start": 0}""", "beta_start")]
    [InlineData("""{"solver_order": 4}""", "solver_order")]
    [InlineData("""{"trained_betas": [0.1]}""", "trained_betas")]
    [InlineData("""{"trained_betas": "many"}""", "trained_betas")]
    [InlineData("""{"rescale_betas_zero_snr": true}""", "rescale_betas_zero_snr")]
    [InlineData("""{"sigma_min": 3, "sigma_max": 2}""", "sigma_min")]
    public void WhatIsNotBuiltIsRefused(string json, string named)
    {
        EditException fault = Assert.Throws<EditException>(() => Read(json));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderOrAFileIsOpened()
    {
        string folder = Directory.CreateTempSubdirectory("brushedit-scheduler-").FullName;
        try
        {
            string file = Path.Combine(folder, "scheduler_config.json");
            Assert.Equal(EditFault.NotFound, Assert.Throws<EditException>(() => SamplerConfig.Open(folder)).Kind);
            File.WriteAllText(file, StableDiffusion);
            Assert.Equal(SamplerKind.Pndm, SamplerConfig.Open(folder).Kind);

            // As Python writes an unbounded limit.
            File.WriteAllText(file, """{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity}""");
            Assert.Equal(double.NegativeInfinity, SamplerConfig.Open(file).LambdaMinClipped);
            File.WriteAllText(file, "{");
            Assert.Equal(EditFault.BadModel, Assert.Throws<EditException>(() => SamplerConfig.Open(file)).Kind);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void NamesAreParsedAsUsersWriteThem()
    {
        Assert.Equal("UniPC", SamplerFactory.Names[0]);
        Assert.Equal(Enum.GetValues<SamplerKind>(), SamplerFactory.Names.Select(SamplerFactory.Parse));
        Assert.Equal(SamplerKind.DpmPlusPlus2MSde, SamplerFactory.Parse("dpmpp_2m_sde"));
        Assert.Equal(SamplerKind.DpmPlusPlus2M, SamplerFactory.Parse("DPM++ 2M"));
        Assert.Equal(SamplerKind.EulerAncestral, SamplerFactory.Parse("euler-ancestral"));
        EditException fault = Assert.Throws<EditException>(() => SamplerFactory.Parse("Ralston"));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Contains("DPM++2M", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(1001)]
    public void StepsOutOfRangeAreRefused(int steps)
    {
        foreach (SamplerKind kind in Enum.GetValues<SamplerKind>())
        {
            Assert.Equal(EditFault.BadArgument, Assert.Throws<EditException>(() => SamplerFactory.Create(new SamplerConfig(), steps, kind)).Kind);
        }
    }

    [Fact]
    public void EveryNumberOfStepsEitherFitsOrIsRefused()
    {
        foreach (SamplerKind kind in Enum.GetValues<SamplerKind>())
        {
            foreach (TimestepSpacing spacing in Enum.GetValues<TimestepSpacing>())
            {
                SamplerConfig config = new() { TrainTimesteps = 24, Spacing = spacing, OriginalInferenceSteps = 24 };
                for (int steps = 1; steps <= 24; steps++)
                {
                    try
                    {
                        using ISampler sampler = SamplerFactory.Create(config, steps, kind);
                        Assert.Equal(Calls(kind, steps), sampler.Timesteps.Count);
                        Assert.All(sampler.Timesteps, timestep => Assert.InRange(timestep, 0, 23));
                        using torch.Tensor x = torch.ones(1);
                        for (int i = 0; i < sampler.Timesteps.Count; i++)
                        {
                            using torch.Tensor next = sampler.Step(x, i, x, () => torch.ones(1));
                            Assert.True(float.IsFinite(next.item<float>()), $"{kind} {spacing} {steps}: step {i}");
                        }
                    }
                    catch (EditException fault)
                    {
                        Assert.Equal(EditFault.BadArgument, fault.Kind);
                        Assert.True(steps > 12, fault.Message);
                    }
                }
            }
        }
    }

    [Fact]
    public void OptionsThatDoNotGoWithASamplerAreRefused()
    {
        SamplerConfig config = new();
        Refused(() => SamplerFactory.Create(config, 20, SamplerKind.Ddim, karras: true), EditFault.BadArgument);
        Refused(() => SamplerFactory.Create(config, 20, SamplerKind.UniPC, eta: 0.5), EditFault.BadArgument);
        Refused(() => SamplerFactory.Create(config, 20, SamplerKind.Ddim, eta: 1.5), EditFault.BadArgument);
        Refused(() => SamplerFactory.Create(config, 20, SamplerKind.Ddim, eta: double.NaN), EditFault.BadArgument);
        Refused(() => SamplerFactory.Create(config, 51, SamplerKind.Lcm), EditFault.BadArgument);
        Refused(() => SamplerFactory.Create(Read("""{"_class_name": "PNDMScheduler"}"""), 20), EditFault.BadModel);
        Refused(() => SamplerFactory.Create(config, 20, SamplerKind.Tcd, karras: true), EditFault.BadArgument);
        Refused(() => SamplerFactory.Create(config with { Timesteps = [999, 500] }, 2, SamplerKind.Ddim), EditFault.BadArgument);
        Refused(() => SamplerFactory.Create(config with { Sigmas = [14, 3, 0] }, 2, SamplerKind.Lcm), EditFault.BadArgument);
        Refused(() => SamplerFactory.Create(config with { Timesteps = [999, 500] }, 3), EditFault.BadArgument);
        Refused(() => SamplerFactory.Create(config with { Timesteps = [500, 999] }, 2), EditFault.BadArgument);
        Refused(() => SamplerFactory.Create(config with { Timesteps = [1000, 500] }, 2), EditFault.BadArgument);
        Refused(() => SamplerFactory.Create(config with { Timesteps = [999, 500], Sigmas = [14, 3, 0] }, 2), EditFault.BadArgument);
        Refused(() => SamplerFactory.Create(config with { Timesteps = [999, 500] }, 2, karras: true), EditFault.BadArgument);

        static void Refused(Func<ISampler> make, EditFault kind) => Assert.Equal(kind, Assert.Throws<EditException>(() => make().Dispose()).Kind);
    }

    [Fact]
    public void KarrasCanBeTurnedOffAndOn()
    {
        SamplerConfig config = Read("""{"_class_name": "EulerDiscreteScheduler", "use_karras_sigmas": true}""");
        using ISampler karras = SamplerFactory.Create(config, 10);
        using ISampler even = SamplerFactory.Create(config, 10, karras: false);
        using ISampler other = SamplerFactory.Create(config with { KarrasSigmas = false }, 10, karras: true);
        Assert.Equal(karras.Timesteps, other.Timesteps);
        Assert.NotEqual(karras.Timesteps, even.Timesteps);
        Assert.Contains(karras.Timesteps, timestep => timestep != Math.Round(timestep));
    }

    /// <summary>Timesteps and noise levels given by hand say the same to every sampler that takes both.</summary>
    [Fact]
    public void WhatIsGivenByHandIsVisited()
    {
        SamplerConfig config = new();
        double[] timesteps = [999, 759, 499, 259];
        double[] levels = [.. timesteps.Select(timestep => new NoiseSchedule(config).Sigmas[(int)timestep]), 0];
        foreach (SamplerKind kind in Enum.GetValues<SamplerKind>().Where(SamplerFactory.TakesTimesteps))
        {
            using ISampler byTimestep = SamplerFactory.Create(config with { Timesteps = timesteps }, 4, kind);
            Assert.Equal(timesteps, byTimestep.Timesteps.Distinct());
            if (SamplerFactory.TakesSigmas(kind))
            {
                using ISampler byLevel = SamplerFactory.Create(config with { Sigmas = levels }, 4, kind);
                Assert.Equal(byTimestep.Timesteps, byLevel.Timesteps.Select(timestep => Math.Round(timestep, 3)));
            }
        }
    }

    // Calls of the network.
    private static int Calls(SamplerKind kind, int steps) => kind switch
    {
        SamplerKind.Pndm when steps > 1 => steps + 1,
        SamplerKind.Heun => (2 * steps) - 1,
        _ => steps,
    };

    private static SamplerConfig Read(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return SamplerConfig.Read(new ConfigReader(document.RootElement, "scheduler"));
    }
}
