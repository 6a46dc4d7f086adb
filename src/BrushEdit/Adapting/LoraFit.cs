namespace BrushEdit.Adapting;

/// <summary>Where a LoRA goes into a model.</summary>
/// <param name="File">The LoRA.</param>
/// <param name="Changes">The layers that have a place.</param>
/// <param name="Left">The layers that have none.</param>
internal sealed record LoraFit(LoraFile File, IReadOnlyList<LoraChange> Changes, IReadOnlyList<string> Left)
{
    /// <summary>What the user should know; null if everything has its place.</summary>
    public string? Warning => Left.Count == 0
        ? null
        : $"The LoRA '{File.Source}' fits only in part: {Changes.Count} of its {File.Count} layers; {Left.Count} do not exist in this model, such as {LoraFile.List(Left)}.";
}

/// <summary>A weight and what is added to it.</summary>
/// <param name="Weight">The weight's name in its network.</param>
/// <param name="Layer">The factors.</param>
internal sealed record LoraChange(string Weight, LoraLayer Layer);

/// <summary>A LoRA at work.</summary>
/// <param name="Fit">Where it goes.</param>
/// <param name="Weight">How much of it is added; 0 is nothing, below 0 the opposite.</param>
internal sealed record LoraUse(LoraFit Fit, double Weight)
{
    /// <summary>What tells this one from another: the file's content, how its layers are scaled by what is written beside it, and the weight.</summary>
    public string Key { get; } = FormattableString.Invariant($"{Fit.File.Digest}|{Scalings(Fit)}|{Weight:R}");

    private static string Scalings(LoraFit fit) => string.Join(
        ';', fit.Changes.Where(change => change.Layer.Scaling != default).Select(change => FormattableString.Invariant($"{change.Weight}={change.Layer.Scaling.Alpha}/{change.Layer.Scaling.ByRoot}")));
}
