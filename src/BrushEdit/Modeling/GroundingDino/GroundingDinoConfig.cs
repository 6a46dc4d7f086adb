using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>The shape of a Grounding DINO: the contents of a checkpoint's <c>config.json</c>. Every key has the published name.</summary>
public sealed record GroundingDinoConfig
{
    /// <summary>Groups of the normalisation after each input projection; they divide <see cref="ModelDim"/>.</summary>
    public const int ProjectionGroups = 32;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The picture backbone.</summary>
    public SwinConfig Backbone { get; init; } = new();

    /// <summary>The text encoder.</summary>
    public BertConfig Text { get; init; } = new();

    /// <summary>Channels of picture tokens, text tokens and queries between the backbones and the heads (<c>d_model</c>); a multiple of 32.</summary>
    public int ModelDim { get; init; } = 256;

    /// <summary>Boxes predicted for a picture; a picture with fewer feature positions than this gets one box for each.</summary>
    public int Queries { get; init; } = 900;

    /// <summary>Picture scales; at least as many as the backbone's outputs, the rest are made by strided convolutions.</summary>
    public int FeatureLevels { get; init; } = 4;

    /// <summary>Layers of the feature enhancer.</summary>
    public int EncoderLayers { get; init; } = 6;

    /// <summary>Heads of the enhancer's deformable attention; fusion and text layers have half as many.</summary>
    public int EncoderHeads { get; init; } = 8;

    /// <summary>Inner channels of the enhancer; fusion and text layers have half as many.</summary>
    public int EncoderFfnDim { get; init; } = 2048;

    /// <summary>Points that a head of the enhancer samples on each scale.</summary>
    public int EncoderPoints { get; init; } = 4;

    /// <summary>Layers of the decoder; each refines the boxes once.</summary>
    public int DecoderLayers { get; init; } = 6;

    /// <summary>Attention heads of the decoder.</summary>
    public int DecoderHeads { get; init; } = 8;

    /// <summary>Inner channels of the decoder.</summary>
    public int DecoderFfnDim { get; init; } = 2048;

    /// <summary>Points that a head of the decoder samples on each scale.</summary>
    public int DecoderPoints { get; init; } = 4;

    /// <summary>Text tokens the network reads, [CLS] and [SEP] included.</summary>
    public int MaxTextLength { get; init; } = 256;

    /// <summary>Base of the wavelengths of the picture tokens' sine positions.</summary>
    public double PositionTemperature { get; init; } = 20;

    /// <summary>Whether all decoder layers share one box head.</summary>
    public bool ShareBoxHeads { get; init; } = true;

    /// <summary>Added to the variance in every layer normalisation outside the backbones.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>Share of values dropped in training.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Share of attention weights dropped in training.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Share of inner activations dropped in training.</summary>
    public double ActivationDropout { get; init; }

    /// <summary>Share of the text layers' values dropped in training.</summary>
    public double TextEnhancerDropout { get; init; }

    /// <summary>Share of the fusion's attention weights dropped in training.</summary>
    public double FusionDropout { get; init; }

    /// <summary>Share of pictures for which a fusion is skipped in training.</summary>
    public double FusionDropPath { get; init; } = 0.1;

    /// <summary>Reads a checkpoint's <c>config.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EditException">It is missing, does not belong to a Grounding DINO, or requires something that is not supported.</exception>
    public static GroundingDinoConfig Open(string path) => Read(ConfigReader.Open(path));

    /// <summary>Reads the published keys; a key that is absent has the published default.</summary>
    /// <param name="config">The whole configuration.</param>
    /// <exception cref="EditException">It does not belong to a Grounding DINO, or requires something that is not supported.</exception>
    public static GroundingDinoConfig Read(ConfigReader config)
    {
        string type = config.Text("model_type", "of no stated type");
        if (type != "grounding-dino")
        {
            throw new EditException(
                EditFault.BadModel,
                $"The configuration '{config.Source}' belongs to a model of type '{type}', not to Grounding DINO.",
                "Point to a folder such as IDEA-Research/grounding-dino-tiny.",
                config.Source);
        }

        PassOverFixed(config);
        GroundingDinoConfig standard = new();
        GroundingDinoConfig read = new()
        {
            Backbone = SwinConfig.Read(config.Section("backbone_config")),
            Text = config.Has("text_config") ? BertConfig.Read(config.Section("text_config")) : standard.Text,
            ModelDim = config.Int("d_model", standard.ModelDim, 1, 16384),
            Queries = config.Int("num_queries", standard.Queries, 1, 10_000),
            FeatureLevels = config.Int("num_feature_levels", standard.FeatureLevels, 1, 16),
            EncoderLayers = config.Int("encoder_layers", standard.EncoderLayers, 1, 64),
            EncoderHeads = config.Int("encoder_attention_heads", standard.EncoderHeads, 1, 256),
            EncoderFfnDim = config.Int("encoder_ffn_dim", standard.EncoderFfnDim, 1, 65536),
            EncoderPoints = config.Int("encoder_n_points", standard.EncoderPoints, 1, 64),
            DecoderLayers = config.Int("decoder_layers", standard.DecoderLayers, 1, 64),
            DecoderHeads = config.Int("decoder_attention_heads", standard.DecoderHeads, 1, 256),
            DecoderFfnDim = config.Int("decoder_ffn_dim", standard.DecoderFfnDim, 1, 65536),
            DecoderPoints = config.Int("decoder_n_points", standard.DecoderPoints, 1, 64),
            MaxTextLength = config.Int("max_text_len", standard.MaxTextLength, 3, 4096),
            PositionTemperature = config.Double("positional_embedding_temperature", standard.PositionTemperature, 1e-3, 1e6),
            ShareBoxHeads = config.Bool("decoder_bbox_embed_share", standard.ShareBoxHeads),
            LayerNormEps = config.Double("layer_norm_eps", standard.LayerNormEps, 0, 1),
            Dropout = config.Double("dropout", standard.Dropout, 0, 1),
            AttentionDropout = config.Double("attention_dropout", standard.AttentionDropout, 0, 1),
            ActivationDropout = config.Double("activation_dropout", standard.ActivationDropout, 0, 1),
            TextEnhancerDropout = config.Double("text_enhancer_dropout", standard.TextEnhancerDropout, 0, 1),
            FusionDropout = config.Double("fusion_dropout", standard.FusionDropout, 0, 1),
            FusionDropPath = config.Double("fusion_droppath", standard.FusionDropPath, 0, 1),
        };
        config.Finish();
        return read;
    }

