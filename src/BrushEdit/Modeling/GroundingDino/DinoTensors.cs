using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace BrushEdit.Modeling;

/// <summary>Small tensor operations that the parts of Grounding DINO share.</summary>
internal static class DinoTensors
{
    /// <summary>(B, N, heads * d) to (B, heads, N, d).</summary>
    public static Tensor SplitHeads(Tensor tokens, int heads) =>
        tokens.view(tokens.shape[0], tokens.shape[1], heads, tokens.shape[2] / heads).transpose(1, 2);

    /// <summary>(B, heads, N, d) to (B, N, heads * d).</summary>
    public static Tensor JoinHeads(Tensor tokens) => tokens.transpose(1, 2).flatten(2);

    /// <summary>
    /// Stochastic depth: in training each sample's residual branch is dropped with the given probability and scaled up otherwise
    /// (Huang et al., "Deep networks with stochastic depth").
    /// </summary>
    public static Tensor DropPath(Tensor branch, double probability, bool training)
    {
        if (!training || probability <= 0)
        {
            return branch;
        }

        long[] perSample = [branch.shape[0], .. Enumerable.Repeat(1L, (int)branch.dim() - 1)];
        Tensor kept = torch.rand(perSample, dtype: branch.dtype, device: branch.device).Plus(1 - probability).floor_();
        return (branch * kept).Over(1 - probability);
    }

    /// <summary>Dropout that costs nothing if it has no effect.</summary>
    public static Tensor Dropout(Tensor values, double probability, bool training) =>
        training && probability > 0 ? F.dropout(values, probability, training) : values;

    /// <summary>
    /// Sine and cosine waves of positions. Wave i of n has the length temperature^(2 * floor(i / 2) / n); even ones are sines, odd ones
    /// cosines (Vaswani et al., "Attention is all you need", 3.5).
    /// </summary>
    /// <param name="positions">Any shape, in radians before the division by the wavelength.</param>
    /// <param name="waves">The number of waves, an even one.</param>
    /// <param name="temperature">The base of the wavelengths.</param>
    /// <returns>The shape of the positions and one more dimension of <paramref name="waves"/>, single precision.</returns>
    public static Tensor Waves(Tensor positions, int waves, double temperature)
    {
        using Tensor lengths = WaveLengths(waves, temperature, positions.device);
        return Waves(positions, lengths);
    }

    /// <summary>Sine and cosine waves of positions, with precomputed wavelengths.</summary>
    /// <param name="positions">Any shape, in radians before the division by the wavelength.</param>
    /// <param name="lengths">The result of <see cref="WaveLengths"/>, on the positions' device.</param>
    /// <returns>The shape of the positions and one more dimension of twice as many waves as lengths, single precision.</returns>
    public static Tensor Waves(Tensor positions, Tensor lengths)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor angles = positions.to(ScalarType.Float32).unsqueeze(-1) / lengths;
        return torch.stack([angles.sin(), angles.cos()], -1).flatten(-2).MoveToOuterDisposeScope();
    }

    /// <summary>The lengths of waves, each for a sine and a cosine: (waves / 2), single precision.</summary>
    /// <param name="waves">The number of waves, an even one.</param>
    /// <param name="temperature">The base of the wavelengths.</param>
    /// <param name="device">The device of its weights.</param>
    public static Tensor WaveLengths(int waves, double temperature, Device device)
    {
        float[] lengths = new float[waves / 2];
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = MathF.Pow((float)temperature, 2f * i / waves);
        }

        return torch.tensor(lengths, device: device);
    }

    /// <summary>The logit of a share, both ends kept 1e-5 away from infinity.</summary>
    public static Tensor InverseSigmoid(Tensor share) => share.logit(1e-5);
}
