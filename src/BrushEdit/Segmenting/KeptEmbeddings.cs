using BrushEdit.Caching;

namespace BrushEdit.Segmenting;

/// <summary>
/// The embeddings that segmenters made of pictures, kept beyond the segmenters: a network that leaves memory after each use does not encode
/// a picture again that it has seen. For each segmenter a bounded number.
/// </summary>
public sealed class KeptEmbeddings : IDisposable
{
    // Of the published models 32 MiB in single precision.
    private const int PicturesOfEach = 8;

    private readonly Dictionary<string, (LoadedModel Model, string Version, EmbeddingCache Cache)> kept = new(StringComparer.Ordinal);

    /// <summary>The segmenters whose embeddings are kept.</summary>
    public IReadOnlyList<LoadedModel> Held => [.. kept.Values.Where(one => one.Cache.Count > 0).Select(one => one.Model)];

    /// <summary>The embeddings of a segmenter; those of other weights at the same place are freed.</summary>
    /// <param name="model">The segmenter.</param>
    /// <param name="version">What tells its weights from others at the same place.</param>
    /// <returns>A cache that stays this object's.</returns>
    public EmbeddingCache Of(LoadedModel model, string version)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (kept.TryGetValue(model.Key, out (LoadedModel, string Version, EmbeddingCache Cache) found))
        {
            if (found.Version == version)
            {
                return found.Cache;
            }

            found.Cache.Dispose();
        }

        EmbeddingCache made = new(PicturesOfEach);
        kept[model.Key] = (model, version, made);
        return made;
    }

    /// <summary>Frees embeddings.</summary>
    /// <param name="chosen">Of which segmenters; null for all.</param>
    public void Clear(Func<LoadedModel, bool>? chosen = null)
    {
        foreach ((LoadedModel _, string _, EmbeddingCache cache) in kept.Values.Where(one => chosen?.Invoke(one.Model) != false))
        {
            cache.Dispose();
        }
    }

    /// <summary>Frees all.</summary>
    public void Dispose() => Clear();
}
