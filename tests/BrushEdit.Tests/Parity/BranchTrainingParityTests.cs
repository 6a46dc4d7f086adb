using System.Text.Json;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Training;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

/// <summary>Three steps of the authors' own training script: losses, gradients and weights; averages of weights; courses of the learning rate.</summary>
[Trait("Category", "Parity")]
public sealed class BranchTrainingParityTests
{
    public static TheoryData<string> Trainings => ParityCase.Named("training-brushnet");

    public static TheoryData<string> Averages => ParityCase.Named("training-ema");

    public static TheoryData<string> Schedules => ParityCase.Named("lr-schedules");

    [Theory]
    [MemberData(nameof(Trainings))]
    public void Steps_of_training_give_the_reference_losses_gradients_and_weights(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        JsonElement config = reference.Json("config.json");
        bool fromUNet = !reference.About.TryGetProperty("uses", out JsonElement uses);
        using UNet2DConditionModel unet = BranchVariantParityTests.OpenUNet(fromUNet ? name : uses[0].GetString()!);
        using BrushNetModel branch = fromUNet ? BrushNetModel.FromUNet(unet) : BranchVariantParityTests.OpenBranch(reference, "brushnet");
        foreach (TorchSharp.Modules.Parameter parameter in unet.parameters())
        {
            parameter.requires_grad = false;
        }

        foreach ((string key, TorchSharp.Modules.Parameter parameter) in branch.named_parameters())
        {
            parameter.requires_grad = !(reference.About.TryGetProperty("parameters_without_gradient", out JsonElement frozen)
                && frozen.EnumerateArray().Any(entry => entry.GetString() == key));
        }

        byte[][] before = [.. unet.parameters().Select(parameter => parameter.bytes.ToArray())];
        Dictionary<string, float[]> start = branch.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.data<float>().ToArray());
        NoiseSchedule schedule = new(SamplerConfig.Read(reference.Config().Section("scheduler")));
        double? gamma = config.GetProperty("snr_gamma").ValueKind == JsonValueKind.Null ? null : config.GetProperty("snr_gamma").GetDouble();
        JsonElement optimizer = config.GetProperty("optimizer");
        TrainingOptions options = new()
        {
            LearningRate = optimizer.GetProperty("lr").GetDouble(),
            Course = LearningRateCourse.Constant,
            Beta1 = optimizer.GetProperty("betas")[0].GetDouble(),
            Beta2 = optimizer.GetProperty("betas")[1].GetDouble(),
            Epsilon = optimizer.GetProperty("eps").GetDouble(),
            WeightDecay = optimizer.GetProperty("weight_decay").GetDouble(),
            GradientNorm = config.GetProperty("max_grad_norm").GetDouble(),
        };
        using TrainingState state = new(new Dictionary<string, torch.nn.Module> { ["branch"] = branch }, options);
        using torch.Tensor losses = reference.Tensor("out.loss");
        using torch.Tensor norms = reference.Tensor("out.gradient_norm");
        int steps = (int)losses.shape[0];
        int compared = 0;
        for (int step = 1; step <= steps; step++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            BranchBatch batch = Batch(reference, step);
            torch.Tensor noisy = schedule.AddNoise(batch.Latents, batch.Noise, batch.Timesteps);
            using (torch.no_grad())
            {
                torch.Tensor predicted = BranchObjective.Predict(unet, branch, noisy, batch);
                reference.AssertClose($"out.step{step}.prediction", predicted);
                if (reference.Has($"out.step{step}.weights"))
                {
                    reference.AssertClose($"out.step{step}.per_sample", BranchObjective.PerSample(schedule, predicted, batch));
                    reference.AssertClose($"out.step{step}.weights", BranchObjective.SnrWeights(schedule, batch.Timesteps, gamma!.Value));
                }
            }

            // The first half of a step is taken for the gradients, then the whole of it.
            state.AddGradients(_ => BranchObjective.Loss(unet, branch, schedule, batch, gamma));
            string prefix = $"out.step{step}.gradient.";
            foreach (string key in reference.TensorNames.Where(tensor => tensor.StartsWith(prefix, StringComparison.Ordinal)))
            {
                using torch.Tensor expected = reference.Tensor(key);
                torch.Tensor actual = state.Gradient("branch." + key[prefix.Length..])!;
                Assert.True(expected.norm().item<float>() > 0 || actual.norm().item<float>() == 0, key);
                Close.Assert(key, expected, actual, 1e-4);
                compared++;
            }

            TrainingStep taken = state.Descend(_ => BranchObjective.Loss(unet, branch, schedule, batch, gamma));
            Near(losses[step - 1].item<double>(), taken.Loss, 1e-4);
            Near(norms[step - 1].item<double>(), taken.GradientNorm, 1e-4);
            if (step is 1 or 3)
            {
                compared += CompareWeights(reference, branch, start, step);
            }
        }

