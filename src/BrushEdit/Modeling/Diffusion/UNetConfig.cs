using System.Text.Json.Nodes;
using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>
/// The shape of a text-conditioned U-Net like that of Stable Diffusion 1.5 or XL, as its <c>config.json</c> describes it. Any number of levels and
/// any widths; level 0 is the finest. The defaults of a new object are those of Stable Diffusion 1.5.
/// </summary>
public sealed record UNetConfig
{
    private const string Kind = "U-Net";

    /// <summary>Channels of the noisy input latent: 4; 9 for a checkpoint trained for inpainting.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Channels of the predicted noise: 4.</summary>
    public int OutChannels { get; init; } = 4;

    /// <summary>The latent's native side (64 for 512 x 512 pictures); the network was trained at this size, but others work too.</summary>
    public int SampleSize { get; init; } = 64;

    /// <summary>Width of each level, finest first; the first one times four is the width of the time embedding.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [320, 640, 1280, 1280];

    /// <summary>Whether the down block of each level has attention, finest level first (<c>CrossAttnDownBlock2D</c>).</summary>
    public IReadOnlyList<bool> DownAttention { get; init; } = [true, true, true, false];

    /// <summary>Whether each up block has attention, in the order they run: coarsest level first (<c>CrossAttnUpBlock2D</c>).</summary>
    public IReadOnlyList<bool> UpAttention { get; init; } = [false, true, true, true];

    /// <summary>Residual layers of a down block; an up block has one more.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>Attention heads of each level, finest first. Published files call it <c>attention_head_dim</c>.</summary>
    public IReadOnlyList<int> AttentionHeads { get; init; } = [8, 8, 8, 8];

    /// <summary>Transformer layers in each attention of a level, finest first.</summary>
    public IReadOnlyList<int> TransformerLayers { get; init; } = [1, 1, 1, 1];

    /// <summary>Width of the text encoder's output.</summary>
    public int CrossAttentionDim { get; init; } = 768;

    /// <summary>Groups of every group normalisation; divides every width.</summary>
    public int NormGroups { get; init; } = 32;

    /// <summary>What the group normalisations of the residual layers add to the variance.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Whether the transformers' input and output projections are linear layers rather than 1x1 convolutions.</summary>
    public bool UseLinearProjection { get; init; }

    /// <summary>Whether the time embedding contains cosines before sines.</summary>
    public bool FlipSinToCos { get; init; } = true;

    /// <summary>Subtracted from the number of frequencies in the time embedding's exponent.</summary>
    public double FreqShift { get; init; }

    /// <summary>What is added to the time embedding in addition to the text; null for Stable Diffusion 1.5.</summary>
    public AddedEmbeddingConfig? AddedEmbedding { get; init; }

    /// <summary>
    /// Width of the embedded guidance scale that a distilled network takes as input; null for a network with classifier-free guidance.
    /// </summary>
    public int? TimeCondProjDim { get; init; }

    /// <summary>The model family that its shape belongs to.</summary>
    public ModelFamily Family => AddedEmbedding is null ? ModelFamily.Sd15 : ModelFamily.Sdxl;

    /// <summary>The number of levels.</summary>
    public int Levels => BlockOutChannels.Count;

    /// <summary>The factor between the finest and the coarsest level's side; sizes it does not divide work as well.</summary>
    public int Stride => 1 << (Levels - 1);

