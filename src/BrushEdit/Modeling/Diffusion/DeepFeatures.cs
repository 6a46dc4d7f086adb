using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// Caches the last output of a network's inner blocks. It changes little between two steps, so some steps run only the outer blocks on it (DeepCache,
/// arXiv 2312.00858). The map is kept outside the caller's dispose scopes.
/// </summary>
/// <param name="layers">
/// How many layers of the decoder run at every step, from 1 to all of the finest level; of the encoder, the layers whose skip connections these
/// consume.
/// </param>
internal sealed class DeepFeatures(int layers = DeepFeatures.UsualLayers) : IDisposable
{
    /// <summary>The last layer of the decoder, with the input convolution: the paper's choice for Stable Diffusion, its skip branch 0.</summary>
    public const int UsualLayers = 1;

    private Tensor? map;

    /// <summary>The number of decoder layers that run at every step, limited to those of the last block.</summary>
    /// <param name="most">The layers of the last block.</param>
    public int Layers(int most) => Math.Clamp(layers, 1, most);

    /// <summary>Replaces the cached map. Nothing is copied, because a map never changes once it is made.</summary>
    /// <param name="made">(B, C, H, W).</param>
    public void Keep(Tensor made)
    {
        map?.Dispose();
        map = made.alias().DetachFromDisposeScope();
    }

    /// <summary>The map, as a handle in the caller's scope.</summary>
    /// <param name="batch">The batch size of the pass.</param>
    /// <exception cref="InvalidOperationException">The whole network has not run yet, or ran with another batch size.</exception>
    public Tensor Reuse(long batch) => map is not null && map.shape[0] == batch
        ? map.alias()
        : throw new InvalidOperationException("The outer blocks can run alone only after a run of the whole network on the same batch.");

    /// <summary>Frees the map.</summary>
    public void Dispose()
    {
        map?.Dispose();
        map = null;
    }
}

/// <summary>A branch's outputs for a step that runs only the outer blocks.</summary>
/// <param name="Down">Added after the input convolution and after each encoder layer that runs.</param>
/// <param name="Up">Added after each decoder layer that runs; empty except in the full variant.</param>
/// <param name="Variant">Where they are added.</param>
internal sealed record OuterResiduals(IReadOnlyList<Tensor> Down, IReadOnlyList<Tensor> Up, BrushNetVariant Variant = BrushNetVariant.Full);

/// <summary>Counts a network's passes, for tests and measurements.</summary>
internal sealed class PassCount
{
    /// <summary>Rows that went through the whole network: a guided step of one picture has two.</summary>
    public long WholeRows { get; private set; }

    /// <summary>Rows that went through its outer blocks only.</summary>
    public long OuterRows { get; private set; }

    /// <summary>Counts a pass.</summary>
    /// <param name="rows">Its batch.</param>
    /// <param name="isOuter">Whether only the outer blocks ran.</param>
    public void Add(long rows, bool isOuter)
    {
        WholeRows += isOuter ? 0 : rows;
        OuterRows += isOuter ? rows : 0;
    }
}
