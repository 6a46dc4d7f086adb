using System.Globalization;

namespace BrushEdit.Loading;

/// <summary>
/// Holds the numbers of layers that a configuration tells against the names in the checkpoint, before a network is built: building by a
/// wrong number can take long, and the comparison tensor by tensor comes only after it.
/// </summary>
internal static class LayerCounts
{
    /// <summary>Compares.</summary>
    /// <param name="weights">The checkpoint, under its published names.</param>
    /// <param name="kind">What the network is called in the error.</param>
    /// <param name="told">What the configuration says: the key, the number, and what stands before the number of a layer in the tensors' names.</param>
    /// <exception cref="EditException">Names the key and both numbers.</exception>
    public static void Require(IWeights weights, string kind, params (string Key, int Count, string Prefix)[] told)
    {
        foreach ((string key, int count, string prefix) in told)
        {
            int held = Numbers(weights, prefix).Count;
            if (held != count)
            {
                throw new EditException(
                    EditFault.BadModel,
                    $"'{weights.Source}' does not contain a {kind} as described by its configuration: {key} is {count}, and the file holds {held} (tensors '{prefix}0' on).",
                    "Check that config.json belongs to the weights beside it.",
                    key);
            }
        }
    }

    /// <summary>The numbers of the layers that a checkpoint holds.</summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="prefix">What stands before the number, its dot included.</param>
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
