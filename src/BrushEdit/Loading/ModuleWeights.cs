using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>Holds a network's own tensors against a checkpoint's: every name there, none left over, every shape equal.</summary>
public static class ModuleWeights
{
    /// <summary>Compares names and shapes; reads no data, so that a wrong checkpoint is refused before anything large is allocated.</summary>
    /// <param name="expected">The network's tensors, from a network built on the meta device or a real one.</param>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="kind">What the network is called in the error, such as <c>BrushNet</c>.</param>
    /// <param name="mayBeLeft">Names a checkpoint may hold that the network does not need (old buffers).</param>
    /// <exception cref="EditException">Lists the first missing, unexpected and misshapen tensors, each with its full name and shapes.</exception>
    public static void Check(
        IReadOnlyDictionary<string, torch.Tensor> expected,
        IWeights weights,
        string kind,
        Func<string, bool>? mayBeLeft = null)
    {
        List<string> faults = [];
        foreach ((string name, torch.Tensor tensor) in expected)
        {
            if (!weights.Tensors.TryGetValue(name, out TensorInfo? info))
            {
                faults.Add($"'{name}' is missing (expected shape [{string.Join(", ", tensor.shape)}])");
            }
            else if (!info.Shape.SequenceEqual(tensor.shape))
            {
                faults.Add($"'{name}' has shape {info.ShapeText}, expected [{string.Join(", ", tensor.shape)}]");
            }
            else if (tensor.is_floating_point() != IsFloat(info.Type))
            {
                faults.Add($"'{name}' has type {info.Type}, expected {tensor.dtype}");
            }
        }

        faults.AddRange(weights.Tensors.Keys
            .Where(name => !expected.ContainsKey(name) && mayBeLeft?.Invoke(name) != true)
            .Order(StringComparer.Ordinal)
            .Select(name => $"'{name}' is not part of the network"));
        if (faults.Count > 0)
        {
            throw Mismatch(faults, weights.Source, kind);
        }
    }

    /// <summary>Copies a checkpoint's tensors into a network's, converting type and device.</summary>
    /// <param name="target">The network's tensors; they must not be on the meta device.</param>
    /// <param name="weights">A checkpoint that <see cref="Check"/> has passed.</param>
    public static void Copy(IReadOnlyDictionary<string, torch.Tensor> target, IWeights weights)
    {
        using IDisposable noGradients = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in target)
        {
            using torch.Tensor stored = weights.Read(name);
            tensor.copy_(stored);
        }
    }

    /// <summary>Whether a type is of floating-point numbers.</summary>
    /// <param name="type">The type.</param>
    internal static bool IsFloat(torch.ScalarType type) =>
        type is torch.ScalarType.Float16 or torch.ScalarType.BFloat16 or torch.ScalarType.Float32 or torch.ScalarType.Float64;

    private static EditException Mismatch(List<string> faults, string source, string kind)
    {
        const int shown = 5;
        string list = string.Join("; ", faults.Take(shown));
        string more = faults.Count > shown ? $"; and {faults.Count - shown} more" : string.Empty;
        return new EditException(
            EditFault.BadModel,
            $"'{source}' does not contain a {kind} as described by its configuration: {list}{more}.",
            $"Check that the folder is a {kind} and that config.json belongs to it.",
            source);
    }
}
