namespace BrushEdit.Adapting;

/// <summary>The layers of a model that a LoRA changes.</summary>
/// <param name="File">The LoRA.</param>
/// <param name="Changes">The LoRA's layers that match the model.</param>
/// <param name="Left">The LoRA's layers that match nothing.</param>
internal sealed record LoraFit(LoraFile File, IReadOnlyList<LoraChange> Changes, IReadOnlyList<string> Left)
{
    /// <summary>A warning for the user; null if all layers match.</summary>
    public string? Warning => Left.Count == 0
        ? null
        : $"The LoRA '{File.Source}' fits only in part: {Changes.Count} of its {File.Count} layers; {Left.Count} do not exist in this model, such as {LoraFile.List(Left)}.";
}

/// <summary>A weight and the change that is added to it.</summary>
/// <param name="Weight">The weight's name in its network.</param>
/// <param name="Layer">The factors.</param>
internal sealed record LoraChange(string Weight, LoraLayer Layer);

/// <summary>A LoRA that is applied.</summary>
/// <param name="Fit">The layers it changes.</param>
/// <param name="Weight">How much of it is added; 0 adds nothing, and a negative weight subtracts it.</param>
internal sealed record LoraUse(LoraFit Fit, double Weight)
{
    /// <summary>A key that identifies this use: the file's content, the layer scalings from accompanying settings, and the weight.</summary>
    public string Key { get; } = FormattableString.Invariant($"{Fit.File.Digest}|{Scalings(Fit)}|{Weight:R}");

    private static string Scalings(LoraFit fit) => string.Join(
        ';', fit.Changes.Where(change => change.Layer.Scaling != default).Select(change => FormattableString.Invariant($"{change.Weight}={change.Layer.Scaling.Alpha}/{change.Layer.Scaling.ByRoot}")));
}
