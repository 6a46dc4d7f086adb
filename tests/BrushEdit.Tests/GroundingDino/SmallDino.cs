using BrushEdit.Modeling;

namespace BrushEdit.Tests.GroundingDino;

/// <summary>A Grounding DINO as small as may be, with two scales.</summary>
internal static class SmallDino
{
    public static PhraseTokens Separators { get; } = new(1, 2, 3, 4);

    public static GroundingDinoConfig Config { get; } = new()
    {
        Backbone = new SwinConfig { EmbedDim = 8, Depths = [1, 2], Heads = [2, 2], WindowSize = 4, DropPath = 0.1, OutputStages = [1, 2] },
        Text = new BertConfig { VocabularySize = 40, HiddenSize = 16, Layers = 1, Heads = 2, IntermediateSize = 32, MaxPositions = 16 },
        ModelDim = 32,
        Queries = 9,
        FeatureLevels = 3,
        EncoderLayers = 1,
        EncoderHeads = 4,
        EncoderFfnDim = 32,
        EncoderPoints = 2,
        DecoderLayers = 2,
        DecoderHeads = 4,
        DecoderFfnDim = 32,
        DecoderPoints = 2,
        MaxTextLength = 12,
    };

    /// <summary>[CLS] a b . c . [SEP]</summary>
    public static long[,] Ids { get; } = new long[,] { { 1, 10, 11, 3, 12, 3, 2 } };
}
