using System.Globalization;

namespace BrushEdit.Loading;

/// <summary>
/// Compares the numbers of layers in a configuration with the names in the checkpoint before a network is built: building with a
/// wrong number can take long, and tensors are compared one by one only afterwards.
/// </summary>
internal static class LayerCounts
{
    /// <summary>Checks the numbers of layers.</summary>
    /// <param name="weights">The checkpoint, under its published names.</param>
    /// <param name="kind">The name of the network in the error.</param>
    /// <param name="told">The configuration's keys and numbers of layers, each with the part of the tensors' names before a layer's number.</param>
    /// <exception cref="EditException">A number differs; the error names the key and both numbers.</exception>
    public static void Require(IWeights weights, string kind, params (string Key, int Count, string Prefix)[] told)
    {
        foreach ((string key, int count, string prefix) in told)
        {
            int held = Numbers(weights, prefix).Count;
            if (held != count)
            {
                throw new EditException(
                    EditFault.BadModel,
                    $"'{weights.Source}' does not contain a {kind} as described by its configuration: {key} is {count}, but the file has {held} (tensors from '{prefix}0').",
                    "Check that config.json belongs to the weights beside it.",
                    key);
            }
        }
    }

    /// <summary>The indices of the layers in a checkpoint.</summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="prefix">The part of the names before the index, including the dot.</param>
    public static IReadOnlySet<int> Numbers(IWeights weights, string prefix)
    {
        HashSet<int> numbers = [];
        foreach (string name in weights.Tensors.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            ReadOnlySpan<char> rest = name.AsSpan(prefix.Length);
            int dot = rest.IndexOf('.');
            if (dot > 0 && int.TryParse(rest[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                numbers.Add(number);
            }
        }

        return numbers;
    }
}
