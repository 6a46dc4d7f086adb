using System.Security.Cryptography;
using BrushEdit.Imaging;
using TorchSharp;

namespace BrushEdit.Segmenting;

/// <summary>
/// Caches the image embeddings of the most recently used pictures. The key is the picture's content, so that a picture that is read again from its
/// file is found; hashing takes a thousandth of the time of encoding. For one caller at a time.
/// </summary>
public sealed class EmbeddingCache : IDisposable
{
    private readonly int capacity;
    private readonly LinkedList<(string Key, torch.Tensor Embedding)> entries = [];

    /// <summary>Creates an empty cache.</summary>
    /// <param name="capacity">The maximum number of embeddings, at least 1; an embedding of the published models takes 4 MiB.</param>
    public EmbeddingCache(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        this.capacity = capacity;
    }

    /// <summary>The current number of embeddings.</summary>
    public int Count => entries.Count;

    /// <summary>The embedding of a picture, computed if it is not cached.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="encode">Computes it.</param>
    /// <returns>The embedding, which the cache owns.</returns>
    public torch.Tensor Get(Picture picture, Func<Picture, torch.Tensor> encode)
    {
        string key = $"{picture.Width}x{picture.Height}:{Convert.ToHexString(SHA256.HashData(picture.Rgb))}";
        for (LinkedListNode<(string Key, torch.Tensor Embedding)>? node = entries.First; node is not null; node = node.Next)
        {
            if (node.Value.Key == key)
            {
                entries.Remove(node);
                entries.AddFirst(node);
                return node.Value.Embedding;
            }
        }

        torch.Tensor made = encode(picture).DetachFromDisposeScope();
        entries.AddFirst((key, made));
        while (entries.Count > capacity)
        {
            entries.Last!.Value.Embedding.Dispose();
            entries.RemoveLast();
        }

        return made;
    }

    /// <summary>Frees every embedding.</summary>
    public void Dispose()
    {
        foreach ((_, torch.Tensor embedding) in entries)
        {
            embedding.Dispose();
        }

        entries.Clear();
    }
}
