using System.Text.Json.Nodes;
using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>The shape of a BERT text encoder: the <c>text_config</c> of a Grounding DINO checkpoint.</summary>
public sealed record BertConfig
{
    /// <summary>Entries of the vocabulary.</summary>
    public int VocabularySize { get; init; } = 30522;

    /// <summary>Channels of a token.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>Layers.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads; they divide <see cref="HiddenSize"/>.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Channels of the feed-forward part.</summary>
    public int IntermediateSize { get; init; } = 3072;

    /// <summary>Positions that have an embedding. A phrase's tokens are counted from its start, so this limits the length of one phrase.</summary>
    public int MaxPositions { get; init; } = 512;

    /// <summary>Token types that have an embedding; this project uses type 0.</summary>
    public int TokenTypes { get; init; } = 2;

    /// <summary>Added to the variance in every layer normalisation.</summary>
    public double LayerNormEps { get; init; } = 1e-12;

    /// <summary>Share of values dropped in training.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Share of attention weights dropped in training.</summary>
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary>Reads the published keys; a key that is absent has BERT base's value.</summary>
    /// <param name="config">The section <c>text_config</c>.</param>
    /// <exception cref="EditException">A key is unknown, of the wrong type, or means something that is not supported.</exception>
    public static BertConfig Read(ConfigReader config)
    {
        config.Expect("model_type", "\"bert\"");
        config.Expect("hidden_act", "\"gelu\"");
        config.Expect("position_embedding_type", "\"absolute\"");
        PretrainedKeys.PassOver(config);
        BertConfig standard = new();
        BertConfig read = new()
        {
            VocabularySize = config.Int("vocab_size", standard.VocabularySize, 1, 1_000_000),
            HiddenSize = config.Int("hidden_size", standard.HiddenSize, 1, 16384),
            Layers = config.Int("num_hidden_layers", standard.Layers, 1, 128),
            Heads = config.Int("num_attention_heads", standard.Heads, 1, 256),
            IntermediateSize = config.Int("intermediate_size", standard.IntermediateSize, 1, 65536),
            MaxPositions = config.Int("max_position_embeddings", standard.MaxPositions, 1, 16384),
            TokenTypes = config.Int("type_vocab_size", standard.TokenTypes, 1, 1024),
            LayerNormEps = config.Double("layer_norm_eps", standard.LayerNormEps, 0, 1),
            Dropout = config.Double("hidden_dropout_prob", standard.Dropout, 0, 1),
            AttentionDropout = config.Double("attention_probs_dropout_prob", standard.AttentionDropout, 0, 1),
        };
        config.Finish();
        return read;
    }

    /// <summary>Rejects impossible shapes.</summary>
    /// <exception cref="EditException">A setting is invalid; the message names the settings.</exception>
    public void Validate()
    {
        bool sound = VocabularySize > 0 && HiddenSize > 0 && Layers > 0 && Heads > 0 && HiddenSize % Heads == 0
            && IntermediateSize > 0 && MaxPositions > 0 && TokenTypes > 0;
        if (!sound)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The BERT encoder's settings do not match: {HiddenSize} channels, {Heads} heads, {Layers} layers, "
                + $"{IntermediateSize} inner channels, {VocabularySize} words, {MaxPositions} positions.",
                "Check that config.json belongs to the checkpoint.",
                this);
        }
    }

    /// <summary>The published keys and values.</summary>
    internal JsonObject ToJson() => new()
    {
        ["model_type"] = "bert",
        ["vocab_size"] = VocabularySize,
        ["hidden_size"] = HiddenSize,
        ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads,
        ["intermediate_size"] = IntermediateSize,
        ["max_position_embeddings"] = MaxPositions,
        ["type_vocab_size"] = TokenTypes,
        ["layer_norm_eps"] = LayerNormEps,
        ["hidden_dropout_prob"] = Dropout,
        ["attention_probs_dropout_prob"] = AttentionDropout,
        ["hidden_act"] = "gelu",
    };
}
