using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>What the configurations of the U-Net and of BrushNet have in common, and how other kinds of models are distinguished from them.</summary>
internal static class DiffusersConfig
{
    /// <summary>
    /// Rejects the configuration of a similar model of another kind: a ControlNet, BrushNet or U-Net in another's place, or one with other added
    /// embeddings.
    /// </summary>
    public static void RefuseOtherKinds(ConfigReader reader, string wanted, string className)
    {
        string given = reader.Has("_class_name") ? reader.Text("_class_name") : string.Empty;
        bool controlNet = given.Contains("ControlNet", StringComparison.Ordinal)
            || reader.Has("controlnet_conditioning_channel_order");
        bool brushNet = given == "BrushNetModel" || reader.Has("brushnet_conditioning_channel_order");
        if (controlNet && className != "ControlNetModel")
        {
            throw Wrong(reader, wanted, "a ControlNet", "A ControlNet cannot take its place; point to the published folder of the right model.");
        }

        if (brushNet && className != "BrushNetModel")
        {
            throw Wrong(reader, wanted, "a BrushNet", "Point to the U-Net of a Stable Diffusion folder (unet/) here, and to the BrushNet separately.");
        }

        if (given.Length > 0 && given != className)
        {
            throw Wrong(reader, wanted, $"a model of class {given}", "Point to the published folder of the right model.");
        }

        if (!brushNet && className == "BrushNetModel" && !reader.Has("conditioning_channels"))
        {
            throw Wrong(reader, wanted, "a plain U-Net", "Point to a BrushNet's own folder, or make one from the U-Net.");
        }

        if (!controlNet && className == "ControlNetModel" && given.Length == 0)
        {
            throw Wrong(reader, wanted, "a plain U-Net", "Point to a ControlNet's own folder.");
        }

        if (reader.Has("addition_embed_type") && reader.Raw("addition_embed_type").ToString() is "text_image" or "text" or "image" or "image_hint")
        {
            throw Wrong(reader, wanted, "a model with other added embeddings", "Only U-Nets and BrushNets of the shape of Stable Diffusion 1.5 and XL are supported.");
        }
    }

    /// <summary>Requires that settings of both networks have the only supported value.</summary>
    public static void ExpectPlain(ConfigReader reader)
    {
        reader.Expect("act_fn", "\"silu\"", "\"swish\"");
        reader.Expect("only_cross_attention", "false");
        reader.Expect("downsample_padding", "1");
        reader.Expect("mid_block_scale_factor", "1", "1.0");
        reader.Expect("num_attention_heads", "null");
        reader.Expect("class_embed_type", "null");
        reader.Expect("addition_embed_type", "\"text_time\"");
        reader.Expect("num_class_embeds", "null");
        reader.Expect("encoder_hid_dim", "null");
        reader.Expect("encoder_hid_dim_type", "null");
        reader.Expect("upcast_attention", "false");
        reader.Expect("resnet_time_scale_shift", "\"default\"");
    }

    /// <summary>A whole number for every level: one number for all, or a list with one each.</summary>
    public static IReadOnlyList<int> PerLevel(ConfigReader reader, string key, int levels, int otherwise)
    {
        if (reader.Raw(key).ValueKind != JsonValueKind.Array)
        {
            return [.. Enumerable.Repeat(reader.Int(key, otherwise, 1, 1024), levels)];
        }

        IReadOnlyList<int> list = reader.Ints(key, null, 1, 1024);
        Require(reader.Source, list.Count == levels, key, "must have one entry for each of block_out_channels");
        return list;
    }

    /// <summary>Reads a list of block types as whether each has attention.</summary>
    public static IReadOnlyList<bool> Attention(ConfigReader reader, string key, IReadOnlyList<string> otherwise, string plain, string? crossed)
    {
        List<bool> attention = [];
        foreach (string type in reader.Texts(key, otherwise))
        {
            Require(reader.Source, type == plain || type == crossed, key, $"names the block type {type}, which is not supported");
            attention.Add(type == crossed);
        }

        return attention;
    }

    /// <summary>Checks what every network of resolution levels needs.</summary>
    public static void ValidateLevels(string source, IReadOnlyList<int> widths, int layers, int groups, params ReadOnlySpan<int> sizes)
    {
        Require(source, widths.Count is > 0 and <= 8, "block_out_channels", "must have between 1 and 8 entries");
        Require(source, layers > 0, "layers_per_block", "must be positive");
        Require(source, groups > 0, "norm_num_groups", "must be positive");
        foreach (int width in widths)
        {
            Require(source, width > 0 && width % groups == 0, "block_out_channels", $"has {width}, which norm_num_groups ({groups}) does not divide");
        }

        foreach (int size in sizes)
        {
            Require(source, size > 0, "in_channels, out_channels, cross_attention_dim or sample_size", "must be positive");
        }
    }

    public static void Require(string source, bool holds, string key, string what)
    {
        if (!holds)
        {
            throw new EditException(EditFault.BadModel, $"In the configuration '{source}', {key} {what}.", "Check that it belongs to a model of the right kind.", key);
        }
    }

    public static JsonArray List(IEnumerable<int> values) => new([.. values.Select(value => (JsonNode)value)]);

    public static JsonArray List(IEnumerable<string> values) => new([.. values.Select(value => (JsonNode)value)]);

    /// <summary>One number if all levels agree, otherwise the list.</summary>
    public static JsonNode Compact(IReadOnlyList<int> values) => values.Distinct().Count() == 1 ? values[0] : List(values);

    private static EditException Wrong(ConfigReader reader, string wanted, string found, string remedy) =>
        new(EditFault.BadModel, $"The configuration '{reader.Source}' belongs to {found}, not to a {wanted} of the shape of Stable Diffusion 1.5 or XL.", remedy, reader.Source);
}
