using TorchSharp;

namespace BrushEdit.Weights;

/// <summary>A checkpoint seen under other names: what it holds is renamed, reshaped or left out by pure functions, and read only when asked for.</summary>
public sealed class RenamedWeights : IWeightsFile
{
    private readonly IWeights inner;
    private readonly Dictionary<string, string> stored = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);

    /// <summary>Lays names over a checkpoint.</summary>
    /// <param name="inner">The checkpoint; disposed with this view if it can be.</param>
    /// <param name="rename">From the stored name to the wanted one; null leaves the tensor out.</param>
    /// <param name="reshape">From the wanted name and the stored shape to the wanted shape of as many elements; null keeps all.</param>
    /// <exception cref="EditException">Two stored tensors would get one name, or a shape does not hold the elements.</exception>
    public RenamedWeights(IWeights inner, Func<string, string?> rename, Func<string, IReadOnlyList<long>, IReadOnlyList<long>>? reshape = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(rename);
        this.inner = inner;
        foreach ((string name, TensorInfo info) in inner.Tensors)
        {
            if (rename(name) is not string wanted)
            {
                continue;
            }

            if (!stored.TryAdd(wanted, name))
            {
                throw new EditException(
                    EditFault.BadModel,
                    $"'{inner.Source}' holds '{wanted}' twice, as '{stored[wanted]}' and as '{name}'.",
                    "The file mixes two naming schemes; use another copy of the model.",
                    wanted);
            }

            TensorInfo renamed = info with { Name = wanted, Shape = reshape?.Invoke(wanted, info.Shape) ?? info.Shape };
            if (renamed.Count != info.Count)
            {
                throw new EditException(
                    EditFault.BadModel, $"In '{inner.Source}' the tensor '{name}' of shape {info.ShapeText} cannot become {renamed.ShapeText}.", null, name);
            }

            tensors[wanted] = renamed;
        }
    }

    /// <inheritdoc/>
    public string Source => inner.Source;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <inheritdoc/>
    public torch.Tensor Read(string name)
    {
        if (!stored.TryGetValue(name, out string? original))
        {
            throw new EditException(EditFault.BadModel, $"'{Source}' holds no tensor '{name}'.", null, name);
        }

        torch.Tensor tensor = inner.Read(original);
        IReadOnlyList<long> shape = tensors[name].Shape;
        if (tensor.shape.SequenceEqual(shape))
        {
            return tensor;
        }

        using (tensor)
        {
            return tensor.reshape([.. shape]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => (inner as IDisposable)?.Dispose();
}
