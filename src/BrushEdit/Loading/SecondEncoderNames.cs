namespace BrushEdit.Loading;

/// <summary>
/// Maps the names of Stable Diffusion XL's second text encoder in a single file, which are those of OpenCLIP: an attention stores query, key
/// and value as one tensor, and the projection is transposed.
/// </summary>
internal static class SecondEncoderNames
{
    private const string Layers = "transformer.resblocks.";

    private static readonly string[] Joined = ["q_proj", "k_proj", "v_proj"];

    private static readonly Dictionary<string, string> Top = new(StringComparer.Ordinal)
    {
        ["positional_embedding"] = "text_model.embeddings.position_embedding.weight",
        ["token_embedding.weight"] = "text_model.embeddings.token_embedding.weight",
        ["ln_final.weight"] = "text_model.final_layer_norm.weight",
        ["ln_final.bias"] = "text_model.final_layer_norm.bias",
    };

    private static readonly Dictionary<string, string> Layer = new(StringComparer.Ordinal)
    {
        ["ln_1"] = "layer_norm1",
        ["ln_2"] = "layer_norm2",
        ["mlp.c_fc"] = "mlp.fc1",
        ["mlp.c_proj"] = "mlp.fc2",
        ["attn.out_proj"] = "self_attn.out_proj",
    };

    /// <summary>A stored tensor's parts under the names of <c>text_encoder_2/</c>; none if it is another part's or the training temperature.</summary>
    /// <param name="info">The tensor as it is stored.</param>
    public static IEnumerable<StoredPart> Parts(TensorInfo info)
    {
        if (!info.Name.StartsWith(SingleFileNames.SecondTextEncoderPrefix, StringComparison.Ordinal))
        {
            return [];
        }

        string name = info.Name[SingleFileNames.SecondTextEncoderPrefix.Length..];
        return Top.TryGetValue(name, out string? top) ? [new StoredPart(top)]
            : name == "text_projection" && info.Shape.Count == 2 ? [new StoredPart("text_projection.weight", IsTransposed: true)]
            : name.StartsWith(Layers, StringComparison.Ordinal) ? LayerParts(info, name[Layers.Length..].Split('.', 2))
            : [];
    }

    private static IEnumerable<StoredPart> LayerParts(TensorInfo info, string[] name)
    {
        if (name is not [string number, string rest])
        {
            return [];
        }

        string prefix = $"text_model.encoder.layers.{number}.";
        const string joined = "attn.in_proj_";
        if (rest.StartsWith(joined, StringComparison.Ordinal) && info.Shape is [long rows, ..])
        {
            return Joined.Select((part, i) => new StoredPart($"{prefix}self_attn.{part}.{rest[joined.Length..]}", i * (rows / Joined.Length), rows / Joined.Length));
        }

        int dot = rest.LastIndexOf('.');
        return dot > 0 && Layer.TryGetValue(rest[..dot], out string? today) ? [new StoredPart($"{prefix}{today}.{rest[(dot + 1)..]}")] : [];
    }
}
