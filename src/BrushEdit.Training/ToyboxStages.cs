using BrushEdit.Modeling;
using BrushEdit.Synthesizing;
using BrushEdit.Tokenizing;

namespace BrushEdit.Training;

/// <summary>The configurations of the bundle's detector and segmenter: Grounding DINO and SAM, a few million parameters each.</summary>
public static class ToyboxStages
{
    /// <summary>The side in pixels of the pictures that the segmenter is trained on.</summary>
    public const int Canvas = 128;

    /// <summary>The side in pixels of the pictures that the detector is trained on: smaller, because it is by far the slowest to train.</summary>
    public const int DetectorCanvas = 96;

    /// <summary>The segmenter: patches of 8 pixels, logits at half the canvas.</summary>
    public static SamConfig Segmenter { get; } = new()
    {
        Vision = new SamVisionConfig
        {
            HiddenSize = 128,
            MlpDim = 512,
            OutputChannels = 96,
            NumHiddenLayers = 6,
            NumAttentionHeads = 4,
            ImageSize = Canvas,
            PatchSize = 8,
            WindowSize = 8,
            GlobalAttnIndexes = [2, 5],
            NumPosFeats = 48,
        },
        PromptEncoder = new SamPromptEncoderConfig { HiddenSize = 96, ImageSize = Canvas, PatchSize = 8 },
        MaskDecoder = new SamMaskDecoderConfig { HiddenSize = 96, MlpDim = 384, NumAttentionHeads = 4, IouHeadHiddenDim = 96 },
    };

    /// <summary>
    /// The detector's vocabulary: BERT's special tokens, punctuation marks, every word of the scenes, and single letters and digits, so that
    /// any other word has tokens as well.
    /// </summary>
    public static IReadOnlyList<string> Vocabulary { get; } = MakeVocabulary();

    /// <summary>The detector: three scales, strides 8, 16 and 32.</summary>
    /// <param name="tokenizer">Its tokenizer, for the size of the vocabulary.</param>
    public static GroundingDinoConfig Detector(BertTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new GroundingDinoConfig
        {
            Backbone = new SwinConfig { EmbedDim = 32, Depths = [2, 2, 2], Heads = [2, 4, 8], WindowSize = 4, OutputStages = [2, 3] },
            Text = new BertConfig
            {
                VocabularySize = tokenizer.Count,
                HiddenSize = 96,
                Layers = 2,
                Heads = 4,
                IntermediateSize = 192,
                MaxPositions = 64,
                TokenTypes = 1,
                Dropout = 0,
                AttentionDropout = 0,
            },
            ModelDim = 128,
            Queries = 20,
            FeatureLevels = 3,
            EncoderLayers = 2,
            EncoderHeads = 8,
            EncoderFfnDim = 256,
            DecoderLayers = 3,
            DecoderHeads = 8,
            DecoderFfnDim = 256,
            MaxTextLength = 64,
            Dropout = 0,
            FusionDropPath = 0,
        };
    }

    private static string[] MakeVocabulary()
    {
        string[] signs = [.. Enumerable.Range('a', 26).Concat(Enumerable.Range('0', 10)).Select(sign => ((char)sign).ToString())];
        return
        [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", ",", "-", "'",
            .. SceneVocabulary.Words.Concat(signs).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            .. signs.Select(sign => "##" + sign),
        ];
    }
}