        Assert.Equal(reference.TensorNames.Count(tensor => tensor.Contains(".gradient.", StringComparison.Ordinal) || tensor.StartsWith("out.weights.", StringComparison.Ordinal)), compared);
        Assert.Equal(before, unet.parameters().Select(parameter => parameter.bytes.ToArray()));
    }

    [Theory]
    [MemberData(nameof(Averages))]
    public void Averages_of_weights_follow_them_as_the_reference_ones_do(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        JsonElement config = reference.Json("config.json");
        int steps = config.GetProperty("steps").GetInt32();
        string[] parameters = [.. reference.TensorNames.Where(tensor => tensor.StartsWith("in.", StringComparison.Ordinal)).Select(tensor => tensor[3..])];
        foreach (JsonProperty variant in config.GetProperty("variants").EnumerateObject())
        {
            WeightAverage average = new()
            {
                Decay = variant.Value.GetProperty("decay").GetDouble(),
                InverseGamma = variant.Value.GetProperty("inv_gamma").GetDouble(),
                LeastDecay = variant.Value.GetProperty("min_decay").GetDouble(),
                Power = variant.Value.GetProperty("power").GetDouble(),
                After = variant.Value.GetProperty("update_after_step").GetInt32(),
                PowerWarmup = variant.Value.GetProperty("use_ema_warmup").GetBoolean(),
            };
            using torch.Tensor decays = reference.Tensor($"out.{variant.Name}.decay");
            using torch.Tensor later = reference.Tensor($"out.{variant.Name}.decay_at");
            for (int step = 1; step <= steps; step++)
            {
                Near(decays[step - 1].item<double>(), average.At(step), 1e-9);
            }

            int at = 0;
            foreach (JsonElement step in config.GetProperty("decay_at").EnumerateArray())
            {
                Near(later[at++].item<double>(), average.At(step.GetInt32()), 1e-9);
            }

            foreach (string parameter in parameters)
            {
                Follow(reference, variant.Name, parameter, average, steps);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Learning_rates_go_as_the_reference_schedules_do(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        JsonElement config = reference.Json("config.json");
        foreach (JsonProperty entry in config.GetProperty("schedules").EnumerateObject())
        {
            string course = entry.Name.Split('-')[0].Replace("_", string.Empty, StringComparison.Ordinal);
            LearningRateSchedule schedule = new()
            {
                Course = Enum.Parse<LearningRateCourse>(course, ignoreCase: true),
                Rate = config.GetProperty("lr").GetDouble(),
                WarmupSteps = config.GetProperty("num_warmup_steps").GetInt32(),
                Steps = config.GetProperty("num_training_steps").GetInt32(),
                Cycles = entry.Value.GetProperty("num_cycles").GetDouble(),
                Power = entry.Value.GetProperty("power").GetDouble(),
                LastRate = entry.Value.GetProperty("lr_end").GetDouble(),
            };
            using torch.Tensor expected = reference.Tensor($"out.{entry.Name}");
            double[] rates = expected.data<double>().ToArray();
            for (int step = 0; step < rates.Length; step++)
            {
                Assert.True(Math.Abs(rates[step] - schedule.At(step)) <= 1e-10 * schedule.Rate, $"{entry.Name}, step {step}: {schedule.At(step)}, expected {rates[step]}");
            }
        }
    }

    private static BranchBatch Batch(ParityCase reference, int step) => new(
        reference.Tensor($"in.step{step}.latents"),
        reference.Tensor($"in.step{step}.masked_latents"),
        reference.Tensor($"in.step{step}.mask"),
        reference.Tensor($"in.step{step}.context"),
        reference.Tensor($"in.step{step}.noise"),
        reference.Tensor($"in.step{step}.timestep"));

    // The change of all weights together, at 1e-3 of its norm.
    private static int CompareWeights(ParityCase reference, BrushNetModel branch, Dictionary<string, float[]> start, int step)
    {
        (double difference, double change) = (0, 0);
        int count = 0;
        foreach ((string key, torch.Tensor weight) in branch.state_dict())
        {
            if (!reference.Has($"out.weights.step{step}.{key}"))
            {
                continue;
            }

            using torch.Tensor expected = reference.Tensor($"out.weights.step{step}.{key}");
            float[] wanted = expected.data<float>().ToArray();
            float[] found = weight.data<float>().ToArray();
            for (int at = 0; at < wanted.Length; at++)
            {
                difference += Math.Pow(found[at] - wanted[at], 2);
                change += Math.Pow(wanted[at] - start[key][at], 2);
            }

            count++;
        }

        Assert.True(Math.Sqrt(difference) <= 1e-3 * Math.Sqrt(change), $"step {step}: the weights differ by {Math.Sqrt(difference / change):g3} of their change");
        return count;
    }

    private static void Follow(ParityCase reference, string variant, string parameter, WeightAverage average, int steps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using torch.nn.Module<torch.Tensor, torch.Tensor> holder = torch.nn.Linear(1, 1, hasBias: false);
        torch.Tensor values = reference.Tensor("in." + parameter);
        using Holder network = new(values[0].clone());
        using TrainingState state = new(new Dictionary<string, torch.nn.Module> { ["holder"] = network }, new TrainingOptions { Average = average, LearningRate = 0, Course = LearningRateCourse.Constant, WeightDecay = 0 });
        torch.Tensor expected = reference.Tensor($"out.{variant}.{parameter}");
        for (int step = 1; step <= steps; step++)
        {
            using (torch.no_grad())
            {
                network.Weight.copy_(values[step]);
            }

            state.Descend(_ => network.Weight.sum());
            torch.Tensor? followed = null;
            state.WithAverage(() => followed = network.Weight.detach().clone());
            Close.Assert($"{variant}.{parameter}, step {step}", expected[step - 1], followed!, 1e-6);
            Assert.True(network.Weight.equal(values[step]).all().item<bool>(), "the weight is put back");
        }
    }

    private static void Near(double expected, double actual, double tolerance) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * Math.Max(1e-12, Math.Abs(expected)), $"{actual}, expected {expected}");

    private sealed class Holder : torch.nn.Module
    {
        public Holder(torch.Tensor weight)
            : base(nameof(Holder))
        {
            Weight = new TorchSharp.Modules.Parameter(weight.DetachFromDisposeScope());
            register_parameter("weight", Weight);
        }

        public TorchSharp.Modules.Parameter Weight { get; }
    }
}
