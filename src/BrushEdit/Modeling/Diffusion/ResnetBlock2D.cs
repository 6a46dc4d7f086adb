using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// The residual layer of the U-Net and of BrushNet: normalise, SiLU and convolve, twice, with the time embedding added in between and the input added
/// at the end (through a 1x1 convolution if the width changes).
/// </summary>
internal sealed class ResnetBlock2D : nn.Module
{
    private readonly GroupNorm norm1;
    private readonly Conv2d conv1;
    private readonly Linear time_emb_proj;
    private readonly GroupNorm norm2;
    private readonly Conv2d conv2;
    private readonly Conv2d? conv_shortcut;

    public ResnetBlock2D(int inChannels, int outChannels, int timeChannels, int groups, double eps, Device? device, ScalarType? dtype)
        : base(nameof(ResnetBlock2D))
    {
        norm1 = UNetLayers.Norm(groups, inChannels, eps, device, dtype);
        conv1 = nn.Conv2d(inChannels, outChannels, 3, padding: 1, device: device, dtype: dtype);
        time_emb_proj = nn.Linear(timeChannels, outChannels, device: device, dtype: dtype);
        norm2 = UNetLayers.Norm(groups, outChannels, eps, device, dtype);
        conv2 = nn.Conv2d(outChannels, outChannels, 3, padding: 1, device: device, dtype: dtype);
        conv_shortcut = inChannels == outChannels ? null : nn.Conv2d(inChannels, outChannels, 1, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>The layer's projection of the time embedding.</summary>
    public Linear TimeProjection => time_emb_proj;

    /// <summary>Runs the layer.</summary>
    /// <param name="x">(B, C, H, W).</param>
    /// <param name="time">Supplies what the timestep adds.</param>
    /// <returns>(B, C', H, W).</returns>
    public Tensor forward(Tensor x, TimeFeed time)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = conv1.Run(nn.functional.silu(norm1.forward(x)));
        hidden = conv2.Run(nn.functional.silu(norm2.forward(hidden.Plus(time.Shift(time_emb_proj)))));
        Tensor skip = conv_shortcut is null ? x : conv_shortcut.Run(x);
        return skip.Plus(hidden).MoveToOuterDisposeScope();
    }
}
