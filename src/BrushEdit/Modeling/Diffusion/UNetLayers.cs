using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Small parts that the U-Net's and BrushNet's layers share.</summary>
internal static class UNetLayers
{
    /// <summary>A group normalisation initialised to the identity (TorchSharp leaves its weights uninitialised).</summary>
    public static GroupNorm Norm(int groups, int channels, double eps, Device? device, ScalarType? dtype)
    {
        GroupNorm norm = nn.GroupNorm(groups, channels, eps, device: device, dtype: dtype);
        if (!norm.weight.is_meta)
        {
            nn.init.ones_(norm.weight);
            nn.init.zeros_(norm.bias!);
        }

        return norm;
    }

    /// <summary>A 1x1 convolution of zeros, so that a branch initially has no effect.</summary>
    public static Conv2d ZeroConv(int channels, Device? device, ScalarType? dtype) => Zeroed(nn.Conv2d(channels, channels, 1, device: device, dtype: dtype));

    /// <summary>A convolution whose weights are set to zero.</summary>
    public static Conv2d Zeroed(Conv2d conv)
    {
        if (!conv.weight.is_meta)
        {
            nn.init.zeros_(conv.weight);
            nn.init.zeros_(conv.bias!);
        }

        return conv;
    }

    /// <summary>
    /// Adds a branch's output to a feature map. A batch that is a multiple of the branch's is treated as that many consecutive parts, each of which
    /// receives the same output; nothing is copied.
    /// </summary>
    /// <param name="x">(B, C, H, W).</param>
    /// <param name="residual">(b, C, H, W) with B a multiple of b.</param>
    public static Tensor Add(Tensor x, Tensor residual)
    {
        long batch = x.shape[0];
        long parts = residual.shape[0];
        if (batch == parts || parts == 1)
        {
            return x.Plus(residual);
        }

        if (batch % parts != 0)
        {
            throw new ArgumentException($"A batch of {batch} cannot take the outputs of a branch that ran on a batch of {parts}.", nameof(residual));
        }

        return x.unflatten(0, batch / parts, parts).Plus(residual).flatten(0, 1);
    }
}

/// <summary>Halves height and width with a strided convolution, rounding up.</summary>
internal sealed class Downsample2D : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv;

    public Downsample2D(int channels, Device? device, ScalarType? dtype)
        : base(nameof(Downsample2D))
    {
        conv = nn.Conv2d(channels, channels, 3, stride: 2, padding: 1, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => conv.Run(x); // (B, C, H, W) -> (B, C, ceil(H/2), ceil(W/2))
}

/// <summary>Enlarges to a given size by nearest neighbour, then convolves.</summary>
internal sealed class Upsample2D : nn.Module<Tensor, long[], Tensor>
{
    private readonly Conv2d conv;

    public Upsample2D(int channels, Device? device, ScalarType? dtype)
        : base(nameof(Upsample2D))
    {
        conv = nn.Conv2d(channels, channels, 3, padding: 1, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <param name="x">(B, C, H, W).</param>
    /// <param name="size">Height and width to reach: those of the next skip connection.</param>
    public override Tensor forward(Tensor x, long[] size)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor large = nn.functional.interpolate(x, size, mode: InterpolationMode.Nearest);
        return conv.Run(large).MoveToOuterDisposeScope();
    }
}
