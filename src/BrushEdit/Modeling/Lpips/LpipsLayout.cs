using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>The classification networks whose features LPIPS compares.</summary>
public enum LpipsBackbone
{
    /// <summary>AlexNet: the authors' default.</summary>
    Alex,

    /// <summary>VGG with 16 layers.</summary>
    Vgg,

    /// <summary>SqueezeNet 1.1, which BrushBench and PIE-Bench use.</summary>
    Squeeze,
}

/// <summary>The kinds of layers in a backbone's list.</summary>
internal enum LpipsLayerKind
{
    /// <summary>A convolution.</summary>
    Convolution,

    /// <summary>SqueezeNet's pair of convolutions after a narrow one.</summary>
    Fire,

    /// <summary>The maximum of a window.</summary>
    Pool,

    /// <summary>Negative values become 0.</summary>
    Relu,
}

/// <summary>A layer of a backbone, at its published index.</summary>
/// <param name="Kind">The kind of layer.</param>
/// <param name="Kernel">Its window's side.</param>
/// <param name="Stride">The stride of its window.</param>
/// <param name="Padding">The zero padding around the input.</param>
internal readonly record struct LpipsLayer(LpipsLayerKind Kind, int Kernel = 0, int Stride = 1, int Padding = 0);

/// <summary>
/// The layers of a backbone, at the indices of torchvision's checkpoints, and the layers after which features are compared (Zhang et al., "The
/// Unreasonable Effectiveness of Deep Features as a Perceptual Metric", version 0.1 of the weights).
/// </summary>
/// <param name="Layers">The layers in order.</param>
/// <param name="Taps">Indices of the layers whose outputs are compared.</param>
/// <param name="CeilPool">Whether a pool's last window may extend beyond the edge.</param>
internal sealed record LpipsLayout(IReadOnlyList<LpipsLayer> Layers, IReadOnlyList<int> Taps, bool CeilPool)
{
    private static readonly LpipsLayer Relu = new(LpipsLayerKind.Relu);
    private static readonly LpipsLayer Pool3 = new(LpipsLayerKind.Pool, 3, 2);
    private static readonly LpipsLayer Fire = new(LpipsLayerKind.Fire);

    private static readonly LpipsLayout Alex = new(
        [Conv(11, 4, 2), Relu, Pool3, Conv(5, 1, 2), Relu, Pool3, Conv(3, 1, 1), Relu, Conv(3, 1, 1), Relu, Conv(3, 1, 1), Relu], [1, 4, 7, 9, 11], false);

    private static readonly LpipsLayout Vgg = new(
        [
            .. VggBlock(2, first: true), .. VggBlock(2), .. VggBlock(3), .. VggBlock(3), .. VggBlock(3),
        ],
        [3, 8, 15, 22, 29],
        false);

    private static readonly LpipsLayout Squeeze = new(
        [Conv(3, 2, 0), Relu, Pool3, Fire, Fire, Pool3, Fire, Fire, Pool3, Fire, Fire, Fire, Fire], [1, 4, 7, 9, 10, 11, 12], true);

    /// <summary>The layers of a backbone.</summary>
    /// <param name="backbone">Which.</param>
    public static LpipsLayout Of(LpipsBackbone backbone) => backbone switch
    {
        LpipsBackbone.Alex => Alex,
        LpipsBackbone.Vgg => Vgg,
        _ => Squeeze,
    };

    /// <summary>Infers from its tensors which backbone a checkpoint contains.</summary>
    /// <param name="weights">The checkpoint.</param>
    /// <exception cref="EditException">It contains none of them, or lacks LPIPS's own weights (BadModel).</exception>
    public static LpipsBackbone Recognise(IWeights weights)
    {
        bool Has(string name) => weights.Tensors.ContainsKey(name);
        if (!weights.Tensors.Keys.Any(name => name.StartsWith("lin", StringComparison.Ordinal)))
        {
            throw new EditException(
                EditFault.BadModel,
                $"'{weights.Source}' contains no weights of LPIPS (lin0.model.1.weight and so on).",
                "Put LPIPS's own weights and its backbone's into one safetensors file: about_EditMeasures describes how.",
                weights.Source);
        }

        return Has("features.3.squeeze.weight") ? LpipsBackbone.Squeeze
            : Has("features.28.weight") ? LpipsBackbone.Vgg
            : Has("features.10.weight") ? LpipsBackbone.Alex
            : throw new EditException(
                EditFault.BadModel,
                $"'{weights.Source}' contains none of LPIPS's backbones: AlexNet, VGG 16 or SqueezeNet 1.1 under torchvision's names (features.0.weight and so on).",
                "Put LPIPS's own weights and its backbone's into one safetensors file: about_EditMeasures describes how.",
                weights.Source);
    }

    private static LpipsLayer Conv(int kernel, int stride, int padding) => new(LpipsLayerKind.Convolution, kernel, stride, padding);

    // The pool that begins a block follows the preceding block.
    private static IEnumerable<LpipsLayer> VggBlock(int convolutions, bool first = false)
    {
        IEnumerable<LpipsLayer> layers = Enumerable.Range(0, convolutions).SelectMany(_ => new[] { Conv(3, 1, 1), Relu });
        return first ? layers : layers.Prepend(new LpipsLayer(LpipsLayerKind.Pool, 2, 2));
    }
}
