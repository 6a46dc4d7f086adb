namespace BrushEdit.Loading;

/// <summary>
/// The older names and shapes under which the parts of Stable Diffusion are stored in diffusers folders, as pure functions for
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

    /// <summary>The VAE's attention layers were once called query, key, value and proj_attn.</summary>
    /// <param name="name">A stored name of either time.</param>
    /// <returns>Today's name.</returns>
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

    /// <summary>The VAE's attention weights may be stored as 1x1 convolutions: (C, C, 1, 1) is (C, C).</summary>
    /// <param name="name">Today's name.</param>
    /// <param name="shape">The stored shape.</param>
    /// <returns>The shape of a linear layer where the name is one of them; else the shape as it is.</returns>
    public static IReadOnlyList<long> VaeShape(string name, IReadOnlyList<long> shape)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(shape);
        bool attention = name.Contains(".mid_block.attentions.", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal);
        return attention && shape is [long outputs, long inputs, 1, 1] ? [outputs, inputs] : shape;
    }

    /// <summary>
    /// Text encoders may be stored without the first word of their names, may hold the counted positions, and may be part of a whole CLIP,
    /// of which the rest is not needed.
    /// </summary>
    /// <param name="name">A stored name.</param>
    /// <returns>The name; null for what is not the text encoder's.</returns>
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
