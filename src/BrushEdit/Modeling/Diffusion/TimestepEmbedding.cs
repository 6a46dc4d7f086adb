using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// Turns a timestep into the vector that every residual layer receives: sines and cosines of geometrically spaced frequencies ("Denoising Diffusion
/// Probabilistic Models", arXiv 2006.11239), then two linear layers.
/// </summary>
internal sealed class TimestepEmbedding : nn.Module<Tensor, Tensor>
{
    private const double LongestPeriod = 10000;

    private readonly Linear linear_1;
    private readonly Linear linear_2;
    private readonly Linear? cond_proj;
    private readonly int channels;
    private readonly bool cosineFirst;
    private readonly double shift;

    public TimestepEmbedding(int channels, bool cosineFirst, double shift, Device? device, ScalarType? dtype, int? conditionChannels = null)
        : base(nameof(TimestepEmbedding))
    {
        this.channels = channels;
        this.cosineFirst = cosineFirst;
        this.shift = shift;
        linear_1 = nn.Linear(channels, channels * 4, device: device, dtype: dtype);
        linear_2 = nn.Linear(channels * 4, channels * 4, device: device, dtype: dtype);
        cond_proj = conditionChannels is int width ? nn.Linear(width, channels, hasBias: false, device: device, dtype: dtype) : null;
        RegisterComponents();
    }

    /// <summary>The device of its weights.</summary>
    public Device WeightDevice => linear_1.weight.device;

    /// <summary>What a guidance scale adds to the waves of every timestep ("On Distillation of Guided Diffusion Models", arXiv 2210.03142).</summary>
    /// <param name="guidanceScale">The scale, from 1.</param>
    /// <returns>(1, C); null for a network that was not trained with one.</returns>
    public Tensor? Guidance(double guidanceScale)
    {
        if (cond_proj is null)
        {
            return null;
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor value = HostValues.Upload([(float)((guidanceScale - 1) * 1000)], cond_proj.weight.device).reshape(1, 1);
        Tensor waves = Waves(value, (int)cond_proj.weight.shape[1], cosineFirst: false, shift: 1);
        return cond_proj.forward(waves.to(cond_proj.weight.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>Embeds timesteps, the last SiLU included.</summary>
    /// <param name="timestep">A scalar or (B), whole numbers or fractions.</param>
    /// <returns>(1, 4 C) for a scalar, else (B, 4 C).</returns>
    public override Tensor forward(Tensor timestep) => forward(timestep, null);

    /// <summary>Embeds timesteps with something added before the last SiLU, which is included.</summary>
    /// <param name="timestep">A scalar or (B), whole numbers or fractions.</param>
    /// <param name="added">(B, 4 C) or (1, 4 C); null for nothing.</param>
    /// <param name="guidance">The result of <see cref="Guidance"/>; null for nothing.</param>
    /// <returns>(B, 4 C), or (1, 4 C) if both have a batch of 1.</returns>
    public Tensor forward(Tensor timestep, Tensor? added, Tensor? guidance = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = Hidden(timestep, guidance);
        return nn.functional.silu(added is null ? hidden : hidden.Plus(added)).MoveToOuterDisposeScope();
    }

    /// <summary>Embeds each of several timesteps for each of several texts, the last SiLU included.</summary>
    /// <param name="timesteps">(T).</param>
    /// <param name="added">(R, 4 C); null for nothing.</param>
    /// <param name="guidance">The result of <see cref="Guidance"/>; null for nothing.</param>
    /// <returns>(T, R, 4 C), with R = 1 if nothing is added.</returns>
    public Tensor Each(Tensor timesteps, Tensor? added, Tensor? guidance)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = Hidden(timesteps, guidance).unsqueeze(1); // (T, 1, 4 C)
        return nn.functional.silu(added is null ? hidden : hidden.Plus(added)).MoveToOuterDisposeScope();
    }

    private Tensor Hidden(Tensor timesteps, Tensor? guidance)
    {
        Tensor waves = Waves(timesteps.to(ScalarType.Float32, linear_1.weight.device).reshape(-1, 1), channels, cosineFirst, shift).to(linear_1.weight.dtype);
        waves = guidance is null ? waves : waves.Plus(guidance);
        return linear_2.forward(nn.functional.silu(linear_1.forward(waves)));
    }

    /// <summary>
    /// Sines and cosines of numbers. Computed in single precision whatever the network's type, because half precision cannot distinguish neighbouring
    /// timesteps.
    /// </summary>
    /// <param name="values">(B, 1), single precision.</param>
    /// <param name="channels">How many for each number.</param>
    /// <param name="cosineFirst">Whether cosines come before sines.</param>
    /// <param name="shift">Subtracted from the number of frequencies in the exponent.</param>
    /// <returns>(B, channels).</returns>
    internal static Tensor Waves(Tensor values, int channels, bool cosineFirst, double shift)
    {
        int half = channels / 2;
        Tensor exponents = arange(Scalars.Of(half), dtype: ScalarType.Float32, device: values.device).Times(-Math.Log(LongestPeriod) / (half - shift));
        Tensor angles = values * exponents.exp(); // (B, C/2)
        Tensor waves = cosineFirst ? cat([angles.cos(), angles.sin()], -1) : cat([angles.sin(), angles.cos()], -1);
        return channels % 2 == 0 ? waves : nn.functional.pad(waves, (0, 1));
    }
}
