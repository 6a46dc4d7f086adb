using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// The outputs of a BrushNet for one step: a feature map for every place of the U-Net where it is added. The tensors belong to the dispose scope that
/// the network was called in, or to this object if there was none.
/// </summary>
public sealed class BrushNetResiduals : IDisposable
{
    internal BrushNetResiduals(IReadOnlyList<Tensor> down, Tensor mid, IReadOnlyList<Tensor> up, BrushNetVariant variant = BrushNetVariant.Full)
    {
        Variant = variant;
        Down = down;
        Mid = mid;
        Up = up;
    }

    /// <summary>Where the U-Net adds them.</summary>
    public BrushNetVariant Variant { get; }

    /// <summary>Added after the input convolution, each residual layer (with its attention) and each downsampler; finest level first.</summary>
    public IReadOnlyList<Tensor> Down { get; }

    /// <summary>Added after the mid block.</summary>
    public Tensor Mid { get; }

    /// <summary>
    /// Added after each residual layer (with its attention) and each upsampler of the decoder; coarsest level first. Empty except in the full
    /// variant.
    /// </summary>
    public IReadOnlyList<Tensor> Up { get; }

    /// <summary>All of them, in the order they are added.</summary>
    public IEnumerable<Tensor> All => Down.Append(Mid).Concat(Up);

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in All)
        {
            tensor.Dispose();
        }
    }

    /// <summary>
    /// The same outputs for another variant; those that the variant does not use are left out. This object keeps ownership of the tensors.
    /// </summary>
    /// <param name="variant">The variant.</param>
    public BrushNetResiduals As(BrushNetVariant variant) => new(Down, Mid, variant == BrushNetVariant.Full ? Up : [], variant);

    /// <summary>Rejects outputs of a BrushNet of another depth.</summary>
    internal void CheckCounts(int levels, int layers)
    {
        int down = 1 + (levels * layers) + (levels - 1);
        int up = Variant == BrushNetVariant.Full ? (levels * (layers + 1)) + (levels - 1) : 0;
        if (Down.Count != down || Up.Count != up)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The BrushNet has {Down.Count} + 1 + {Up.Count} outputs, but the U-Net takes {down} + 1 + {up}.",
                "Use a base model of the family the BrushNet was trained for.");
        }
    }
}
