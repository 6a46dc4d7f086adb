using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Synthesizing;
using BrushEdit.Tokenizing;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>The shape of the small bundle: the networks of Stable Diffusion 1.5 and BrushNet, ten million parameters in all.</summary>
public static class Toybox
{
    /// <summary>The side in pixels of the pictures it is trained on.</summary>
    public const int Canvas = 64;

    /// <summary>The side in pixels of the whole pictures it is also trained on: those whose background or light changes.</summary>
    public const int WholeCanvas = 128;

    /// <summary>The side in pixels of the judge's input.</summary>
    public const int JudgeSide = 64;

    /// <summary>The judge's picture encoder.</summary>
    public static ClipVisionConfig JudgeVision { get; } = new()
    {
        HiddenSize = 128,
        IntermediateSize = 384,
        NumHiddenLayers = 4,
        NumAttentionHeads = 4,
        ImageSize = JudgeSide,
        PatchSize = 8,
        ProjectionDim = 96,
    };

    /// <summary>The words of the texts that the judge reads.</summary>
    public static IEnumerable<string> JudgeWords => SceneVocabulary.Words.Concat(["photo", "bad", "nothing"]);

    /// <summary>The judge's text encoder for a vocabulary.</summary>
    /// <param name="tokenizer">The tokenizer that <see cref="TokenizerTraining"/> wrote.</param>
    public static ClipTextConfig JudgeText(ClipTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new ClipTextConfig
        {
            VocabSize = tokenizer.VocabularySize,
            HiddenSize = 64,
            IntermediateSize = 256,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = TextLength,
            EosTokenId = tokenizer.EndTokenId,
            WithProjection = true,
            ProjectionDim = JudgeVision.ProjectionDim,
        };
    }

    /// <summary>Tokens of a caption, start and end included.</summary>
    public const int TextLength = 32;

    /// <summary>The autoencoder: latents of a quarter of the side.</summary>
    public static VaeConfig Vae { get; } = new()
    {
        BlockOutChannels = [32, 64, 64],
        LayersPerBlock = 1,
        NormNumGroups = 16,
        SampleSize = Canvas,
        ScalingFactor = 1,
        ForceUpcast = false,
    };

    /// <summary>The U-Net: two levels, attention on the coarser one.</summary>
    public static UNetConfig UNet { get; } = new()
    {
        SampleSize = Canvas / Vae.ScaleFactor,
        BlockOutChannels = [64, 128],
        DownAttention = [false, true],
        UpAttention = [true, false],
        LayersPerBlock = 2,
        AttentionHeads = [4, 4],
        TransformerLayers = [1, 1],
        CrossAttentionDim = 96,
        NormGroups = 16,
    };

    /// <summary>Widths of the condition's encoder in a ControlNet beside it: as many levels as the autoencoder.</summary>
    public static IReadOnlyList<int> ConditioningWidths { get; } = [16, 32, 64];

    /// <summary>
    /// The noise schedule: Stable Diffusion's, with the velocity predicted (arXiv 2202.00512). Predicting the noise, a small network
    /// learns last what decides a hole's colours: at high noise the error of the picture hardly shows in the error of the noise.
    /// </summary>
    public static SamplerConfig Scheduler { get; } = new() { Prediction = PredictionType.VPrediction };

    /// <summary>The guidance it is best used with: a small network with uncertain predictions overshoots at the usual one.</summary>
    public const double GuidanceScale = 2;

    /// <summary>The words of its texts; any other text is read byte by byte.</summary>
    public static IEnumerable<string> Words => SceneVocabulary.Words.Concat(["ugly", "low", "quality", ","]);

    /// <summary>The text encoder for a vocabulary.</summary>
    /// <param name="tokenizer">The tokenizer that <see cref="TokenizerTraining"/> wrote.</param>
    public static ClipTextConfig Text(ClipTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new ClipTextConfig
        {
            VocabSize = tokenizer.VocabularySize,
            HiddenSize = UNet.CrossAttentionDim,
            IntermediateSize = 4 * UNet.CrossAttentionDim,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = TextLength,
            EosTokenId = tokenizer.EndTokenId,
            ProjectionDim = UNet.CrossAttentionDim,
        };
    }

    /// <summary>A network with random weights, the same for the same seed.</summary>
    /// <typeparam name="T">The network.</typeparam>
    /// <param name="seed">The seed.</param>
    /// <param name="device">The target device; the network is made on the CPU, so that every device starts with the same weights.</param>
    /// <param name="build">Builds it.</param>
    public static T Build<T>(ulong seed, torch.Device device, Func<T> build)
        where T : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(build);
        torch.random.manual_seed((long)seed);
        T network = build();
        network.to(device);
        return network;
    }
}
