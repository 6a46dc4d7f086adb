using System.Text.Json.Nodes;
using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>
/// A branch's variant and attention as <c>config.json</c> stores them: attention by the published block types, the variant by this project's key
/// <c>_variant</c>, which other readers skip.
/// </summary>
internal static class BrushNetVariants
{
    private const string Key = "_variant";
    private const string PlainMiddle = "MidBlock2D";
    private const string CrossedMiddle = "UNetMidBlock2DCrossAttn";

    /// <summary>Reads both into a configuration.</summary>
    /// <param name="reader">The file's contents.</param>
    /// <param name="config">The part that has already been read.</param>
    /// <exception cref="EditException">A block type is not supported, or the lists are inconsistent.</exception>
    public static BrushNetConfig Read(ConfigReader reader, BrushNetConfig config)
    {
        BrushNetVariant variant = ReadVariant(reader);
        string[] plain = ["DownBlock2D", "DownBlock2D", "DownBlock2D", "DownBlock2D"];
        IReadOnlyList<bool> down = DiffusersConfig.Attention(reader, "down_block_types", plain, "DownBlock2D", "CrossAttnDownBlock2D");
        IReadOnlyList<bool> up = DiffusersConfig.Attention(
            reader, "up_block_types", ["UpBlock2D", "UpBlock2D", "UpBlock2D", "UpBlock2D"], "UpBlock2D", "CrossAttnUpBlock2D");
        int ups = variant == BrushNetVariant.Full ? config.Levels : 0;
        DiffusersConfig.Require(reader.Source, down.Count == config.Levels, "down_block_types", "must have one entry for each of block_out_channels");
        DiffusersConfig.Require(
            reader.Source, up.Count == ups, "up_block_types", ups == 0 ? "must be empty in a variant without up outputs" : "must have one entry for each of block_out_channels");
        bool middle = reader.Text("mid_block_type", PlainMiddle) == CrossedMiddle;
        if (!middle)
        {
            reader.Expect("mid_block_type", $"\"{PlainMiddle}\"");
            DiffusersConfig.Require(
                reader.Source, !down.Concat(up).Contains(true), "mid_block_type", "must have attention if the other blocks have it");
        }

        return config with { Variant = variant, Attention = middle ? ReadAttention(reader, config, down, up) : null };
    }

    /// <summary>Writes both.</summary>
    /// <param name="json">The configuration that is being written.</param>
    /// <param name="config">The values to write.</param>
    public static void Write(JsonObject json, BrushNetConfig config)
    {
        IReadOnlyList<bool> down = config.Attention?.DownAttention ?? [.. Enumerable.Repeat(false, config.Levels)];
        IReadOnlyList<bool> up = config.Variant != BrushNetVariant.Full ? [] : config.Attention?.UpAttention ?? [.. Enumerable.Repeat(false, config.Levels)];
        json["down_block_types"] = DiffusersConfig.List(down.Select(attention => attention ? "CrossAttnDownBlock2D" : "DownBlock2D"));
        json["mid_block_type"] = config.Attention is null ? PlainMiddle : CrossedMiddle;
        json["up_block_types"] = DiffusersConfig.List(up.Select(attention => attention ? "CrossAttnUpBlock2D" : "UpBlock2D"));
        if (config.Attention is { } unet)
        {
            json["attention_head_dim"] = DiffusersConfig.Compact(unet.AttentionHeads);
            json["cross_attention_dim"] = unet.CrossAttentionDim;
            json["transformer_layers_per_block"] = DiffusersConfig.Compact(unet.TransformerLayers);
            json["use_linear_projection"] = unet.UseLinearProjection;
        }

        if (config.Variant != BrushNetVariant.Full)
        {
            json[Key] = config.Variant.ToString();
        }
    }

    private static BrushNetVariant ReadVariant(ConfigReader reader)
    {
        if (!reader.Has(Key))
        {
            return BrushNetVariant.Full;
        }

        string given = reader.Text(Key);
        DiffusersConfig.Require(
            reader.Source, Enum.GetNames<BrushNetVariant>().Contains(given, StringComparer.Ordinal), Key, $"must be one of {string.Join(", ", Enum.GetNames<BrushNetVariant>())}");
        return Enum.Parse<BrushNetVariant>(given);
    }

    // A variant without up outputs has no up blocks; the U-Net's shape still requires an entry for each level.
    private static UNetConfig ReadAttention(ConfigReader reader, BrushNetConfig config, IReadOnlyList<bool> down, IReadOnlyList<bool> up) => new()
    {
        InChannels = config.InChannels,
        OutChannels = config.InChannels,
        BlockOutChannels = config.BlockOutChannels,
        DownAttention = down,
        UpAttention = up.Count > 0 ? up : [.. down.Reverse()],
        LayersPerBlock = config.LayersPerBlock,
        AttentionHeads = DiffusersConfig.PerLevel(reader, "attention_head_dim", config.Levels, 8),
        TransformerLayers = DiffusersConfig.PerLevel(reader, "transformer_layers_per_block", config.Levels, 1),
        CrossAttentionDim = reader.Int("cross_attention_dim", 1280, 1, 16384),
        NormGroups = config.NormGroups,
        NormEps = config.NormEps,
        UseLinearProjection = reader.Bool("use_linear_projection", false),
        FlipSinToCos = config.FlipSinToCos,
        FreqShift = config.FreqShift,
    };
}
