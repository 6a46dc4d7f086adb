using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Residual layer of the VAE: norm, SiLU, convolution, twice, added to the (projected) input. (B, in, H, W) to (B, out, H, W).</summary>
internal sealed class VaeResnetBlock : nn.Module<Tensor, Tensor>
{
    private readonly GroupNorm norm1;
    private readonly Conv2d conv1;
    private readonly GroupNorm norm2;
    private readonly Conv2d conv2;
    private readonly Conv2d? conv_shortcut;

    public VaeResnetBlock(int inChannels, int outChannels, int groups, Device? device, ScalarType? dtype)
        : base(nameof(VaeResnetBlock))
    {
        norm1 = VaeNorm.Create(groups, inChannels, device, dtype);
        conv1 = nn.Conv2d(inChannels, outChannels, 3, padding: 1, device: device, dtype: dtype);
        norm2 = VaeNorm.Create(groups, outChannels, device, dtype);
        conv2 = nn.Conv2d(outChannels, outChannels, 3, padding: 1, device: device, dtype: dtype);
        conv_shortcut = inChannels == outChannels ? null : nn.Conv2d(inChannels, outChannels, 1, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor h = conv1.forward(nn.functional.silu(norm1.forward(x)));
        h = conv2.forward(nn.functional.silu(norm2.forward(h)));
        Tensor skip = conv_shortcut is null ? x : conv_shortcut.forward(x);
        return skip.Plus(h).MoveToOuterDisposeScope();
    }
}

/// <summary>Self-attention over all positions, one head as wide as the channels, added to its input. (B, C, H, W) to the same.</summary>
internal sealed class VaeAttention : nn.Module<Tensor, Tensor>
{
    private readonly GroupNorm group_norm;
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly ModuleList<Linear> to_out;

    public VaeAttention(int channels, int groups, Device? device, ScalarType? dtype)
        : base(nameof(VaeAttention))
    {
        group_norm = VaeNorm.Create(groups, channels, device, dtype);
        to_q = nn.Linear(channels, channels, device: device, dtype: dtype);
        to_k = nn.Linear(channels, channels, device: device, dtype: dtype);
        to_v = nn.Linear(channels, channels, device: device, dtype: dtype);
        to_out = nn.ModuleList(nn.Linear(channels, channels, device: device, dtype: dtype));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        long height = x.shape[2];
        long width = x.shape[3];
        Tensor h = group_norm.forward(x).flatten(2).transpose(1, 2); // (B, HW, C)
        Tensor q = to_q.forward(h).unsqueeze(1); // (B, 1, HW, C)
        Tensor k = to_k.forward(h).unsqueeze(1);
        Tensor v = to_v.forward(h).unsqueeze(1);
        Tensor mixed = nn.functional.scaled_dot_product_attention(q, k, v).squeeze(1);
        Tensor projected = to_out[0].forward(mixed).transpose(1, 2).unflatten(2, height, width);
        return x.Plus(projected).MoveToOuterDisposeScope();
    }
}

/// <summary>Halves both sides: a 3x3 convolution of stride 2, padded by one row and column of zeros at the bottom and right only.</summary>
internal sealed class VaeDownsampler : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv;

    public VaeDownsampler(int channels, Device? device, ScalarType? dtype)
        : base(nameof(VaeDownsampler))
    {
        conv = nn.Conv2d(channels, channels, 3, stride: 2, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return conv.forward(nn.functional.pad(x, [0, 1, 0, 1])).MoveToOuterDisposeScope();
    }
}

/// <summary>Doubles both sides: each cell repeated, then a 3x3 convolution.</summary>
internal sealed class VaeUpsampler : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv;

    public VaeUpsampler(int channels, Device? device, ScalarType? dtype)
        : base(nameof(VaeUpsampler))
    {
        conv = nn.Conv2d(channels, channels, 3, padding: 1, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor doubled = nn.functional.interpolate(x, scale_factor: [2.0, 2.0], mode: InterpolationMode.Nearest);
        return conv.forward(doubled).MoveToOuterDisposeScope();
    }
}

/// <summary>The VAE's group normalisation, with the epsilon (1e-6) of the reference and weights of 1 and biases of 0 when built.</summary>
internal static class VaeNorm
{
    public static GroupNorm Create(int groups, int channels, Device? device, ScalarType? dtype)
    {
        GroupNorm norm = nn.GroupNorm(groups, channels, eps: 1e-6, device: device, dtype: dtype);

        // TorchSharp leaves these uninitialised.
        if (device?.type != DeviceType.META)
        {
            nn.init.ones_(norm.weight!);
            nn.init.zeros_(norm.bias!);
        }

        return norm;
    }
}
