using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>Compares a network's tensors with a checkpoint's: every name must exist, none may be left over, every shape must be equal.</summary>
public static class ModuleWeights
{
    /// <summary>Compares names and shapes; reads no data, so that a wrong checkpoint is rejected before anything large is allocated.</summary>
    /// <param name="expected">The tensors of a network on the meta device or a real one.</param>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="kind">The name of the network in the error, such as <c>BrushNet</c>.</param>
    /// <param name="mayBeLeft">Whether a checkpoint may contain a name that the network does not need (old buffers); null for no such name.</param>
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

    /// <summary>Whether a type is a floating-point type.</summary>
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
