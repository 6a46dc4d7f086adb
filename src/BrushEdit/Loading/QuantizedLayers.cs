using TorchSharp;
using TorchSharp.Modules;

namespace BrushEdit.Loading;

/// <summary>Gives the layers of a network 8-bit weights, with their scales as a buffer.</summary>
internal static class QuantizedLayers
{
    /// <summary>Loads the weights selected by <see cref="QuantizedWeight.Takes"/> from a checkpoint; the others stay unchanged.</summary>
    /// <param name="network">The network, built on the meta device and compared with the checkpoint.</param>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="type">The compute type, which is also the type of the scales.</param>
    /// <param name="device">The device of the weights.</param>
    /// <param name="fill">Collects the weights on the CPU, to be filled later.</param>
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

    /// <summary>Frees the scales. TorchSharp's layers do not: when they are disposed, they free only their weight and bias.</summary>
    /// <param name="network">The network that is being disposed.</param>
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

        // One weight at a time, so that main memory holds no more than one.
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