    /// <summary>Rejects inconsistent settings. The network's constructor calls it.</summary>
    /// <exception cref="EditException">Settings are inconsistent; the message names them.</exception>
    public void Validate()
    {
        Backbone.Validate();
        Text.Validate();
        Require(ModelDim > 0 && ModelDim % ProjectionGroups == 0, $"d_model {ModelDim} is not a multiple of {ProjectionGroups}");
        Require(EncoderHeads > 1 && EncoderHeads % 2 == 0 && ModelDim % EncoderHeads == 0, $"encoder_attention_heads {EncoderHeads} is odd or does not divide d_model {ModelDim}");
        Require(DecoderHeads > 0 && ModelDim % DecoderHeads == 0, $"decoder_attention_heads {DecoderHeads} does not divide d_model {ModelDim}");
        Require(EncoderFfnDim > 0 && EncoderFfnDim % EncoderHeads == 0, $"encoder_ffn_dim {EncoderFfnDim} is not a multiple of encoder_attention_heads {EncoderHeads}");
        Require(DecoderFfnDim > 0 && EncoderPoints > 0 && DecoderPoints > 0, "decoder_ffn_dim and the numbers of points must be positive");
        Require(EncoderLayers > 0 && DecoderLayers > 0 && Queries > 0 && MaxTextLength > 2, "layers, num_queries and max_text_len must be positive");
        Require(
            FeatureLevels >= Backbone.OutputStages.Count,
            $"num_feature_levels {FeatureLevels} is less than the backbone's {Backbone.OutputStages.Count} outputs");
    }

    /// <summary>The configuration as a checkpoint's <c>config.json</c>, with the published keys.</summary>
    public string ToJson() => new JsonObject
    {
        ["model_type"] = "grounding-dino",
        ["architectures"] = new JsonArray("GroundingDinoForObjectDetection"),
        ["backbone_config"] = Backbone.ToJson(),
        ["text_config"] = Text.ToJson(),
        ["d_model"] = ModelDim,
        ["num_queries"] = Queries,
        ["num_feature_levels"] = FeatureLevels,
        ["encoder_layers"] = EncoderLayers,
        ["encoder_attention_heads"] = EncoderHeads,
        ["encoder_ffn_dim"] = EncoderFfnDim,
        ["encoder_n_points"] = EncoderPoints,
        ["decoder_layers"] = DecoderLayers,
        ["decoder_attention_heads"] = DecoderHeads,
        ["decoder_ffn_dim"] = DecoderFfnDim,
        ["decoder_n_points"] = DecoderPoints,
        ["max_text_len"] = MaxTextLength,
        ["positional_embedding_temperature"] = PositionTemperature,
        ["position_embedding_type"] = "sine",
        ["activation_function"] = "relu",
        ["decoder_bbox_embed_share"] = ShareBoxHeads,
        ["two_stage"] = true,
        ["two_stage_bbox_embed_share"] = false,
        ["embedding_init_target"] = true,
        ["query_dim"] = 4,
        ["layer_norm_eps"] = LayerNormEps,
        ["dropout"] = Dropout,
        ["attention_dropout"] = AttentionDropout,
        ["activation_dropout"] = ActivationDropout,
        ["text_enhancer_dropout"] = TextEnhancerDropout,
        ["fusion_dropout"] = FusionDropout,
        ["fusion_droppath"] = FusionDropPath,
    }.ToJsonString(Indented);

    private static void PassOverFixed(ConfigReader config)
    {
        config.Expect("activation_function", "\"relu\"");
        config.Expect("position_embedding_type", "\"sine\"");
        config.Expect("two_stage", "true");
        config.Expect("two_stage_bbox_embed_share", "false");
        config.Expect("embedding_init_target", "true");
        config.Expect("query_dim", "4");
        config.Expect("sub_sentence_present", "true");
        config.Expect("use_timm_backbone", "false");
        config.Expect("backbone");
        config.Expect("backbone_kwargs", "{}");
        config.Expect("dilation", "false");
        config.Expect("encoder_layerdrop", "0", "0.0");
        PretrainedKeys.PassOver(config);

        // Weights of losses and of initial values, and keys that repeat another key's value.
        config.Ignore(
            "class_cost", "bbox_cost", "giou_cost", "bbox_loss_coefficient", "giou_loss_coefficient", "mask_loss_coefficient",
            "dice_loss_coefficient", "class_loss_coefficient", "eos_coefficient", "focal_alpha", "auxiliary_loss", "init_std", "init_xavier_std",
            "disable_custom_kernels", "use_pretrained_backbone", "num_channels", "hidden_size", "num_attention_heads",
            "num_hidden_layers", "two_stage_num_proposals", "max_position_embeddings");
    }

    private void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new EditException(EditFault.BadModel, $"The Grounding DINO's settings do not match: {fault}.", "Check that config.json belongs to the checkpoint.", this);
        }
    }
}
