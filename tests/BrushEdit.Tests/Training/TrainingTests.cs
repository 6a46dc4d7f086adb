using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Synthesizing;
using BrushEdit.Tests.Parity;
using BrushEdit.Tests.Support;
using BrushEdit.Tokenizing;
using BrushEdit.Training;
using TorchSharp;

namespace BrushEdit.Tests.Training;

public class TrainingTests
{
    [Fact]
    public void Every_word_is_one_token_and_any_other_text_still_has_tokens()
    {
        using TemporaryFolder folder = new();
        int count = TokenizerTraining.Write(folder["tokenizer"], Toybox.Words, Toybox.TextLength);
        ClipTokenizer tokenizer = ClipTokenizer.Open(folder["tokenizer"]);

        Assert.Equal(count, tokenizer.VocabularySize);
        Assert.All(Toybox.Words, word => Assert.Single(tokenizer.Tokenize(word)));
        Assert.NotEmpty(tokenizer.Tokenize("zebra!"));
        Assert.Equal(Toybox.TextLength, tokenizer.Encode("a red ball on sand at dusk").Ids.Count);
    }

    [Fact]
    public void No_caption_of_a_scene_is_longer_than_the_text_encoder_reads()
    {
        using TemporaryFolder folder = new();
        TokenizerTraining.Write(folder["tokenizer"], Toybox.Words, Toybox.TextLength);
        ClipTokenizer tokenizer = ClipTokenizer.Open(folder["tokenizer"]);

        for (ulong seed = 0; seed < 200; seed++)
        {
            string caption = ToyScene.Draw(seed, new ToySceneOptions { Width = 32, Height = 32, MinObjects = 4 }).Caption;
            Assert.Equal(0, tokenizer.Encode(caption).Cut);
        }
    }

