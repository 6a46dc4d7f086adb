using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Sampling;

/// <summary>
/// The forward diffusion: at timestep t a clean sample x becomes sqrt(a[t]) x + sqrt(1 - a[t]) noise, where a is the running product of 1 - beta.
/// Training adds noise with it; samplers reverse it.
/// </summary>
/// <remarks>
/// The tables are rounded to single precision, like those that published models were trained with; calculations from them use double precision. The
/// object holds no native memory.
/// </remarks>
public sealed class NoiseSchedule
{
    // The last level under "zero terminal SNR" has no signal at all; for a ratio of noise to signal, it is given the least signal that half precision
    // can represent.
    private const double LeastSignal = 1.0 / (1 << 24);

    private readonly double[] alphasCumprod;
    private readonly double[] sigmas;

    /// <summary>Builds the tables.</summary>
    /// <param name="config">Betas, number of training timesteps and prediction type.</param>
    public NoiseSchedule(SamplerConfig config)
    {
        config.Validate();
        Prediction = config.Prediction;
        float[] betas = Betas(config);
        if (config.RescaleZeroSnr)
        {
            betas = WithoutFinalSignal(betas);
        }

        alphasCumprod = Products(betas);
        sigmas = [.. alphasCumprod.Select(a => a > 0 ? a : LeastSignal).Select(a => (double)(float)Math.Sqrt((1 - a) / a))];
    }

    /// <summary>What the network's output means.</summary>
    public PredictionType Prediction { get; }

    /// <summary>The number of training timesteps, usually 1000.</summary>
    public int TrainTimesteps => alphasCumprod.Length;

    /// <summary>For each training timestep the share of signal in the variance, falling from nearly 1 towards 0.</summary>
    public IReadOnlyList<double> AlphasCumprod => alphasCumprod;

    /// <summary>For each training timestep the ratio of noise to signal, sqrt((1 - a) / a), rising.</summary>
    public IReadOnlyList<double> Sigmas => sigmas;

    /// <summary>The noisy sample: sqrt(a[t]) sample + sqrt(1 - a[t]) noise.</summary>
    /// <param name="sample">Clean samples (B, ...).</param>
    /// <param name="noise">Unit normals of the same shape.</param>
    /// <param name="timesteps">Whole timesteps (B) or one for all (1), each at least 0 and below <see cref="TrainTimesteps"/>.</param>
    /// <returns>The same shape and type; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The number of timesteps does not match the samples, or a timestep is out of range.</exception>
    public torch.Tensor AddNoise(torch.Tensor sample, torch.Tensor noise, torch.Tensor timesteps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (torch.Tensor signal, torch.Tensor deviation) = Weights(sample, timesteps);
        return (signal * sample).Plus(deviation * noise).MoveToOuterDisposeScope();
    }

