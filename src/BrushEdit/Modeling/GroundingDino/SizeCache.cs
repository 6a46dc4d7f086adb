using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// Caches tensors that depend only on a picture's size (attention masks, positions) between pictures. It keeps the results for a few sizes and starts
/// over beyond that, so that a folder of pictures of many sizes does not fill the memory.
/// </summary>
/// <typeparam name="TKey">What a result depends on.</typeparam>
internal sealed class SizeCache<TKey>(int capacity) : IDisposable
    where TKey : notnull
{
    private readonly Dictionary<TKey, Tensor[]> kept = [];

    /// <summary>The tensors of a key, made on first use. They belong to the cache.</summary>
    public Tensor[] Get(TKey key, Func<Tensor[]> make)
    {
        if (kept.TryGetValue(key, out Tensor[]? found))
        {
            return found;
        }

        if (kept.Count >= capacity)
        {
            Dispose();
        }

        using IDisposable noGradients = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor[] made = make();
        foreach (Tensor tensor in made)
        {
            tensor.DetachFromDisposeScope();
        }

        kept[key] = made;
        return made;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in kept.Values.SelectMany(tensors => tensors))
        {
            tensor.Dispose();
        }

        kept.Clear();
    }
}
