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

    /// <summary>
    /// Bytes of native memory that its last use took at the most beyond its weights, looked at every 10 ms while it ran: what it computed with,
    /// copies that LoRAs keep, and whatever else the process allocated meanwhile. Null before a use has ended, on a GPU, and on systems whose C library
    /// does not tell (it does on Linux, with glibc 2.33 or later).
    /// </summary>
    public long? Activations { get; init; }

    internal string Key => $"{Path}|{Part}|{Device}";
}
