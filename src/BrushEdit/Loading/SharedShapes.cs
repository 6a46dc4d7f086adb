namespace BrushEdit.Loading;

/// <summary>Compares two checkpoints, to determine whether one can lend the other its configuration or vocabulary.</summary>
internal static class SharedShapes
{
    // The tables of token embeddings: of CLIP's text encoder, and of Grounding DINO's.
    private static readonly string[] Tables = ["text_model.embeddings.token_embedding.weight", "model.text_backbone.embeddings.word_embeddings.weight"];

    /// <summary>Whether two checkpoints contain the same tensors, by name and shape, apart from those that files may omit or store twice.</summary>
    /// <param name="one">A checkpoint under its published names.</param>
    /// <param name="other">Another.</param>
    public static bool AreEqual(IWeights one, IWeights other)
    {
        TensorInfo[] own = [.. one.Tensors.Values.Where(info => IsEssential(info.Name))];
        return own.Length > 0
            && own.Length == other.Tensors.Keys.Count(IsEssential)
            && own.All(info => other.Tensors.TryGetValue(info.Name, out TensorInfo? theirs) && theirs.Shape.SequenceEqual(info.Shape));
    }

    /// <summary>Whether two text encoders have tables of the same length, so that one vocabulary serves both.</summary>
    /// <param name="one">A checkpoint under its published names.</param>
    /// <param name="other">Another.</param>
    public static bool HaveEqualTables(IWeights one, IWeights other) =>
        Tables.Any(table => one.Tensors.TryGetValue(table, out TensorInfo? own) && other.Tensors.TryGetValue(table, out TensorInfo? theirs)
            && own.Shape.Count == 2 && theirs.Shape.Count == 2 && own.Shape[0] == theirs.Shape[0]);

    // Position indices, shared box heads, the second name of SAM's coordinate embedding, an unused norm.
    private static bool IsEssential(string name) =>
        !name.EndsWith("position_ids", StringComparison.Ordinal)
        && !name.StartsWith("bbox_embed.", StringComparison.Ordinal)
        && !name.StartsWith("model.decoder.bbox_embed.", StringComparison.Ordinal)
        && !name.StartsWith("prompt_encoder.shared_embedding.", StringComparison.Ordinal)
        && !name.StartsWith("model.backbone.conv_encoder.model.swin.layernorm.", StringComparison.Ordinal)
        && !name.EndsWith("relative_position_index", StringComparison.Ordinal);
}
