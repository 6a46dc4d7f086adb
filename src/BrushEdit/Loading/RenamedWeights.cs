using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>A stored tensor, or rows of it, under another name.</summary>
/// <param name="Name">The name it gets.</param>
/// <param name="FirstRow">The first of its rows, along the outermost dimension.</param>
/// <param name="Rows">How many rows; null for all of them.</param>
/// <param name="IsTransposed">Whether its two dimensions are swapped.</param>
internal readonly record struct StoredPart(string Name, long FirstRow = 0, long? Rows = null, bool IsTransposed = false);

/// <summary>
/// A view of a checkpoint under other names: pure functions rename, reshape, divide or omit its tensors, which are read only on
/// request.
/// </summary>
public sealed class RenamedWeights : IWeightsFile
{
    private readonly IWeights inner;
    private readonly Dictionary<string, (string Name, StoredPart Part)> stored = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);

    /// <summary>Creates a view of a checkpoint.</summary>
    /// <param name="inner">The checkpoint; disposed with this view if it can be.</param>
    /// <param name="rename">Maps a stored name to the wanted one; null omits the tensor.</param>
    /// <param name="reshape">Maps the wanted name and the stored shape to the wanted shape, with as many elements; null keeps all shapes.</param>
    /// <exception cref="EditException">Two stored tensors would get the same name, or a shape has a different number of elements.</exception>
    public RenamedWeights(IWeights inner, Func<string, string?> rename, Func<string, IReadOnlyList<long>, IReadOnlyList<long>>? reshape = null)
        : this(inner, info => rename(info.Name) is string name ? [new StoredPart(name)] : [], reshape)
    {
    }

    /// <summary>Creates a view of a checkpoint, some of whose tensors combine several.</summary>
    /// <param name="inner">The checkpoint; disposed with this view if it can be.</param>
    /// <param name="parts">Maps a stored tensor to its parts.</param>
    /// <param name="reshape">Maps the wanted name and the stored shape to the wanted shape, with as many elements; null keeps all shapes.</param>
    /// <exception cref="EditException">Two parts would get the same name, or a shape has a different number of elements.</exception>
    internal RenamedWeights(IWeights inner, Func<TensorInfo, IEnumerable<StoredPart>> parts, Func<string, IReadOnlyList<long>, IReadOnlyList<long>>? reshape = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        this.inner = inner;
        foreach (TensorInfo info in inner.Tensors.Values)
        {
            foreach (StoredPart part in parts(info))
            {
                Add(info, part, reshape);
            }
        }
    }

    /// <inheritdoc/>
    public string Source => inner.Source;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <inheritdoc/>
    public torch.Tensor Read(string name)
    {
        if (!stored.TryGetValue(name, out (string Name, StoredPart Part) place))
        {
            throw new EditException(EditFault.BadModel, $"'{Source}' contains no tensor '{name}'.", null, name);
        }

        torch.Tensor tensor = inner.Read(place.Name);
        if (place.Part.IsTransposed)
        {
            using torch.Tensor stored = tensor;
            return stored.t().contiguous();
        }

        IReadOnlyList<long> shape = tensors[name].Shape;
        if (tensor.shape.SequenceEqual(shape))
        {
            return tensor;
        }

        using (tensor)
        {
            if (place.Part.Rows is not long rows)
            {
                return tensor.reshape([.. shape]);
            }

            // A copy: a view would keep the whole tensor's memory.
            using torch.Tensor view = tensor.narrow(0, place.Part.FirstRow, rows);
            return view.clone();
        }
    }

    /// <inheritdoc/>
    StoredRange? IWeights.Find(string name)
    {
        if (!stored.TryGetValue(name, out (string Name, StoredPart Part) place) || place.Part.IsTransposed || inner.Find(place.Name) is not { } whole)
        {
            return null;
        }

        // Rows are contiguous, and reshaping does not change the order.
        long row = place.Part.Rows is null ? 0 : whole.Length / inner.Tensors[place.Name].Shape[0];
        return place.Part.Rows is long rows ? whole with { Offset = whole.Offset + (place.Part.FirstRow * row), Length = rows * row } : whole;
    }

    /// <inheritdoc/>
    public void Dispose() => (inner as IDisposable)?.Dispose();

    private void Add(TensorInfo info, StoredPart part, Func<string, IReadOnlyList<long>, IReadOnlyList<long>>? reshape)
    {
        if (!stored.TryAdd(part.Name, (info.Name, part)))
        {
            throw new EditException(
                EditFault.BadModel,
                $"'{inner.Source}' contains '{part.Name}' twice, as '{stored[part.Name].Name}' and as '{info.Name}'.",
                "Use another copy of the model: this file mixes two naming schemes.",
                part.Name);
        }

        IReadOnlyList<long> whole = part.Rows is long rows ? [rows, .. info.Shape.Skip(1)] : part.IsTransposed ? [.. info.Shape.Reverse()] : info.Shape;
        TensorInfo renamed = info with { Name = part.Name, Shape = reshape?.Invoke(part.Name, whole) ?? whole };
        if (renamed.Count != whole.Aggregate(1L, (product, size) => product * size))
        {
            throw new EditException(
                EditFault.BadModel, $"In '{inner.Source}' the tensor '{info.Name}' of shape {info.ShapeText} cannot become {renamed.ShapeText}.", null, info.Name);
        }

        tensors[part.Name] = renamed;
    }
}
