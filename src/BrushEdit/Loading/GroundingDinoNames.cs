using System.Text.RegularExpressions;

namespace BrushEdit.Loading;

/// <summary>
/// Maps the names in a Grounding DINO checkpoint as its authors published it (github.com/IDEA-Research/GroundingDINO) to those
/// of the transformers library. Query, key and value, which the authors store as one tensor, become three.
/// </summary>
internal static partial class GroundingDinoNames
{
    private const string Module = "module.";
    private const string Swin = "model.backbone.conv_encoder.model.";

    private static readonly string[] AttentionParts = ["query", "key", "value"];

    private static readonly (string Old, string New)[] Places =
    [
        ("bert.", "model.text_backbone."),
        ("feat_map.", "model.text_projection."),
        ("input_proj.", "model.input_proj_vision."),
        ("transformer.level_embed", "model.level_embed"),
        ("transformer.tgt_embed.", "model.query_position_embeddings."),
        ("transformer.enc_output.", "model.enc_output."),
        ("transformer.enc_output_norm.", "model.enc_output_norm."),
        ("transformer.enc_out_bbox_embed.", "model.encoder_output_bbox_embed."),
        ("transformer.decoder.norm.", "model.decoder.layer_norm."),
        ("transformer.decoder.ref_point_head.", "model.decoder.reference_points_head."),
        ("transformer.decoder.bbox_embed.", "model.decoder.bbox_embed."),
        ("backbone.0.patch_embed.proj.", Swin + "embeddings.patch_embeddings.projection."),
        ("backbone.0.patch_embed.norm.", Swin + "embeddings.norm."),
    ];

    private static readonly Dictionary<string, string> SwinBlockParts = new(StringComparer.Ordinal)
    {
        ["norm1"] = "layernorm_before",
        ["norm2"] = "layernorm_after",
        ["attn.proj"] = "attention.output.dense",
        ["mlp.fc1"] = "intermediate.dense",
        ["mlp.fc2"] = "output.dense",
    };

    private static readonly Dictionary<string, string> Deformable = new(StringComparer.Ordinal)
    {
        ["norm1"] = "self_attn_layer_norm",
        ["linear1"] = "fc1",
        ["linear2"] = "fc2",
        ["norm2"] = "final_layer_norm",
    };

    private static readonly Dictionary<string, string> TextLayer = new(StringComparer.Ordinal)
    {
        ["norm1"] = "layer_norm_before",
        ["norm2"] = "layer_norm_after",
        ["linear1"] = "fc1",
        ["linear2"] = "fc2",
    };

    private static readonly Dictionary<string, string> Fusion = new(StringComparer.Ordinal)
    {
        ["layer_norm_v"] = "layer_norm_vision",
        ["layer_norm_l"] = "layer_norm_text",
        ["attn.v_proj"] = "attn.vision_proj",
        ["attn.l_proj"] = "attn.text_proj",
        ["attn.values_v_proj"] = "attn.values_vision_proj",
        ["attn.values_l_proj"] = "attn.values_text_proj",
        ["attn.out_v_proj"] = "attn.out_vision_proj",
        ["attn.out_l_proj"] = "attn.out_text_proj",
    };

    private static readonly Dictionary<string, string> Decoder = new(StringComparer.Ordinal)
    {
        ["norm1"] = "encoder_attn_layer_norm",
        ["norm2"] = "self_attn_layer_norm",
        ["norm3"] = "final_layer_norm",
        ["catext_norm"] = "encoder_attn_text_layer_norm",
        ["linear1"] = "fc1",
        ["linear2"] = "fc2",
    };

    /// <summary>Whether a name follows the authors' scheme.</summary>
    /// <param name="name">A stored name.</param>
    public static bool IsOriginal(string name) =>
        Bare(name) is var bare && (bare.StartsWith("transformer.", StringComparison.Ordinal) || bare.StartsWith("backbone.0.", StringComparison.Ordinal));

