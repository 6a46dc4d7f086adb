using System.Security.Cryptography;
using BrushEdit.Imaging;
using TorchSharp;

namespace BrushEdit.Segmenting;

/// <summary>
/// Keeps the image embeddings of the pictures used last. The key is the picture's content, so that a picture that is read again from its file
/// is found; hashing takes a thousandth of the time of encoding. For one caller at a time.
/// </summary>
public sealed class EmbeddingCache : IDisposable
{
    private readonly int capacity;
    private readonly LinkedList<(string Key, torch.Tensor Embedding)> entries = [];

    /// <summary>Makes an empty cache.</summary>
    /// <param name="capacity">Embeddings kept at most, at least 1; one of the published models takes 4 MiB.</param>
    public EmbeddingCache(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        this.capacity = capacity;
    }

    /// <summary>Embeddings kept now.</summary>
    public int Count => entries.Count;

    /// <summary>The embedding of a picture, made where it does not exist.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="encode">Makes it.</param>
    /// <returns>The embedding, which stays the cache's.</returns>
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
