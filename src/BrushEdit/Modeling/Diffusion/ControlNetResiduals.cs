using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// The outputs of a ControlNet for one step: a feature map for each skip connection of the U-Net and one for its middle. The tensors belong to the
/// dispose scope that the network was called in, or to this object if there was none.
/// </summary>
public sealed class ControlNetResiduals : IDisposable
{
    internal ControlNetResiduals(IReadOnlyList<Tensor> down, Tensor mid)
    {
        Down = down;
        Mid = mid;
    }

    /// <summary>Added to the skip connections alone, finest level first: the encoder itself does not see them.</summary>
    public IReadOnlyList<Tensor> Down { get; }

    /// <summary>Added after the mid block.</summary>
    public Tensor Mid { get; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in Down)
        {
            tensor.Dispose();
        }

        Mid.Dispose();
    }

    /// <summary>Rejects outputs of a ControlNet of another depth.</summary>
    internal void CheckCounts(int levels, int layers)
    {
        int down = 1 + (levels * layers) + (levels - 1);
        if (Down.Count != down)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The ControlNet has {Down.Count} outputs for skip connections, but the U-Net has {down} connections.",
                "Use a base model of the family the ControlNet was trained for.");
        }
    }

    /// <summary>Adds them to skip connections, in the caller's scope.</summary>
    internal void AddTo(List<Tensor> skips)
    {
        for (int index = 0; index < skips.Count; index++)
        {
            skips[index] = UNetLayers.Add(skips[index], Down[index]);
        }
    }
}
