using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Networks;

/// <summary>
/// Turns a timestep into the vector that every residual layer is given: sines and cosines of geometrically spaced frequencies
/// ("Denoising Diffusion Probabilistic Models", arXiv 2006.11239), then two linear layers.
/// </summary>
internal sealed class TimestepEmbedding : nn.Module<Tensor, Tensor>
{
    private const double LongestPeriod = 10000;

    private readonly Linear linear_1;
    private readonly Linear linear_2;
    private readonly int channels;
    private readonly bool cosineFirst;
    private readonly double shift;

    public TimestepEmbedding(int channels, bool cosineFirst, double shift, Device? device, ScalarType? dtype)
        : base(nameof(TimestepEmbedding))
    {
        this.channels = channels;
        this.cosineFirst = cosineFirst;
        this.shift = shift;
        linear_1 = nn.Linear(channels, channels * 4, device: device, dtype: dtype);
        linear_2 = nn.Linear(channels * 4, channels * 4, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>Embeds timesteps, the last SiLU included.</summary>
    /// <param name="timestep">A scalar or (B), whole numbers or fractions.</param>
    /// <returns>(1, 4 C) for a scalar, else (B, 4 C).</returns>
    public override Tensor forward(Tensor timestep)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor waves = Waves(timestep.to(ScalarType.Float32, linear_1.weight.device).reshape(-1, 1)).to(linear_1.weight.dtype);
        Tensor hidden = linear_2.forward(nn.functional.silu(linear_1.forward(waves)));
        return nn.functional.silu(hidden).MoveToOuterDisposeScope();
    }

    // In single precision whatever the network's type: half precision cannot tell neighbouring timesteps apart.
    private Tensor Waves(Tensor timestep)
    {
        int half = channels / 2;
        Tensor exponents = arange(Scalars.Of(half), dtype: ScalarType.Float32, device: timestep.device).Times(-Math.Log(LongestPeriod) / (half - shift));
        Tensor angles = timestep * exponents.exp(); // (B, C/2)
        Tensor waves = cosineFirst ? cat([angles.cos(), angles.sin()], -1) : cat([angles.sin(), angles.cos()], -1);
        return channels % 2 == 0 ? waves : nn.functional.pad(waves, (0, 1));
    }
}
