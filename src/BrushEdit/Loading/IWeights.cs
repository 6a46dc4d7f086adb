using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>The tensors of a checkpoint by name, read one at a time on request.</summary>
public interface IWeights
{
    /// <summary>The name of the weights in errors, usually a path.</summary>
    string Source { get; }

    /// <summary>Every tensor's name with its shape and type.</summary>
    IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>Reads one tensor in its stored type, on the CPU. The caller owns it.</summary>
    /// <param name="name">A key of <see cref="Tensors"/>.</param>
    /// <exception cref="EditException">There is no tensor of that name.</exception>
    torch.Tensor Read(string name);

    /// <summary>The place where a file stores a tensor unchanged, so that it can be read directly into its target memory.</summary>
    /// <param name="name">A key of <see cref="Tensors"/>.</param>
    /// <returns>Null if <see cref="Read"/> must be used: the tensor is derived from stored ones, is compared with them, or is in no file.</returns>
    internal StoredRange? Find(string name) => null;
}

/// <summary>Weights that hold files open until they are disposed.</summary>
public interface IWeightsFile : IWeights, IDisposable
{
}

/// <summary>The entry of one tensor in a checkpoint's header.</summary>
/// <param name="Name">Its full name, such as <c>down_blocks.0.resnets.0.conv1.weight</c>.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its shape, outermost dimension first; empty for a scalar.</param>
public sealed record TensorInfo(string Name, torch.ScalarType Type, IReadOnlyList<long> Shape)
{
    /// <summary>The number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The shape as text: <c>[320, 4, 3, 3]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
