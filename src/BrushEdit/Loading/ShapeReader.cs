namespace BrushEdit.Loading;

/// <summary>Reads a network's sizes from its tensors where no configuration came with them: sides of tensors and numbers of layers.</summary>
/// <param name="weights">The checkpoint, under its published names.</param>
/// <param name="kind">What the network is called in errors.</param>
/// <param name="remedy">What to use instead.</param>
internal sealed class ShapeReader(IWeights weights, string kind, string remedy)
{
    /// <summary>What errors call the checkpoint.</summary>
    public string Source => weights.Source;

    /// <summary>Whether a tensor is there.</summary>
    /// <param name="name">Its name.</param>
    public bool Has(string name) => weights.Tensors.ContainsKey(name);

    /// <summary>A tensor's size along a side.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="side">The side, counted from 0.</param>
    /// <exception cref="EditException">The tensor does not exist, or has fewer sides.</exception>
    public int Side(string name, int side)
    {
        if (!weights.Tensors.TryGetValue(name, out TensorInfo? info))
        {
            throw Unfit($"lacks the tensor '{name}'");
        }

        return info.Shape.Count > side && info.Shape[side] is > 0 and <= int.MaxValue and long size
            ? (int)size
            : throw Unfit($"holds '{name}' in the shape {info.ShapeText}");
    }

    /// <summary>How many layers there are of a kind: one more than the highest number behind a prefix.</summary>
    /// <param name="prefix">What stands before the number, its dot included.</param>
    /// <exception cref="EditException">There is none, or a number is left out.</exception>
    public int Count(string prefix)
    {
        IReadOnlySet<int> numbers = LayerCounts.Numbers(weights, prefix);
        return numbers.Count > 0 && numbers.Max() == numbers.Count - 1 ? numbers.Count : throw Unfit($"lacks tensors of the layers '{prefix}0' on");
    }

    /// <summary>The error for a checkpoint that is not whole, or of which more than the shapes must be known.</summary>
    /// <param name="what">What is wrong with it.</param>
    public EditException Unfit(string what) =>
        new(EditFault.BadModel, $"'{Source}' is a {kind} without a config.json, and {what}.", remedy, Source);
}
