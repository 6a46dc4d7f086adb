using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Layer normalisation over the channels of a picture-shaped tensor.</summary>
public sealed class SamLayerNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly long channels;
    private readonly double eps;

    /// <summary>Builds the layer with weight 1 and bias 0.</summary>
    /// <param name="channels">C.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="dtype">Their type.</param>
    public SamLayerNorm(long channels, double eps, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamLayerNorm))
    {
        this.channels = channels;
        this.eps = eps;
        weight = nn.Parameter(ones(channels, device: device, dtype: dtype));
        bias = nn.Parameter(zeros(channels, device: device, dtype: dtype));
        RegisterComponents();
    }

    /// <summary>Normalises every pixel over its channels.</summary>
    /// <param name="input">(B, C, H, W).</param>
    /// <returns>(B, C, H, W), with channels-last strides, which the following convolutions accept directly.</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor normal = nn.functional.layer_norm(input.permute(0, 2, 3, 1), [channels], weight, bias, eps);
        return normal.permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }
}

/// <summary>The two linear layers after every attention.</summary>
public sealed class SamMlpBlock : nn.Module<Tensor, Tensor>
{
    private readonly Linear lin1;
    private readonly Linear lin2;
    private readonly bool gelu;

    /// <summary>Builds the block.</summary>
    /// <param name="width">C, in and out.</param>
    /// <param name="hidden">Width between.</param>
    /// <param name="gelu">GELU between them (image encoder), else ReLU (mask decoder).</param>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="dtype">Their type.</param>
    public SamMlpBlock(int width, int hidden, bool gelu, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamMlpBlock))
    {
        this.gelu = gelu;
        lin1 = nn.Linear(width, hidden, device: device, dtype: dtype);
        lin2 = nn.Linear(hidden, width, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>Linear, activation, linear.</summary>
    /// <param name="input">(..., C).</param>
    /// <returns>(..., C).</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = lin1.forward(input);
        hidden = gelu ? nn.functional.gelu(hidden) : nn.functional.relu(hidden);
        return lin2.forward(hidden).MoveToOuterDisposeScope();
    }
}

/// <summary>A chain of linear layers with ReLU between: the IoU head, and the heads that turn a mask token into a mask's weights.</summary>
public sealed class SamFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly Linear proj_in;
    private readonly Linear proj_out;
    private readonly ModuleList<Linear> layers;

    /// <summary>Builds the chain.</summary>
    /// <param name="input">Width in.</param>
    /// <param name="hidden">Width between.</param>
    /// <param name="output">Width out.</param>
    /// <param name="depth">Linear layers in all, at least 2.</param>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="dtype">Their type.</param>
    public SamFeedForward(int input, int hidden, int output, int depth, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamFeedForward))
    {
        proj_in = nn.Linear(input, hidden, device: device, dtype: dtype);
        proj_out = nn.Linear(hidden, output, device: device, dtype: dtype);
        layers = [.. Enumerable.Range(0, depth - 2).Select(_ => nn.Linear(hidden, hidden, device: device, dtype: dtype))];
        RegisterComponents();
    }

    /// <summary>Runs the chain.</summary>
    /// <param name="input">(..., input width).</param>
    /// <returns>(..., output width).</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = nn.functional.relu(proj_in.forward(input));
        foreach (Linear layer in layers)
        {
            hidden = nn.functional.relu(layer.forward(hidden));
        }

        return proj_out.forward(hidden).MoveToOuterDisposeScope();
    }
}