    /// <summary>The noisy sample at one timestep, with factors that need not be sent to the device.</summary>
    /// <param name="sample">Clean samples (B, ...).</param>
    /// <param name="noise">Unit normals of the same shape.</param>
    /// <param name="timestep">A whole timestep, at least 0 and below <see cref="TrainTimesteps"/>.</param>
    /// <returns>The same shape and type; the caller owns it.</returns>
    public torch.Tensor AddNoise(torch.Tensor sample, torch.Tensor noise, int timestep)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double share = alphasCumprod[timestep];
        return sample.Times(Math.Sqrt(share)).Plus(noise.Times(Math.Sqrt(1 - share))).MoveToOuterDisposeScope();
    }

    /// <summary>The velocity, target of <see cref="PredictionType.VPrediction"/>: sqrt(a[t]) noise - sqrt(1 - a[t]) sample.</summary>
    /// <param name="sample">Clean samples (B, ...).</param>
    /// <param name="noise">Unit normals of the same shape.</param>
    /// <param name="timesteps">Whole timesteps (B) or one for all (1).</param>
    /// <returns>The same shape and type; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The number of timesteps does not match the samples, or a timestep is out of range.</exception>
    public torch.Tensor Velocity(torch.Tensor sample, torch.Tensor noise, torch.Tensor timesteps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (torch.Tensor signal, torch.Tensor deviation) = Weights(sample, timesteps);
        return (signal * noise).Minus(deviation * sample).MoveToOuterDisposeScope();
    }

    /// <summary>The output that the network should predict for a noisy sample, according to <see cref="Prediction"/>.</summary>
    /// <param name="sample">Clean samples (B, ...).</param>
    /// <param name="noise">The normals that were added.</param>
    /// <param name="timesteps">Whole timesteps (B) or one for all (1).</param>
    /// <returns>A separate handle of the same shape and type; the caller owns it.</returns>
    public torch.Tensor Target(torch.Tensor sample, torch.Tensor noise, torch.Tensor timesteps) => Prediction switch
    {
        PredictionType.Epsilon => noise.alias(),
        PredictionType.VPrediction => Velocity(sample, noise, timesteps),
        _ => sample.alias(),
    };

    private (torch.Tensor Signal, torch.Tensor Deviation) Weights(torch.Tensor sample, torch.Tensor timesteps)
    {
        using torch.Tensor flat = timesteps.cpu().to(torch.ScalarType.Int64).reshape(-1);
        long[] steps = flat.data<long>().ToArray();
        if (steps.Length != 1 && steps.Length != sample.shape[0])
        {
            throw new ArgumentException($"There are {steps.Length} timesteps for {sample.shape[0]} samples.", nameof(timesteps));
        }

        if (steps.Any(step => step < 0 || step >= TrainTimesteps))
        {
            throw new ArgumentException($"A timestep is outside 0 to {TrainTimesteps - 1}.", nameof(timesteps));
        }

        long[] shape = [steps.Length, .. Enumerable.Repeat(1L, Math.Max(0, (int)sample.dim() - 1))];
        torch.Tensor signal = torch.tensor(steps.Select(step => Math.Sqrt(alphasCumprod[step])).ToArray());
        torch.Tensor deviation = torch.tensor(steps.Select(step => Math.Sqrt(1 - alphasCumprod[step])).ToArray());
        return (signal.reshape(shape).to(sample.dtype).to(sample.device), deviation.reshape(shape).to(sample.dtype).to(sample.device));
    }

    private static float[] Betas(SamplerConfig config)
    {
        int count = config.TrainTimesteps;
        if (config.TrainedBetas is { } trained)
        {
            return [.. trained.Select(beta => (float)beta)];
        }

        switch (config.BetaSchedule)
        {
            case BetaSchedule.Linear:
                return Even((float)config.BetaStart, (float)config.BetaEnd, count);
            case BetaSchedule.ScaledLinear:
                float[] roots = Even((float)Math.Sqrt(config.BetaStart), (float)Math.Sqrt(config.BetaEnd), count);
                return [.. roots.Select(root => root * root)];
            default:
                static double Signal(double t) => Math.Pow(Math.Cos((t + 0.008) / 1.008 * Math.PI / 2), 2);
                return [.. Enumerable.Range(0, count).Select(i => (float)Math.Min(1 - Signal((i + 1.0) / count) / Signal((double)i / count), 0.999))];
        }
    }

    // Computed from the nearer end, so that both ends are exact.
    private static float[] Even(float start, float end, int count)
    {
        float stride = count > 1 ? (end - start) / (count - 1) : 0;
        return [.. Enumerable.Range(0, count).Select(i => i < count / 2 || count == 1 ? start + stride * i : end - stride * (count - 1 - i))];
    }

    private static double[] Products(float[] betas)
    {
        double[] products = new double[betas.Length];
        double product = 1;
        for (int i = 0; i < betas.Length; i++)
        {
            product *= 1f - betas[i];
            products[i] = (float)product;
        }

        return products;
    }

    // arXiv 2305.08891, algorithm 1: shift and stretch the square roots so that the last is 0 and the first is unchanged.
    private static float[] WithoutFinalSignal(float[] betas)
    {
        float[] roots = [.. Products(betas).Select(a => MathF.Sqrt((float)a))];
        float first = roots[0];
        float last = roots[^1];
        float[] products = [.. roots.Select(root => (root - last) * (first / (first - last))).Select(root => root * root)];
        return [.. products.Select((product, i) => 1f - (i == 0 ? product : product / products[i - 1]))];
    }
}