    /// <summary>Reads a published configuration.</summary>
    /// <param name="reader">The file's contents.</param>
    /// <exception cref="EditException">It belongs to another kind of model (ControlNet, BrushNet, ...), or sets something that is
    /// not supported.</exception>
    public static UNetConfig Read(ConfigReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        DiffusersConfig.RefuseOtherKinds(reader, Kind, "UNet2DConditionModel");
        IReadOnlyList<int> widths = reader.Ints("block_out_channels", [320, 640, 1280, 1280], 1, 16384);
        int levels = widths.Count;
        IReadOnlyList<int> heads = DiffusersConfig.PerLevel(reader, "attention_head_dim", levels, 8);
        IReadOnlyList<int> layers = DiffusersConfig.PerLevel(reader, "transformer_layers_per_block", levels, 1);
        UNetConfig config = new()
        {
            InChannels = reader.Int("in_channels", 4, 1, 64),
            OutChannels = reader.Int("out_channels", 4, 1, 64),
            SampleSize = reader.Int("sample_size", 64, 1, 256),
            BlockOutChannels = widths,
            DownAttention = DiffusersConfig.Attention(
                reader, "down_block_types", ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"], "DownBlock2D", "CrossAttnDownBlock2D"),
            UpAttention = DiffusersConfig.Attention(
                reader, "up_block_types", ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"], "UpBlock2D", "CrossAttnUpBlock2D"),
            LayersPerBlock = reader.Int("layers_per_block", 2, 1, 16),
            AttentionHeads = heads,
            TransformerLayers = layers,
            CrossAttentionDim = reader.Int("cross_attention_dim", 1280, 1, 16384),
            NormGroups = reader.Int("norm_num_groups", 32, 1, 1024),
            NormEps = reader.Double("norm_eps", 1e-5, 0, 1),
            UseLinearProjection = reader.Bool("use_linear_projection", false),
            FlipSinToCos = reader.Bool("flip_sin_to_cos", true),
            FreqShift = reader.Double("freq_shift", 0, -1, 16),
            AddedEmbedding = AddedEmbeddingConfig.Read(reader),
            TimeCondProjDim = reader.Has("time_cond_proj_dim") ? reader.Int("time_cond_proj_dim", null, 4, 16384) : null,
        };
        reader.Expect("mid_block_type", "\"UNetMidBlock2DCrossAttn\"");
        reader.Expect("center_input_sample", "false");
        reader.Expect("dual_cross_attention", "false");
        reader.Expect("mid_block_only_cross_attention", "false");
        reader.Expect("cross_attention_norm", "null");
        reader.Expect("reverse_transformer_layers_per_block", "null");
        reader.Expect("attention_type", "\"default\"");
        reader.Expect("dropout", "0", "0.0");
        reader.Expect("resnet_skip_time_act", "false");
        reader.Expect("resnet_out_scale_factor", "1", "1.0");
        reader.Expect("time_embedding_type", "\"positional\"");
        reader.Expect("time_embedding_dim", "null");
        reader.Expect("time_embedding_act_fn", "null");
        reader.Expect("timestep_post_act", "null");
        reader.Expect("conv_in_kernel", "3");
        reader.Expect("conv_out_kernel", "3");
        reader.Expect("class_embeddings_concat", "false");
        DiffusersConfig.ExpectPlain(reader);
        reader.Finish();
        config.Validate(reader.Source);
        return config;
    }

    /// <summary>Writes the configuration under the published key names.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = PlainJson();
        AddedEmbedding?.WriteTo(json);
        if (TimeCondProjDim is int width)
        {
            json["time_cond_proj_dim"] = width;
        }

        return json;
    }

    private JsonObject PlainJson() => new()
    {
        ["_class_name"] = "UNet2DConditionModel",
        ["act_fn"] = "silu",
        ["attention_head_dim"] = DiffusersConfig.Compact(AttentionHeads),
        ["block_out_channels"] = DiffusersConfig.List(BlockOutChannels),
        ["cross_attention_dim"] = CrossAttentionDim,
        ["down_block_types"] = DiffusersConfig.List(DownAttention.Select(attention => attention ? "CrossAttnDownBlock2D" : "DownBlock2D")),
        ["downsample_padding"] = 1,
        ["flip_sin_to_cos"] = FlipSinToCos,
        ["freq_shift"] = FreqShift,
        ["in_channels"] = InChannels,
        ["layers_per_block"] = LayersPerBlock,
        ["mid_block_scale_factor"] = 1,
        ["mid_block_type"] = "UNetMidBlock2DCrossAttn",
        ["norm_eps"] = NormEps,
        ["norm_num_groups"] = NormGroups,
        ["out_channels"] = OutChannels,
        ["sample_size"] = SampleSize,
        ["transformer_layers_per_block"] = DiffusersConfig.Compact(TransformerLayers),
        ["up_block_types"] = DiffusersConfig.List(UpAttention.Select(attention => attention ? "CrossAttnUpBlock2D" : "UpBlock2D")),
        ["use_linear_projection"] = UseLinearProjection,
    };

    /// <summary>Checks the values against one another: list lengths, divisibility, signs.</summary>
    /// <param name="source">What the error calls the configuration.</param>
    /// <exception cref="EditException">They contradict one another.</exception>
    internal void Validate(string source)
    {
        DiffusersConfig.ValidateLevels(source, BlockOutChannels, LayersPerBlock, NormGroups, InChannels, OutChannels, CrossAttentionDim, SampleSize);
        DiffusersConfig.Require(source, DownAttention.Count == Levels, "down_block_types", "must have one entry for each of block_out_channels");
        DiffusersConfig.Require(source, UpAttention.Count == Levels, "up_block_types", "must have one entry for each of block_out_channels");
        AddedEmbedding?.Validate(source);
        DiffusersConfig.Require(source, TransformerLayers.All(count => count > 0), "transformer_layers_per_block", "must be positive");
        for (int level = 0; level < Levels; level++)
        {
            DiffusersConfig.Require(
                source,
                AttentionHeads[level] > 0 && BlockOutChannels[level] % AttentionHeads[level] == 0,
                "attention_head_dim",
                $"sets {AttentionHeads[level]} heads, which do not divide a width of {BlockOutChannels[level]}");
        }
    }
}
