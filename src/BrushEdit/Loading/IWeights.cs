using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>Tensors by name, as a checkpoint holds them; read one at a time, when asked for.</summary>
public interface IWeights
{
    /// <summary>What the weights are called in errors: a path, as a rule.</summary>
    string Source { get; }

    /// <summary>Every tensor's name with its shape and type.</summary>
    IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>Reads one tensor in its stored type, on the CPU. The caller owns it.</summary>
    /// <param name="name">A key of <see cref="Tensors"/>.</param>
    /// <exception cref="EditException">No tensor of that name is there.</exception>
    torch.Tensor Read(string name);

    /// <summary>Where a file holds a tensor as it is, so that it can be read straight into the memory that it is wanted in.</summary>
    /// <param name="name">A key of <see cref="Tensors"/>.</param>
    /// <returns>Null if it must be asked for by <see cref="Read"/>: it is made from what is stored, held against it, or lies in no file.</returns>
    internal StoredRange? Find(string name) => null;
}

/// <summary>Weights that hold files open until they are disposed.</summary>
public interface IWeightsFile : IWeights, IDisposable
{
}

/// <summary>What a checkpoint's header says of one tensor.</summary>
/// <param name="Name">Its full name, such as <c>down_blocks.0.resnets.0.conv1.weight</c>.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its shape, outermost dimension first; empty for a scalar.</param>
public sealed record TensorInfo(string Name, torch.ScalarType Type, IReadOnlyList<long> Shape)
{
    /// <summary>The number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The shape in words: <c>[320, 4, 3, 3]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
