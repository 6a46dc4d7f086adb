using BrushEdit.Loading;

namespace BrushEdit.Caching;

/// <summary>A model, or a part of one, in the pool.</summary>
/// <param name="Path">The folder or file its weights come from.</param>
/// <param name="Part">Which network of it, such as <c>vae</c>.</param>
/// <param name="Device">Device and precision.</param>
public sealed record LoadedModel(string Path, string Part, ComputeDevice Device)
{
    /// <summary>The parts of models whose weights it contains, from which a listing computes its size.</summary>
    public IReadOnlyList<(ModelFiles Files, ModelPart Part)> Sources { get; init; } = [];

    /// <summary>
    /// The peak of native memory, in bytes, that its last use needed beyond its weights, sampled about every 10 ms while it ran: activations, copies that
    /// LoRAs keep, and whatever else the process allocated meanwhile. Null before the first use has ended, after one shorter than that, on a GPU, and on systems whose C library
    /// does not report it (Linux with glibc 2.33 or later does).
    /// </summary>
    public long? Activations { get; init; }

    internal string Key => $"{Path}|{Part}|{Device}";
}
