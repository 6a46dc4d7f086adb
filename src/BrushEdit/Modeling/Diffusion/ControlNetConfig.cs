using System.Text.Json.Nodes;
using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>
/// The shape of a ControlNet as its <c>config.json</c> describes it: the encoder of the U-Net it accompanies, including text attention, and a small
/// encoder of its condition, a picture at pixel size.
/// </summary>
public sealed record ControlNetConfig
{
    private const string Kind = "ControlNet";

    /// <summary>Widths, attention and text of the encoder and the middle; no decoder is built.</summary>
    public UNetConfig Network { get; init; } = new();

    /// <summary>Channels of the condition: 3, a picture's.</summary>
    public int ConditioningChannels { get; init; } = 3;

    /// <summary>Widths of the condition's encoder, finest first; each but the first halves the side.</summary>
    public IReadOnlyList<int> ConditioningWidths { get; init; } = [16, 32, 96, 256];

    /// <summary>The side of a latent cell in pixels of the condition.</summary>
    public int ConditioningFactor => 1 << (ConditioningWidths.Count - 1);

    /// <summary>The number of outputs for skip connections (12 for SD 1.5).</summary>
    public int DownOutputs => 1 + (Network.Levels * Network.LayersPerBlock) + (Network.Levels - 1);

    /// <summary>Reads a published configuration.</summary>
    /// <param name="reader">The file's contents.</param>
    /// <exception cref="EditException">It belongs to another kind of model, or sets something that is not supported.</exception>
    public static ControlNetConfig Read(ConfigReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        DiffusersConfig.RefuseOtherKinds(reader, Kind, "ControlNetModel");
        IReadOnlyList<int> widths = reader.Ints("block_out_channels", [320, 640, 1280, 1280], 1, 16384);
        IReadOnlyList<bool> attention = DiffusersConfig.Attention(
            reader, "down_block_types", ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"], "DownBlock2D", "CrossAttnDownBlock2D");
        int channels = reader.Int("in_channels", 4, 1, 64);
        ControlNetConfig config = new()
        {
            Network = new UNetConfig
            {
                InChannels = channels,
                OutChannels = channels,
                BlockOutChannels = widths,
                DownAttention = attention,
                UpAttention = [.. attention.Reverse()],
                LayersPerBlock = reader.Int("layers_per_block", 2, 1, 16),
                AttentionHeads = DiffusersConfig.PerLevel(reader, "attention_head_dim", widths.Count, 8),
                TransformerLayers = DiffusersConfig.PerLevel(reader, "transformer_layers_per_block", widths.Count, 1),
                CrossAttentionDim = reader.Int("cross_attention_dim", 1280, 1, 16384),
                NormGroups = reader.Int("norm_num_groups", 32, 1, 1024),
                NormEps = reader.Double("norm_eps", 1e-5, 0, 1),
                UseLinearProjection = reader.Bool("use_linear_projection", false),
                FlipSinToCos = reader.Bool("flip_sin_to_cos", true),
                FreqShift = reader.Double("freq_shift", 0, -1, 16),
            },
            ConditioningChannels = reader.Int("conditioning_channels", 3, 1, 64),
            ConditioningWidths = reader.Ints("conditioning_embedding_out_channels", [16, 32, 96, 256], 1, 16384),
        };
        if (AddedEmbeddingConfig.Read(reader) is not null)
        {
            throw new EditException(
                EditFault.BadModel, $"'{reader.Source}' is a ControlNet for Stable Diffusion XL.", "Use one for Stable Diffusion 1.5, such as control_v11p_sd15_inpaint.", reader.Source);
        }

        reader.Expect("mid_block_type", "\"UNetMidBlock2DCrossAttn\"");
        reader.Expect("controlnet_conditioning_channel_order", "\"rgb\"");
        reader.Expect("global_pool_conditions", "false");
        DiffusersConfig.ExpectPlain(reader);
        reader.Finish();
        config.Network.Validate(reader.Source);
        DiffusersConfig.Require(reader.Source, config.ConditioningWidths.Count is > 0 and <= 8, "conditioning_embedding_out_channels", "must have between 1 and 8 entries");
        return config;
    }

    /// <summary>The configuration of a ControlNet beside a U-Net.</summary>
    /// <param name="unet">The U-Net.</param>
    /// <param name="conditioningWidths">Widths of the condition's encoder, finest first; null for the published ones.</param>
    public static ControlNetConfig FromUNet(UNetConfig unet, IReadOnlyList<int>? conditioningWidths = null)
    {
        ControlNetConfig published = new() { Network = unet };
        return published with { ConditioningWidths = conditioningWidths ?? published.ConditioningWidths };
    }

    /// <summary>Writes the configuration under the published key names.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = Network.ToJson();
        foreach (string decoders in (string[])["out_channels", "sample_size", "up_block_types"])
        {
            json.Remove(decoders);
        }

        json["_class_name"] = "ControlNetModel";
        json["conditioning_channels"] = ConditioningChannels;
        json["conditioning_embedding_out_channels"] = DiffusersConfig.List(ConditioningWidths);
        json["controlnet_conditioning_channel_order"] = "rgb";
        return json;
    }

    /// <summary>Rejects a U-Net that this ControlNet's outputs cannot be added to.</summary>
    /// <param name="unet">The U-Net.</param>
    /// <exception cref="EditException">Widths, numbers of layers or the texts' width differ.</exception>
    public void EnsureFits(UNetConfig unet)
    {
        ArgumentNullException.ThrowIfNull(unet);
        if (!Network.BlockOutChannels.SequenceEqual(unet.BlockOutChannels) || Network.LayersPerBlock != unet.LayersPerBlock
            || Network.InChannels != unet.InChannels || Network.CrossAttentionDim != unet.CrossAttentionDim)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The ControlNet ({Shape(Network)}) does not fit the U-Net ({Shape(unet)}).",
                "Use a base model of the family the ControlNet was trained for.",
                unet);
        }
    }

    private static string Shape(UNetConfig config) =>
        $"{config.InChannels} latent channels, widths {string.Join("-", config.BlockOutChannels)}, {config.LayersPerBlock} layers a block, texts {config.CrossAttentionDim} wide";
}
