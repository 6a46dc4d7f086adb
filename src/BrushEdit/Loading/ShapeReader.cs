namespace BrushEdit.Loading;

/// <summary>Reads a network's sizes from its tensors if there is no configuration: dimensions of tensors and numbers of layers.</summary>
/// <param name="weights">The checkpoint, under its published names.</param>
/// <param name="kind">The name of the network in errors.</param>
/// <param name="remedy">The remedy in errors.</param>
internal sealed class ShapeReader(IWeights weights, string kind, string remedy)
{
    /// <summary>The name of the checkpoint in errors.</summary>
    public string Source => weights.Source;

    /// <summary>Whether a tensor exists.</summary>
    /// <param name="name">Its name.</param>
    public bool Has(string name) => weights.Tensors.ContainsKey(name);

    /// <summary>A tensor's size along a dimension.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="side">The dimension, counted from 0.</param>
    /// <exception cref="EditException">The tensor does not exist, or has fewer dimensions.</exception>
    public int Side(string name, int side)
    {
        if (!weights.Tensors.TryGetValue(name, out TensorInfo? info))
        {
            throw Unfit($"lacks the tensor '{name}'");
        }

        return info.Shape.Count > side && info.Shape[side] is > 0 and <= int.MaxValue and long size
            ? (int)size
            : throw Unfit($"contains '{name}' in the shape {info.ShapeText}");
    }

    /// <summary>The number of layers of a kind: one more than the highest index after a prefix.</summary>
    /// <param name="prefix">The part of the names before the index, including the dot.</param>
    /// <exception cref="EditException">There is no layer, or an index is missing.</exception>
    public int Count(string prefix)
    {
        IReadOnlySet<int> numbers = LayerCounts.Numbers(weights, prefix);
        return numbers.Count > 0 && numbers.Max() == numbers.Count - 1 ? numbers.Count : throw Unfit($"lacks tensors of the layers from '{prefix}0'");
    }

    /// <summary>The error for a checkpoint that is incomplete, or whose shapes do not show enough.</summary>
    /// <param name="what">What is wrong with it.</param>
    public EditException Unfit(string what) =>
        new(EditFault.BadModel, $"'{Source}' is a {kind} without a config.json, and {what}.", remedy, Source);
}
