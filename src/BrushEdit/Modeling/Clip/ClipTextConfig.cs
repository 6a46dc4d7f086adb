using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>Shape and constants of a <see cref="ClipTextModel"/>; the keys of <c>text_encoder/config.json</c>.</summary>
public sealed record ClipTextConfig
{
    /// <summary>The end token's id in configurations written before it was corrected; it stands for "the highest id of the row".</summary>
    public const int LegacyEosTokenId = 2;

    /// <summary>Rows of the token table.</summary>
    public int VocabSize { get; init; } = 49408;

    /// <summary>Channels of a token; a multiple of <see cref="NumAttentionHeads"/>.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>Channels inside a layer's perceptron.</summary>
    public int IntermediateSize { get; init; } = 3072;

    /// <summary>Layers.</summary>
    public int NumHiddenLayers { get; init; } = 12;

    /// <summary>Attention heads of a layer.</summary>
    public int NumAttentionHeads { get; init; } = 12;

    /// <summary>The longest row of ids, start and end token included.</summary>
    public int MaxPositionEmbeddings { get; init; } = 77;

    /// <summary>The perceptron's activation: <c>quick_gelu</c> (x times sigmoid of 1.702 x) or <c>gelu</c> (the exact one).</summary>
    public string HiddenAct { get; init; } = "quick_gelu";

    /// <summary>Epsilon of the layer normalisations.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>The end token, where the pooled state is taken; 2 has the old meaning (<see cref="LegacyEosTokenId"/>).</summary>
    public int EosTokenId { get; init; } = 49407;

    /// <summary>Channels of the projected text, if the network has a projection.</summary>
    public int ProjectionDim { get; init; } = 768;

    /// <summary>Whether the checkpoint has <c>text_projection</c> (architecture CLIPTextModelWithProjection, as SDXL's second encoder).</summary>
    public bool WithProjection { get; init; }

    /// <summary>Reads <c>text_encoder/config.json</c>.</summary>
    /// <param name="json">The configuration.</param>
    /// <exception cref="EditException">A key is missing, unknown, or requires something that is not supported.</exception>
    public static ClipTextConfig Read(ConfigReader json)
    {
        ArgumentNullException.ThrowIfNull(json);
        ClipTextConfig standard = new();
        json.Expect("model_type", "\"clip_text_model\"");
        ClipTextConfig config = new()
        {
            VocabSize = json.Int("vocab_size", standard.VocabSize, 1, 1_000_000),
            HiddenSize = json.Int("hidden_size", null, 1, 16384),
            IntermediateSize = json.Int("intermediate_size", null, 1, 65536),
            NumHiddenLayers = json.Int("num_hidden_layers", null, 1, 128),
            NumAttentionHeads = json.Int("num_attention_heads", null, 1, 256),
            MaxPositionEmbeddings = json.Int("max_position_embeddings", standard.MaxPositionEmbeddings, 1, 16384),
            HiddenAct = json.Text("hidden_act", standard.HiddenAct),
            LayerNormEps = json.Double("layer_norm_eps", standard.LayerNormEps, 0, 1),
            EosTokenId = json.Int("eos_token_id", standard.EosTokenId, 0, 1_000_000),
            ProjectionDim = json.Int("projection_dim", 512, 1, 16384),
            WithProjection = json.Texts("architectures", []).Contains("CLIPTextModelWithProjection"),
        };

        // Keys of the file format, of training, or of text generation, which this network does not perform.
        json.Ignore(
            "attention_dropout", "dropout", "bos_token_id", "pad_token_id", "dtype", "torch_dtype", "initializer_factor", "initializer_range",
            "transformers_version", "output_hidden_states", "output_attentions", "return_dict", "use_return_dict", "chunk_size_feed_forward",
            "id2label", "label2id", "problem_type", "use_bfloat16", "gradient_checkpointing", "finetuning_task", "torchscript",
            "tie_word_embeddings", "tokenizer_class", "task_specific_params", "prefix", "name_or_path");
        json.Expect("is_encoder_decoder", "false");
        json.Expect("is_decoder", "false");
        json.Expect("add_cross_attention", "false");
        json.Finish();
        config.Validate(json.Source);
        return config;
    }

    /// <summary>Checks that the values are consistent.</summary>
    /// <param name="source">What the error calls the configuration.</param>
    /// <exception cref="EditException">A size is not positive, the heads do not divide the channels, or the activation is not supported.</exception>
    public void Validate(string source)
    {
        int[] sizes = [VocabSize, HiddenSize, IntermediateSize, NumHiddenLayers, NumAttentionHeads, MaxPositionEmbeddings, ProjectionDim];
        if (sizes.Any(size => size < 1) || HiddenSize % NumAttentionHeads != 0)
        {
            throw ConfigReader.Broken(source, $"a size is below 1, or hidden_size {HiddenSize} is not a multiple of num_attention_heads {NumAttentionHeads}");
        }

        if (HiddenAct is not ("quick_gelu" or "gelu"))
        {
            throw new EditException(
                EditFault.BadModel,
                $"The configuration '{source}' sets the activation '{HiddenAct}'; supported are quick_gelu and gelu.",
                "Use a CLIP text encoder like Stable Diffusion's.",
                "hidden_act");
        }
    }
}
