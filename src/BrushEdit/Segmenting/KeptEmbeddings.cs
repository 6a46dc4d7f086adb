using BrushEdit.Caching;

namespace BrushEdit.Segmenting;

/// <summary>
/// The image embeddings of segmenters, kept longer than the segmenters themselves: a network that is unloaded after each use does not encode a known
/// picture again. Bounded for each segmenter.
/// </summary>
public sealed class KeptEmbeddings : IDisposable
{
    // 32 MiB for the published models in single precision.
    private const int PicturesOfEach = 8;

    private readonly Dictionary<string, (LoadedModel Model, string Version, EmbeddingCache Cache)> kept = new(StringComparer.Ordinal);

    /// <summary>The segmenters whose embeddings are kept.</summary>
    public IReadOnlyList<LoadedModel> Held => [.. kept.Values.Where(one => one.Cache.Count > 0).Select(one => one.Model)];

    /// <summary>The embeddings of a segmenter; those of other weights at the same path are freed.</summary>
    /// <param name="model">The segmenter.</param>
    /// <param name="version">Distinguishes its weights from others at the same path.</param>
    /// <returns>A cache that this object owns.</returns>
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
    /// <param name="chosen">The segmenters whose embeddings are freed; null for all.</param>
    public void Clear(Func<LoadedModel, bool>? chosen = null)
    {
        foreach ((LoadedModel _, string _, EmbeddingCache cache) in kept.Values.Where(one => chosen?.Invoke(one.Model) != false))
        {
            cache.Dispose();
        }
    }

    /// <summary>Frees all embeddings.</summary>
    public void Dispose() => Clear();
}
