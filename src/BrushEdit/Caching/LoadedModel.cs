using BrushEdit.Loading;

namespace BrushEdit.Caching;

/// <summary>A model, or a part of one, in the pool.</summary>
/// <param name="Path">The folder or file its weights come from.</param>
/// <param name="Part">Which network of it, such as <c>vae</c>.</param>
/// <param name="Device">Device and precision.</param>
public sealed record LoadedModel(string Path, string Part, ComputeDevice Device)
{
    /// <summary>The parts of models whose weights it holds, for a listing to tell its size.</summary>
    public IReadOnlyList<(ModelFiles Files, ModelPart Part)> Sources { get; init; } = [];

    internal string Key => $"{Path}|{Part}|{Device}";
}
