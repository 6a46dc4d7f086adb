using BrushEdit.Loading;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Runs layers whose weights may be held in 8 bits (<see cref="QuantizedWeight"/>): expanded for the one call, and freed after it.</summary>
internal static class ExpandedLayers
{
    /// <summary>What a layer answers. With a weight that is held in the type that is computed in, it is the layer's own forward.</summary>
    /// <param name="layer">A linear layer, a convolution without padding modes, or a layer of another kind.</param>
    /// <param name="x">Its input, of the type that is computed in.</param>
    /// <returns>Its output, in the caller's scope.</returns>
    public static Tensor Run(this nn.Module<Tensor, Tensor> layer, Tensor x)
    {
        switch (layer)
        {
            case Linear { weight.dtype: ScalarType.Int8 } linear:
                {
                    using Tensor weight = Expanded(linear, linear.weight);
                    return nn.functional.linear(x, weight, linear.bias);
                }

            case Conv2d { weight.dtype: ScalarType.Int8 } conv:
                {
                    using Tensor weight = Expanded(conv, conv.weight);
                    return nn.functional.conv2d(x, weight, conv.bias, conv.stride, conv.padding, conv.dilation, conv.groups);
                }

            default:
                return layer.forward(x);
        }
    }

    private static Tensor Expanded(nn.Module layer, Tensor numbers) => QuantizedWeight.Expand(numbers, layer.get_buffer(QuantizedWeight.ScaleName)!);
}