    [Fact]
    public void Examples_are_the_same_for_the_same_index_and_hold_no_held_out_pair_in_their_truth()
    {
        SceneSource source = new(3, 32);
        for (int index = 0; index < 60; index++)
        {
            TrainingSample first = source.Sample(index);
            TrainingSample again = source.Sample(index);
            Assert.Equal(first.Rgb, again.Rgb);
            Assert.Equal(first.Hole, again.Hole);
            Assert.Equal(first.Caption, again.Caption);
            Assert.Contains((byte)255, first.Hole);
            foreach (string color in SceneVocabulary.Colors)
            {
                foreach (string kind in SceneVocabulary.Kinds.Where(kind => SceneVocabulary.IsHeldOut(color, kind)))
                {
                    Assert.DoesNotContain($"{color} {kind}", first.Caption, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void Brush_masks_are_hard_never_empty_and_never_everything()
    {
        Random random = new(1);
        for (int i = 0; i < 200; i++)
        {
            byte[] mask = BrushMasks.Draw(random, 48, 32);
            Assert.All(mask, value => Assert.True(value is 0 or 255));
            Assert.InRange(mask.Count(value => value == 255), 1, mask.Length - 1);
        }
    }

    [Fact]
    public void A_resumed_run_ends_where_an_unbroken_one_does()
    {
        using TemporaryFolder folder = new();
        float[] unbroken = Train(folder["whole"], [6]);
        float[] resumed = Train(folder["broken"], [3, 6]);

        Assert.Equal(unbroken.Length, resumed.Length);
        for (int i = 0; i < unbroken.Length; i++)
        {
            Assert.Equal(unbroken[i], resumed[i]);
        }
    }

    [Fact]
    public void A_few_steps_lower_the_loss_of_the_autoencoder_and_of_the_inpainting_networks()
    {
        using TemporaryFolder folder = new();
        TokenizerTraining.Write(folder["tokenizer"], Toybox.Words, 16);
        ClipTokenizer tokenizer = ClipTokenizer.Open(folder["tokenizer"]);
        SceneSource source = new(1, 32);
        TrainingOptions options = new() { Steps = 12, BatchSize = 4, LearningRate = 5e-3, WarmupSteps = 2, Beta2 = 0.99, Average = new WeightAverage { Decay = 0.999 }, ReportEvery = 4, CheckpointEvery = 1000 };
        using AutoencoderKL vae = Toybox.Build(1, torch.CPU, () => new AutoencoderKL(SmallVae));
        using UNet2DConditionModel unet = Toybox.Build(2, torch.CPU, () => new UNet2DConditionModel(SmallUNet));
        using BrushNetModel brushnet = BrushNetModel.FromUNet(unet);
        using ClipTextModel text = Toybox.Build(3, torch.CPU, () => new ClipTextModel(SmallText(tokenizer)));
        Losses vaeLosses = new();
        Losses inpaintLosses = new();

        VaeTraining.Train(vae, source, options, folder["vae"], vaeLosses, default);
        InpaintNetworks networks = new(text, tokenizer, vae, unet, brushnet, VaeTraining.MeasureScalingFactor(vae, source, 16));
        NoiseSchedule schedule = new(new SamplerConfig());
        TrainingRow heldOut = new(new SceneSource(5, 32, split: SceneSplit.HeldOutSeeds), 4, 1);
        double before = InpaintTraining.Validate(networks, schedule, heldOut, 2, new InpaintTrainingOptions());
        Assert.Equal(before, InpaintTraining.Validate(networks, schedule, heldOut, 2, new InpaintTrainingOptions { PureNoiseShare = 1, CaptionDropout = 1 }));
        InpaintTraining.Train(networks, schedule, [new TrainingRow(source, 2, 0.75), new TrainingRow(new SceneSource(2, 64, whole: true), 1, 0.25)], options with { BatchSize = 2, Accumulate = 2, SideBySide = 2 }, new InpaintTrainingOptions { HoleWeight = 3, PureNoiseShare = 0.1 }, folder["inpaint"], inpaintLosses, default);
        Assert.True(InpaintTraining.Validate(networks, schedule, heldOut, 2, new InpaintTrainingOptions()) < before);

        Assert.True(vaeLosses.Seen[^1] < 0.9 * vaeLosses.Seen[0], $"autoencoder: {string.Join(", ", vaeLosses.Seen)}");
        Assert.True(inpaintLosses.Seen[^1] < 0.9 * inpaintLosses.Seen[0], $"inpainting: {string.Join(", ", inpaintLosses.Seen)}");
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(1)]
    public void An_average_of_two_bundles_lies_between_them_in_proportion(double share)
    {
        using TemporaryFolder folder = new();
        string shipped = Path.GetFullPath(Path.Combine(Fixtures.Root, "..", "..", "weights", "toybox"));
        foreach (string name in new[] { "own", "other" })
        {
            foreach (string file in Directory.GetFiles(shipped, "*", SearchOption.AllDirectories).Where(file => !file.Contains("grounding", StringComparison.Ordinal)))
            {
                string copy = Path.Combine(folder[name], Path.GetRelativePath(shipped, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
        }

        using DisposeScope scope = torch.NewDisposeScope();
        string changed = Path.Combine(folder["other"], "unet", "diffusion_pytorch_model.safetensors");
        Dictionary<string, torch.Tensor> tensors = Read(changed);
        File.Delete(changed);
        SafetensorsWriter.Write(changed, [.. tensors.Select(pair => KeyValuePair.Create(pair.Key, pair.Key == "conv_in.bias" ? pair.Value.add(8) : pair.Value))], new Dictionary<string, string>());
        new ToyboxTraining(folder["own"], folder["checkpoints"], torch.CPU, 1).Average(folder["other"], share);

        Dictionary<string, torch.Tensor> mixed = Read(Path.Combine(folder["own"], "unet", "diffusion_pytorch_model.safetensors"));
        Assert.All(mixed, pair => Assert.Equal(pair.Key == "conv_in.bias" ? 8 * share : 0, pair.Value.to(torch.ScalarType.Float64).sub(tensors[pair.Key]).abs().max().item<double>(), 0.01));

        static Dictionary<string, torch.Tensor> Read(string path)
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            return file.Tensors.Keys.ToDictionary(name => name, name => file.Read(name));
        }
    }

    [Fact]
    public void Losses_that_are_not_finite_are_passed_over_and_counted_and_several_in_a_row_end_the_run()
    {
        using torch.nn.Module<torch.Tensor, torch.Tensor> layer = torch.nn.Linear(2, 1);
        using TrainingState state = new(new Dictionary<string, torch.nn.Module> { ["layer"] = layer }, new TrainingOptions { MostBadSteps = 3 });
        float[] before = [.. layer.parameters().SelectMany(parameter => parameter.data<float>().ToArray())];
        torch.Tensor Bad(int batch) => torch.tensor(float.NaN);
        torch.Tensor Good(int batch) => layer.call(torch.ones(1, 2)).sum();

        Assert.True(state.Descend(Bad).Skipped);
        Assert.True(state.Descend(Bad).Skipped);
        Assert.Equal(before, layer.parameters().SelectMany(parameter => parameter.data<float>().ToArray()));
        Assert.False(state.Descend(Good).Skipped);
        Assert.Equal((3, 1, 2), (state.Step, state.Updates, state.Skipped));
        state.Descend(Bad);
        state.Descend(Bad);
        EditException fault = Assert.Throws<EditException>(() => state.Descend(Bad));

        Assert.Contains("3 steps in a row", fault.Message, StringComparison.Ordinal);
        Assert.Contains("step 6", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Batches_side_by_side_give_the_gradients_of_batches_one_after_the_other()
    {
        static float[] Weights(int sideBySide)
        {
            using torch.nn.Module<torch.Tensor, torch.Tensor> shared = Toybox.Build(4, torch.CPU, () => torch.nn.Linear(3, 3));
            using torch.nn.Module<torch.Tensor, torch.Tensor> sometimes = Toybox.Build(5, torch.CPU, () => torch.nn.Linear(3, 3));
            using torch.nn.Module<torch.Tensor, torch.Tensor> never = Toybox.Build(6, torch.CPU, () => torch.nn.Linear(3, 3));
            using TrainingState state = new(
                new Dictionary<string, torch.nn.Module> { ["shared"] = shared, ["sometimes"] = sometimes, ["never"] = never },
                new TrainingOptions { Accumulate = 3, SideBySide = sideBySide, LearningRate = 0.1, WeightDecay = 0 });
            for (int step = 0; step < 4; step++)
            {
                state.Descend(batch =>
                {
                    torch.Tensor y = shared.call(torch.arange(12, torch.ScalarType.Float32).view(4, 3).add(step + batch).div(10));
                    return (batch == 1 ? sometimes.call(y) : y).sub(1).square().mean();
                });
            }

            Assert.Equal(4, state.Updates);
            return [.. new[] { shared, sometimes, never }.SelectMany(layer => layer.parameters()).SelectMany(parameter => parameter.data<float>().ToArray())];
        }

        float[] one = Weights(1), several = Weights(3);

        Assert.Equal(one.Length, several.Length);
        Assert.All(one.Zip(several), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public void A_batch_that_fails_beside_others_fails_the_step_with_its_own_error_and_one_that_is_not_finite_skips_it()
    {
        using torch.nn.Module<torch.Tensor, torch.Tensor> layer = torch.nn.Linear(2, 1);
        using TrainingState state = new(new Dictionary<string, torch.nn.Module> { ["layer"] = layer }, new TrainingOptions { Accumulate = 2, SideBySide = 2 });
        float[] before = [.. layer.parameters().SelectMany(parameter => parameter.data<float>().ToArray())];
        torch.Tensor Good() => layer.call(torch.ones(1, 2)).sum();

        Assert.Throws<OperationCanceledException>(() => state.Descend(batch => batch == 0 ? Good() : throw new OperationCanceledException()));
        Assert.True(state.Descend(batch => batch == 0 ? Good() : torch.tensor(float.NaN)).Skipped);
        Assert.Equal(before, layer.parameters().SelectMany(parameter => parameter.data<float>().ToArray()));
        Assert.False(state.Descend(_ => Good()).Skipped);
    }

    private static VaeConfig SmallVae => new() { BlockOutChannels = [8, 16], LayersPerBlock = 1, NormNumGroups = 4, SampleSize = 32, ForceUpcast = false };

    internal static UNetConfig SmallUNet => new()
    {
        SampleSize = 16,
        BlockOutChannels = [16, 16],
        DownAttention = [false, true],
        UpAttention = [true, false],
        LayersPerBlock = 1,
        AttentionHeads = [2, 2],
        TransformerLayers = [1, 1],
        CrossAttentionDim = 16,
        NormGroups = 4,
    };

    internal static ClipTextConfig SmallText(ClipTokenizer tokenizer) => new()
    {
        VocabSize = tokenizer.VocabularySize,
        HiddenSize = 16,
        IntermediateSize = 32,
        NumHiddenLayers = 1,
        NumAttentionHeads = 2,
        MaxPositionEmbeddings = 16,
        EosTokenId = tokenizer.EndTokenId,
        ProjectionDim = 16,
    };

    // Runs a small regression up to each of the steps, from the checkpoint of the one before; gives the averaged weights.
    private static float[] Train(string checkpoint, int[] stops)
    {
        float[] weights = [];
        foreach (int stop in stops)
        {
            using torch.nn.Module<torch.Tensor, torch.Tensor> layer = Toybox.Build(4, torch.CPU, () => torch.nn.Linear(3, 2));
            TrainingOptions options = new() { Steps = 6, LearningRate = 0.1, WarmupSteps = 2 };
            using TrainingState state = new(new Dictionary<string, torch.nn.Module> { ["layer"] = layer }, options);
            Checkpoints checkpoints = new(checkpoint, 2);
            checkpoints.TryRestore(state);
            while (state.Step < stop)
            {
                using DisposeScope scope = torch.NewDisposeScope();
                torch.Tensor x = torch.arange(12, torch.ScalarType.Float32).view(4, 3).add(state.Step).div(10);
                state.Descend(_ => (layer.call(x) - 1).square().mean());
            }

            checkpoints.Save(state);
            state.UseAverage();
            weights = [.. layer.parameters().SelectMany(parameter => parameter.data<float>().ToArray())];
        }

        return weights;
    }

    private sealed class Losses : IProgress<TrainingProgress>
    {
        public List<double> Seen { get; } = [];

        public void Report(TrainingProgress value) => Seen.Add(value.Loss);
    }
}
