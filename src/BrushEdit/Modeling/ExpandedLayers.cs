using BrushEdit.Loading;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// Runs layers whose weights may be stored in 8 bits (<see cref="QuantizedWeight"/>): each weight is expanded for one call and freed afterwards.
/// </summary>
internal static class ExpandedLayers
{
    /// <summary>Runs a layer. If its weight is stored in the compute type, this is the layer's own forward.</summary>
    /// <param name="layer">A linear layer, a convolution without padding modes, or a layer of another kind.</param>
    /// <param name="x">Its input, in the compute type.</param>
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
