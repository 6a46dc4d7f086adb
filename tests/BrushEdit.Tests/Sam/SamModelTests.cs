using System.Text.Json;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Tests.Sam;

public sealed class SamModelTests
{
    /// <summary>A small network of the same build: windows that do not divide the grid, one global layer.</summary>
    internal static SamConfig Small(int image = 64, int patch = 8, int window = 3) => new()
    {
        Vision = new SamVisionConfig
        {
            HiddenSize = 32,
            OutputChannels = 16,
            NumHiddenLayers = 2,
            NumAttentionHeads = 2,
            ImageSize = image,
            PatchSize = patch,
            MlpDim = 64,
            WindowSize = window,
            GlobalAttnIndexes = [1],
            NumPosFeats = 8,
        },
        PromptEncoder = new SamPromptEncoderConfig { HiddenSize = 16, ImageSize = image, PatchSize = patch, MaskInputChannels = 16 },
        MaskDecoder = new SamMaskDecoderConfig { HiddenSize = 16, MlpDim = 32, NumAttentionHeads = 2, IouHeadHiddenDim = 16 },
    };

    [Theory]
    [InlineData(64, 8, 3)]
    [InlineData(128, 16, 4)]
    [InlineData(32, 8, 7)]
    public void SmallNetworksRunAtAnySize(int image, int patch, int window)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradients = torch.no_grad();
        SamConfig config = Small(image, patch, window);
        using SamModel model = new(config);
        using SamPrediction prediction = model.forward(
            torch.randn(2, 3, image, image), new SamPrompt(Boxes: torch.rand(2, 3, 4) * image), multimask: true);
        Assert.Equal([2, 3, 3, 4 * image / patch, 4 * image / patch], prediction.Masks.shape);
        Assert.Equal([2, 3, 3], prediction.IoU.shape);
        Assert.True(prediction.Masks.isfinite().all().item<bool>());
    }

    /// <summary>In bands of one row, in a few, in one launch as on a GPU: the same but for the order of sums.</summary>
    [Fact]
    public void AttentionInBandsAndInOneLaunchAreTheSame()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradients = torch.no_grad();
        torch.manual_seed(8);
        using SamVisionAttention attention = new(Small().Vision, 8);
        foreach (TorchSharp.Modules.Parameter table in attention.named_parameters().Where(entry => entry.name.StartsWith("rel_pos", StringComparison.Ordinal)).Select(entry => entry.parameter))
        {
            torch.nn.init.normal_(table, 0, 0.5);
        }

        torch.Tensor input = torch.randn(2, 8, 8, 32);
        torch.Tensor usual = attention.forward(input);
        foreach (long most in (long[])[1, 5000, 1L << 40])
        {
            attention.MostElements = most;
            Assert.True(attention.forward(input).allclose(usual, 1e-5, 1e-6), $"{most}");
        }
    }

    [Fact]
    public void EveryWeightGetsAGradient()
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(1);
        SamConfig config = Small();
        using SamModel model = new(config);
        model.train();
        torch.Tensor pixels = torch.randn(2, 3, 64, 64);
        torch.Tensor embedding = model.Encode(pixels);
        long low = config.LowResolutionSize;
        SamPrompt everything = new(
            torch.rand(2, 2, 4, 2) * 64,
            torch.tensor(new long[] { 1, 0, -1, -10, 1, 0, -1, -10, 1, 0, -1, -10, 1, 0, -1, -10 }).view(2, 2, 4),
            torch.rand(2, 2, 4) * 64,
            torch.randn(2, 1, low, low));
        SamPrediction with = model.PredictAll(embedding, everything);
        SamPrediction without = model.PredictAll(embedding, new SamPrompt(Boxes: torch.rand(2, 2, 4) * 64));
        (with.Masks.square().mean() + with.IoU.sum() + without.Masks.square().mean()).backward();
        string[] silent = [.. model.named_parameters()
            .Where(entry => entry.parameter.grad is not { } gradient || !gradient.isfinite().all().item<bool>() || gradient.abs().sum().item<float>() == 0)
            .Select(entry => entry.name)
            // The key's bias cancels in the softmax where no positions are added: a gradient of rounding errors at most.
            .Where(name => !name.EndsWith("k_proj.bias", StringComparison.Ordinal))];
        Assert.Empty(silent);
    }

    [Fact]
    public void ATrainingStepLowersTheLoss()
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(2);
        using SamModel model = new(Small());
        model.train();
        torch.Tensor pixels = torch.randn(1, 3, 64, 64);
        SamPrompt prompt = new(Boxes: torch.tensor(new float[] { 8, 8, 40, 40 }).view(1, 1, 4));
        torch.Tensor target = torch.zeros([1, 1, 1, 32, 32]);
        target.narrow(3, 4, 16).narrow(4, 4, 16).fill_(1);
        var optimizer = torch.optim.AdamW(model.parameters(), 1e-2);
        List<float> losses = [];
        for (int step = 0; step < 40; step++)
        {
            using var inner = torch.NewDisposeScope();
            optimizer.zero_grad();
            SamPrediction prediction = model.forward(pixels, prompt, multimask: false);
            torch.Tensor loss = torch.nn.functional.binary_cross_entropy_with_logits(prediction.Masks, target);
            loss.backward();
            optimizer.step();
            losses.Add(loss.item<float>());
        }

        Assert.True(losses[^1] < 0.3 * losses[0], $"from {losses[0]} to {losses[^1]}");
    }

    [Fact]
    public void PromptsInOneBatchGiveWhatTheyGiveAlone()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradients = torch.no_grad();
        using SamModel model = new(Small());
        torch.Tensor embedding = model.Encode(torch.randn(1, 3, 64, 64));
        torch.Tensor boxes = torch.rand(1, 5, 4) * 64;
        torch.Tensor masks = torch.randn(5, 1, 32, 32);
        SamPrediction together = model.PredictAll(embedding, new SamPrompt(Boxes: boxes, Masks: masks));
        for (int at = 0; at < 5; at++)
        {
            SamPrediction alone = model.PredictAll(
                embedding, new SamPrompt(Boxes: boxes.narrow(1, at, 1), Masks: masks.narrow(0, at, 1)));
            Assert.True(alone.Masks.allclose(together.Masks.narrow(1, at, 1), 1e-4, 1e-5));
            Assert.True(alone.IoU.allclose(together.IoU.narrow(1, at, 1), 1e-4, 1e-5));
        }
    }

    [Fact]
    public void PicturesInOneBatchGiveWhatTheyGiveAlone()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradients = torch.no_grad();
        using SamModel model = new(Small());
        torch.Tensor pixels = torch.randn(3, 3, 64, 64);
        torch.Tensor boxes = torch.rand(3, 2, 4) * 64;
        SamPrediction together = model.forward(pixels, new SamPrompt(Boxes: boxes), multimask: true);
        SamPrediction alone = model.forward(pixels.narrow(0, 2, 1), new SamPrompt(Boxes: boxes.narrow(0, 2, 1)), multimask: true);
        Assert.True(alone.Masks.allclose(together.Masks.narrow(0, 2, 1), 1e-4, 1e-5));
    }

    [Fact]
    public void WhereAPointIsDoesNotCountOnceItsLabelSaysNone()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradients = torch.no_grad();
        using SamModel model = new(Small());
        torch.Tensor embedding = model.Encode(torch.randn(1, 3, 64, 64));
        torch.Tensor Masks(float x, long second)
        {
            torch.Tensor points = torch.tensor(new[] { 10f, 10f, x, x }).view(1, 1, 2, 2);
            torch.Tensor labels = torch.tensor(new[] { SamPrompt.Foreground, second }).view(1, 1, 2);
            return model.PredictAll(embedding, new SamPrompt(points, labels)).Masks;
        }

        foreach (long none in new[] { SamPrompt.NotAPoint, SamPrompt.Padding })
        {
            Assert.True(Masks(3, none).allclose(Masks(50, none)));
        }

        Assert.False(Masks(3, SamPrompt.Foreground).allclose(Masks(50, SamPrompt.Foreground)));
        Assert.False(Masks(3, SamPrompt.Foreground).allclose(Masks(3, SamPrompt.Background)));
    }

    [Fact]
    public void ALargeSquareIsAttendedInBandsToTheSameResult()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradients = torch.no_grad();
        // 56 x 56 patches of 2 heads for 4 pictures pass the limit that is held at once; one picture does not.
        SamVisionConfig config = new() { HiddenSize = 16, NumAttentionHeads = 2, ImageSize = 56 * 8, PatchSize = 8 };
        using SamVisionAttention attention = new(config, 56);
        foreach ((string name, TorchSharp.Modules.Parameter table) in attention.named_parameters())
        {
            if (name.StartsWith("rel_pos", StringComparison.Ordinal))
            {
                torch.nn.init.normal_(table);
            }
        }

        torch.Tensor input = torch.randn(4, 56, 56, 16);
        torch.Tensor banded = attention.forward(input);
        torch.Tensor whole = attention.forward(input.narrow(0, 3, 1));
        Assert.True(whole.allclose(banded.narrow(0, 3, 1), 1e-4, 1e-5));
    }

    [Fact]
    public void FreshWeightsAreDefined()
    {
        using SamModel model = new(Small());
        Assert.All(model.state_dict(), entry => Assert.True(entry.Value.isfinite().all().item<bool>(), entry.Key));
        Assert.All(
            model.state_dict().Where(entry => entry.Key.Contains("norm", StringComparison.Ordinal) && entry.Key.EndsWith("weight", StringComparison.Ordinal)),
            entry => Assert.True(entry.Value.eq(1).all().item<bool>(), entry.Key));
    }

    [Fact]
    public void WrongShapesAreNamed()
    {
        using var scope = torch.NewDisposeScope();
        using SamModel model = new(Small());
        Assert.Contains("64, 64", Assert.Throws<ArgumentException>(() => model.Encode(torch.zeros(1, 3, 32, 64))).Message, StringComparison.Ordinal);
        torch.Tensor embedding = torch.zeros(1, 16, 8, 8);
        Assert.Throws<ArgumentException>(() => model.PredictAll(embedding, new SamPrompt()));
        Assert.Throws<ArgumentException>(() => model.PredictAll(embedding, new SamPrompt(Points: torch.zeros(1, 1, 1, 2))));
        Assert.Throws<ArgumentException>(() => model.PredictAll(embedding, new SamPrompt(Boxes: torch.zeros(1, 4))));
        Assert.Throws<ArgumentException>(() => model.PredictAll(embedding, new SamPrompt(Masks: torch.zeros(1, 1, 16, 16))));
    }

    [Fact]
    public void NothingIsLeftBehind()
    {
        using SamModel model = new(Small());
        using torch.Tensor pixels = torch.randn(1, 3, 64, 64);
        using torch.Tensor boxes = torch.rand(1, 2, 4) * 64;
        using torch.Tensor masks = torch.randn(1, 1, 32, 32);
        using var noGradients = torch.no_grad();
        void Once()
        {
            using torch.Tensor embedding = model.Encode(pixels);
            using SamPrediction prediction = model.Predict(embedding, new SamPrompt(Boxes: boxes, Masks: masks), multimask: true);
        }

        Once();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Once();
        Once();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void ANetworkGoesWhollyAndOutlivesTheScopeItIsBuiltIn()
    {
        new SamModel(Small()).Dispose();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        SamModel model;
        using (torch.NewDisposeScope())
        {
            model = new SamModel(Small());
        }

        using (model)
        {
            Assert.All(model.state_dict(), entry => Assert.False(entry.Value.IsInvalid, entry.Key));
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void ConfigurationIsReadWithItsDefaults()
    {
        SamConfig config = Read("""{ "model_type": "sam", "vision_config": { "hidden_size": 1024, "num_attention_heads": 16, "torch_dtype": null, "num_beams": 1 } }""");
        Assert.Equal(4096, config.Vision.MlpDim);
        Assert.Equal(64, config.Vision.EmbeddingSize);
        Assert.Equal(256, config.LowResolutionSize);
        Assert.Equal(2048, config.MaskDecoder.MlpDim);
    }

    [Theory]
    [InlineData("""{ "model_type": "sam2" }""", "sam2")]
    [InlineData("""{ "vision_config": { "hidden_act": "silu" } }""", "hidden_act")]
    [InlineData("""{ "vision_config": { "use_fancy_pos": true } }""", "use_fancy_pos")]
    [InlineData("""{ "vision_config": { "patch_size": 15 } }""", "patch_size")]
    [InlineData("""{ "vision_config": { "output_channels": 128 } }""", "output_channels")]
    [InlineData("""{ "prompt_encoder_config": { "num_point_embeddings": 5 } }""", "num_point_embeddings")]
    [InlineData("""{ "prompt_encoder_config": { "image_embedding_size": 32 } }""", "image_embedding_size")]
    [InlineData("""{ "mask_decoder_config": { "iou_head_depth": 1 } }""", "iou_head_depth")]
    [InlineData("""{ "surprise": 1 }""", "surprise")]
    public void AConfigurationThatIsNotBuiltHereIsRefused(string json, string named)
    {
        EditException fault = Assert.Throws<EditException>(() => Read(json));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
    }

    private static SamConfig Read(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return SamConfig.Read(new ConfigReader(document.RootElement, "config.json"));
    }
}
