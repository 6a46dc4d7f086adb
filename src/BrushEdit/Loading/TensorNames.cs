namespace BrushEdit.Loading;

/// <summary>
/// Maps the older names and shapes of the parts of Stable Diffusion in diffusers folders to the current ones, with pure functions for
/// <see cref="RenamedWeights"/>.
/// </summary>
public static class TensorNames
{
    private static readonly (string Old, string New)[] AttentionNames =
    [
        (".query.", ".to_q."),
        (".key.", ".to_k."),
        (".value.", ".to_v."),
        (".proj_attn.", ".to_out.0."),
    ];

    private static readonly string[] TextEncoderParts = ["embeddings.", "encoder.", "final_layer_norm."];

    /// <summary>Maps the older names of the VAE's attention layers (query, key, value, proj_attn) to the current ones.</summary>
    /// <param name="name">A stored name, old or current.</param>
    /// <returns>The current name.</returns>
    public static string? Vae(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Contains(".mid_block.attentions.", StringComparison.Ordinal))
        {
            foreach ((string old, string today) in AttentionNames)
            {
                name = name.Replace(old, today, StringComparison.Ordinal);
            }
        }

        return name;
    }

    /// <summary>Maps the shape of VAE attention weights that are stored as 1x1 convolutions, (C, C, 1, 1), to (C, C).</summary>
    /// <param name="name">The current name.</param>
    /// <param name="shape">The stored shape.</param>
    /// <returns>The shape of a linear layer if the name is that of such a weight; otherwise the stored shape.</returns>
    public static IReadOnlyList<long> VaeShape(string name, IReadOnlyList<long> shape)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(shape);
        bool attention = name.Contains(".mid_block.attentions.", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal);
        return attention && shape is [long outputs, long inputs, 1, 1] ? [outputs, inputs] : shape;
    }

    /// <summary>
    /// Maps the names of a text encoder, which may lack their first word. Position indices and the other parts of a complete CLIP are not
    /// needed.
    /// </summary>
    /// <param name="name">A stored name.</param>
    /// <returns>The current name; null if it is not needed.</returns>
    public static string? TextEncoder(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        bool other = name.EndsWith("embeddings.position_ids", StringComparison.Ordinal)
            || name == "logit_scale"
            || name.StartsWith("vision_model.", StringComparison.Ordinal)
            || name.StartsWith("visual_projection.", StringComparison.Ordinal);
        return other ? null
            : TextEncoderParts.Any(part => name.StartsWith(part, StringComparison.Ordinal)) ? "text_model." + name
            : name;
    }
}
