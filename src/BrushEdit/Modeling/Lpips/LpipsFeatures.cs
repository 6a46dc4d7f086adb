using BrushEdit.Loading;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>A backbone's layers, under torchvision's indices. (B, 3, H, W) to the features after each tap.</summary>
internal sealed class LpipsFeatures : nn.Module<Tensor, IReadOnlyList<Tensor>>
{
    private readonly LpipsLayout layout;
    private readonly Dictionary<int, nn.Module<Tensor, Tensor>> learned = [];

    public LpipsFeatures(LpipsLayout layout, ShapeReader shapes, Device? device, ScalarType? dtype)
        : base(nameof(LpipsFeatures))
    {
        this.layout = layout;
        int channels = 3;
        for (int index = 0; index < layout.Layers.Count; index++)
        {
            LpipsLayer layer = layout.Layers[index];
            if (layer.Kind == LpipsLayerKind.Convolution)
            {
                int width = shapes.Side($"features.{index}.weight", 0);
                Add(index, nn.Conv2d(channels, width, layer.Kernel, layer.Stride, layer.Padding, device: device, dtype: dtype));
                channels = width;
            }
            else if (layer.Kind == LpipsLayerKind.Fire)
            {
                LpipsFire fire = new(channels, $"features.{index}", shapes, device, dtype);
                Add(index, fire);
                channels = fire.Channels;
            }

            if (layout.Taps.Contains(index))
            {
                Widths.Add(channels);
            }
        }
    }

    /// <summary>Channels of each tap's features.</summary>
    public List<int> Widths { get; } = [];

    public override IReadOnlyList<Tensor> forward(Tensor pixels)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> taps = [];
        Tensor x = pixels;
        for (int index = 0; index < layout.Layers.Count; index++)
        {
            LpipsLayer layer = layout.Layers[index];
            x = layer.Kind switch
            {
                LpipsLayerKind.Pool => nn.functional.max_pool2d(x, [layer.Kernel, layer.Kernel], [layer.Stride, layer.Stride], ceil_mode: layout.CeilPool),
                LpipsLayerKind.Relu => nn.functional.relu(x),
                _ => learned[index].forward(x),
            };
            if (layout.Taps.Contains(index))
            {
                taps.Add(x);
            }
        }

        return [.. taps.Select(tap => tap.MoveToOuterDisposeScope())];
    }

    private void Add(int index, nn.Module<Tensor, Tensor> layer)
    {
        learned[index] = layer;
        register_module(index.ToString(System.Globalization.CultureInfo.InvariantCulture), layer);
    }
}

/// <summary>SqueezeNet's module: a 1 x 1 convolution, then a 1 x 1 and a 3 x 3 in parallel. (B, C, H, W) to (B, C', H, W).</summary>
internal sealed class LpipsFire : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d squeeze;
    private readonly Conv2d expand1x1;
    private readonly Conv2d expand3x3;

    public LpipsFire(int channels, string name, ShapeReader shapes, Device? device, ScalarType? dtype)
        : base(nameof(LpipsFire))
    {
        int narrow = shapes.Side($"{name}.squeeze.weight", 0);
        int small = shapes.Side($"{name}.expand1x1.weight", 0);
        int large = shapes.Side($"{name}.expand3x3.weight", 0);
        squeeze = nn.Conv2d(channels, narrow, 1, device: device, dtype: dtype);
        expand1x1 = nn.Conv2d(narrow, small, 1, device: device, dtype: dtype);
        expand3x3 = nn.Conv2d(narrow, large, 3, padding: 1, device: device, dtype: dtype);
        Channels = small + large;
        RegisterComponents();
    }

    /// <summary>Output channels.</summary>
    public int Channels { get; }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor narrow = nn.functional.relu(squeeze.forward(x));
        return nn.functional.relu(cat([expand1x1.forward(narrow), expand3x3.forward(narrow)], 1)).MoveToOuterDisposeScope();
    }
}
