using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Loading;
using BrushEdit.Sampling;
using TorchSharp;
using Xunit.Sdk;

namespace BrushEdit.Tests.Parity;

[Trait("Category", "Parity")]
public sealed class SamplerParityTests
{
    private const string AddNoiseCase = "scheduler-add-noise";

    // The case's own keys, beside those of a scheduler's configuration.
    private static readonly string[] CaseKeys = ["class", "steps", "eta", "init_noise_sigma", "timesteps", "sigmas"];

    public static TheoryData<string> Trajectories => [.. ParityCase.Named("scheduler-").Select(row => row.Data).Where(name => !IsNoise(name))];

    public static TheoryData<string> Noises => [.. ParityCase.Named("scheduler-").Select(row => row.Data).Where(IsNoise)];

    public static TheoryData<string> All => ParityCase.Named("scheduler-");

    public static TheoryData<string> Pipelines => ParityCase.Named("pipeline-", where: c => !c.Config().Has("strength"));

    [Theory]
    [MemberData(nameof(Trajectories))]
    public void Trajectory(string name) => CheckTrajectory(name);

    [Theory]
    [MemberData(nameof(Noises))]
    public void AddedNoise(string name) => CheckNoise(name);

    [Theory]
    [MemberData(nameof(All))]
    public void AnAlteredExpectationFails(string name)
    {
        string[] expected;
        using (ParityCase original = ParityCase.Open(name))
        {
            expected = [.. original.TensorNames.Where(tensor => tensor.StartsWith("out.", StringComparison.Ordinal))];
        }

        Assert.NotEmpty(expected);
        foreach (string tensor in expected)
        {
            using AlteredCase altered = AlteredCase.Create(name, tensor);
            XunitException fault = Assert.ThrowsAny<XunitException>(() => (IsNoise(name) ? (Action<string>)CheckNoise : CheckTrajectory)(altered.Folder));
            Assert.Contains(tensor, fault.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public void PipelineTimesteps(string name)
    {
        using ParityCase parity = ParityCase.Open(name);
        ConfigReader about = parity.Config();
        SamplerConfig config = SamplerConfig.Read(about.Section("scheduler"));
        using ISampler sampler = SamplerFactory.Create(config, about.Int("steps", null, 1, 1000));
        using torch.Tensor timesteps = torch.tensor(sampler.Timesteps.ToArray());
        parity.AssertClose("out.timesteps", timesteps);
    }

    private static void CheckTrajectory(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ParityCase parity = ParityCase.Open(name);
        JsonElement about = parity.Json("config.json");
        double? eta = about.TryGetProperty("eta", out JsonElement value) ? value.GetDouble() : null;
        SamplerConfig config = Config(about, name);
        using ISampler sampler = SamplerFactory.Create(config, about.GetProperty("steps").GetInt32(), eta: eta);
        parity.AssertClose("out.timesteps", torch.tensor(sampler.Timesteps.ToArray()));
        if (parity.Has("out.sigmas"))
        {
            parity.AssertClose("out.sigmas", torch.tensor(Assert.IsAssignableFrom<SigmaSampler>(sampler).Sigmas.ToArray()));
        }

        double initial = about.GetProperty("init_noise_sigma").GetDouble();
        Assert.Equal(initial, sampler.InitialNoiseSigma, initial * 1e-4);

        torch.Tensor target = parity.Tensor("in.target");
        torch.Tensor x = parity.Tensor("in.noise") * sampler.InitialNoiseSigma;
        torch.Tensor? draws = parity.Has("in.step_noise") ? parity.Tensor("in.step_noise") : null;
        int drawn = 0;
        Assert.Equal(draws is not null, sampler.NeedsNoise);
        List<torch.Tensor> scaled = [];
        List<torch.Tensor> trajectory = [];
        for (int i = 0; i < sampler.Timesteps.Count; i++)
        {
            double t = sampler.Timesteps[i];
            torch.Tensor shown = sampler.Scale(x, i);
            torch.Tensor output = ToyPredictor.Output(shown, target, t);
            x = sampler.Step(output, i, x, () => draws![drawn++]);
            scaled.Add(shown);
            trajectory.Add(x);
        }

        parity.AssertClose("out.scaled", torch.stack(scaled));
        parity.AssertClose("out.trajectory", torch.stack(trajectory));
    }

    private static void CheckNoise(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ParityCase parity = ParityCase.Open(name);
        NoiseSchedule schedule = new(Config(parity.Json("config.json"), name));
        parity.AssertClose("out.alphas_cumprod", torch.tensor(schedule.AlphasCumprod.ToArray()), 1e-6);
        torch.Tensor sample = parity.Tensor("in.sample");
        torch.Tensor noise = parity.Tensor("in.noise");
        torch.Tensor timesteps = parity.Tensor("in.timestep");
        parity.AssertClose("out.noisy", schedule.AddNoise(sample, noise, timesteps));
        parity.AssertClose("out.velocity", schedule.Velocity(sample, noise, timesteps));
    }

    private static SamplerConfig Config(JsonElement about, string name)
    {
        JsonObject config = JsonSerializer.Deserialize<JsonObject>(about)!;
        if (config["class"] is { } named)
        {
            config["_class_name"] = named.DeepClone();
        }

        foreach (string key in CaseKeys)
        {
            config.Remove(key);
        }

        return SamplerConfig.Read(new ConfigReader(JsonSerializer.SerializeToElement(config), name)) with
        {
            Timesteps = Numbers(about, "timesteps"),
            Sigmas = Numbers(about, "sigmas"),
        };
    }

    private static double[]? Numbers(JsonElement about, string key) =>
        about.TryGetProperty(key, out JsonElement list) ? [.. list.EnumerateArray().Select(number => number.GetDouble())] : null;

    private static bool IsNoise(string name) => name.StartsWith(AddNoiseCase, StringComparison.Ordinal);
}

/// <summary>The stand-in for a network that the scheduler cases state: eps(x, t) = tanh(0.7 x + 0.3 target (1 - t/1000)) (0.5 + 0.5 t/1000).</summary>
internal static class ToyPredictor
{
    public static torch.Tensor Output(torch.Tensor x, torch.Tensor target, double t) =>
        (x * 0.7 + target * (0.3 * (1 - t / 1000))).tanh() * (0.5 + 0.5 * t / 1000);
}
