using TorchSharp;
using TorchSharp.Modules;

namespace BrushEdit.Loading;

/// <summary>Gives the layers of a network weights in 8 bits, and their scales as a buffer beside them.</summary>
internal static class QuantizedLayers
{
    /// <summary>Takes the weights that <see cref="QuantizedWeight.Takes"/> from a checkpoint; the others stay as they are.</summary>
    /// <param name="network">The network, built on the meta device, that the checkpoint was held against.</param>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="type">The type that is computed in, and the scales have.</param>
    /// <param name="device">Where they are to lie.</param>
    /// <param name="fill">Fills those on the CPU, once all is there to be filled.</param>
    public static void Take(torch.nn.Module network, IWeights weights, torch.ScalarType type, torch.Device device, TensorFill fill)
    {
        foreach ((string path, torch.nn.Module layer) in network.named_modules().ToList())
        {
            string name = $"{path}.weight";
            bool isFree = layer is Linear { weight.dtype: not torch.ScalarType.Int8 } or Conv2d { weight.dtype: not torch.ScalarType.Int8 };
            if (!isFree || !weights.Tensors.TryGetValue(name, out TensorInfo? info) || !QuantizedWeight.Takes(name, info.Shape))
            {
                continue;
            }

            (torch.Tensor numbers, torch.Tensor scales) = Read(weights, info, type, device, fill);
            Parameter held = new(numbers, requires_grad: false);
            held.DetachFromDisposeScope();
            if (layer is Linear linear)
            {
                linear.weight = held;
            }
            else
            {
                ((Conv2d)layer).weight = held;
            }

            layer.register_buffer(QuantizedWeight.ScaleName, scales.DetachFromDisposeScope());
        }
    }

    /// <summary>Frees the scales, which TorchSharp's layers do not when they are disposed: they free their weight and bias alone.</summary>
    /// <param name="network">The network that is disposed.</param>
    public static void FreeScales(this torch.nn.Module network)
    {
        foreach ((_, torch.nn.Module layer) in network.named_modules().ToList())
        {
            if (layer.has_buffer(QuantizedWeight.ScaleName))
            {
                layer.get_buffer(QuantizedWeight.ScaleName)!.Dispose();
            }
        }
    }

    private static (torch.Tensor Numbers, torch.Tensor Scales) Read(IWeights weights, TensorInfo info, torch.ScalarType type, torch.Device device, TensorFill fill)
    {
        if (weights.Find(info.Name) is not { } range || !TensorFill.CanRead(range, torch.ScalarType.Float32, info.Count))
        {
            using torch.Tensor stored = weights.Read(info.Name);
            return Sent(QuantizedWeight.Of(stored, type), device);
        }

        (torch.Tensor Numbers, torch.Tensor Scales) made = QuantizedWeight.Empty(info.Shape, type);
        if (device.type == DeviceType.CPU)
        {
            fill.AddQuantized(made.Numbers, made.Scales, range);
            return made;
        }

        // One weight at a time, so that no more than that is held beside the device's memory.
        TensorFill own = new();
        own.AddQuantized(made.Numbers, made.Scales, range);
        own.Run();
        return Sent(made, device);
    }

    private static (torch.Tensor Numbers, torch.Tensor Scales) Sent((torch.Tensor Numbers, torch.Tensor Scales) made, torch.Device device)
    {
        if (device.type == DeviceType.CPU)
        {
            return made;
        }

        using (made.Numbers)
        using (made.Scales)
        {
            return (made.Numbers.to(device), made.Scales.to(device));
        }
    }
}