    /// <summary>The names of a stored tensor in the transformers library.</summary>
    /// <param name="info">The tensor.</param>
    /// <returns>The whole tensor under its new name, or its three equal parts; none for an unused tensor (buffers, a pooler, training labels).</returns>
    public static IEnumerable<StoredPart> Parts(TensorInfo info)
    {
        string name = Bare(info.Name);
        if (name.StartsWith("bert.pooler.", StringComparison.Ordinal)
            || name.StartsWith("label_enc.", StringComparison.Ordinal)
            || name.EndsWith(".relative_position_index", StringComparison.Ordinal)
            || name.EndsWith(".attn_mask", StringComparison.Ordinal)
            || name == "bert.embeddings.position_ids")
        {
            return [];
        }

        foreach ((string old, string today) in Places)
        {
            if (name.StartsWith(old, StringComparison.Ordinal))
            {
                return [new StoredPart(today + name[old.Length..])];
            }
        }

        if (Norm().Match(name) is { Success: true } norm)
        {
            // The authors count a stage's output from 0, the library from 1.
            return [new StoredPart($"{Swin}hidden_states_norms.stage{norm.Groups["stage"].Value[0] - '0' + 1}.{norm.Groups["rest"].Value}")];
        }

        Match layer = Layer().Match(name);
        if (!layer.Success)
        {
            return [new StoredPart(name)];
        }

        (string number, string rest) = (layer.Groups["number"].Value, layer.Groups["rest"].Value);
        return layer.Groups["group"].Value switch
        {
            "transformer.encoder.layers" => [new StoredPart($"model.encoder.layers.{number}.deformable_layer.{PlaceOf(rest, Deformable)}")],
            "transformer.encoder.text_layers" => Split(info, $"model.encoder.layers.{number}.text_enhancer_layer.", rest, "self_attn", TextLayer),
            "transformer.encoder.fusion_layers" => [new StoredPart($"model.encoder.layers.{number}.fusion_layer.{rest switch { "gamma_v" => "vision_param", "gamma_l" => "text_param", _ => PlaceOf(rest, Fusion) }}")],
            "transformer.decoder.layers" when rest.StartsWith("cross_attn.", StringComparison.Ordinal) =>
                [new StoredPart($"model.decoder.layers.{number}.encoder_attn.{rest["cross_attn.".Length..]}")],
            "transformer.decoder.layers" when rest.StartsWith("ca_text.", StringComparison.Ordinal) =>
                Split(info, $"model.decoder.layers.{number}.", $"encoder_attn_text.{rest["ca_text.".Length..]}", "encoder_attn_text", Decoder),
            "transformer.decoder.layers" => Split(info, $"model.decoder.layers.{number}.", rest, "self_attn", Decoder),
            _ => SwinLayer(info, $"{Swin}encoder.layers.{number}.", rest),
        };
    }

    private static IEnumerable<StoredPart> SwinLayer(TensorInfo info, string prefix, string rest)
    {
        Match block = Block().Match(rest);
        if (!block.Success)
        {
            return [new StoredPart(prefix + rest)];
        }

        string place = $"{prefix}blocks.{block.Groups["number"].Value}.";
        string inner = block.Groups["rest"].Value;
        return inner switch
        {
            "attn.relative_position_bias_table" => [new StoredPart(place + "attention.self.relative_position_bias_table")],
            "attn.qkv.weight" or "attn.qkv.bias" => Thirds(info, part => $"{place}attention.self.{part}.{inner["attn.qkv.".Length..]}"),
            _ => [new StoredPart(place + PlaceOf(inner, SwinBlockParts))],
        };
    }

    private static IEnumerable<StoredPart> Split(TensorInfo info, string prefix, string rest, string attention, Dictionary<string, string> names) =>
        rest == $"{attention}.in_proj_weight" ? Thirds(info, part => $"{prefix}{attention}.{part}.weight")
        : rest == $"{attention}.in_proj_bias" ? Thirds(info, part => $"{prefix}{attention}.{part}.bias")
        : [new StoredPart(prefix + PlaceOf(rest, names))];

    private static IEnumerable<StoredPart> Thirds(TensorInfo info, Func<string, string> name)
    {
        long rows = info.Shape is [long all, ..] && all % 3 == 0 ? all / 3 : throw new EditException(
            EditFault.BadModel, $"The tensor '{info.Name}' of shape {info.ShapeText} cannot be query, key and value.", "Copy the model again.", info.Name);
        return AttentionParts.Select((part, at) => new StoredPart(name(part), at * rows, rows));
    }

    // The last word is weight or bias; the words before it are looked up.
    private static string PlaceOf(string rest, Dictionary<string, string> names)
    {
        int dot = rest.LastIndexOf('.');
        return dot > 0 && names.TryGetValue(rest[..dot], out string? today) ? today + rest[dot..] : rest;
    }

    private static string Bare(string name) => name.StartsWith(Module, StringComparison.Ordinal) ? name[Module.Length..] : name;

    [GeneratedRegex(@"^backbone\.0\.norm(?<stage>[0-8])\.(?<rest>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Norm();

    [GeneratedRegex(@"^(?<group>transformer\.encoder\.(?:layers|text_layers|fusion_layers)|transformer\.decoder\.layers|backbone\.0\.layers)\.(?<number>[0-9]+)\.(?<rest>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Layer();

    [GeneratedRegex(@"^blocks\.(?<number>[0-9]+)\.(?<rest>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Block();
}
