using TorchSharp;

namespace BrushEdit.Sampling;

/// <summary>
/// Euler's method on noise levels (arXiv 2206.00364, algorithm 1 without its second-order correction), and its ancestral form, which steps a little
/// below the next level and adds fresh noise. Samples are signal + sigma * noise, not of unit variance. Results match EulerDiscreteScheduler and
/// EulerAncestralDiscreteScheduler of diffusers 0.40.
/// </summary>
internal sealed class EulerSampler : SigmaSampler
{
    private readonly bool evenVariance;

    /// <summary>Sets the run.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="ancestral">Whether fresh noise is added at every step.</param>
    public EulerSampler(SamplerConfig config, NoiseSchedule schedule, int steps, bool ancestral)
        : base(ancestral ? SamplerKind.EulerAncestral : SamplerKind.Euler, config.Prediction, Levels(config, schedule, steps)) =>
        evenVariance = config.Spacing == TimestepSpacing.Leading;

    /// <inheritdoc/>
    public override bool NeedsNoise => Kind == SamplerKind.EulerAncestral;

    /// <summary>The first noise level; under leading spacing, which starts below the last timestep, it includes the signal's variance.</summary>
    public override double InitialNoiseSigma => evenVariance ? Math.Sqrt(Sigmas[0] * Sigmas[0] + 1) : Sigmas[0];

    /// <inheritdoc/>
    protected override double InputScale(int step) => Split(Sigmas[step]).Alpha;

    /// <inheritdoc/>
    protected override torch.Tensor Advance(torch.Tensor output, int step, torch.Tensor sample, Func<torch.Tensor> noise)
    {
        double from = Sigmas[step];
        double to = Sigmas[step + 1];
        double up = NeedsNoise ? Math.Sqrt(to * to * Math.Max(from * from - to * to, 0) / (from * from)) : 0;
        double down = Math.Sqrt(to * to - up * up);

        // The slope of the path is the noise itself; the network's input was the sample scaled by alpha.
        (double alpha, double sigma) = Split(from);
        torch.Tensor slope = Noise(output, Prediction == PredictionType.Epsilon ? sample : Sum((alpha, sample)), alpha, sigma);
        torch.Tensor result = Sum((1, sample), (down - from, slope));
        return up > 0 ? Sum((1, result), (up, noise())) : result;
    }

    /// <summary>Timesteps, and noise levels with the final one, as Euler and Heun space them.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="steps">The number of steps.</param>
    internal static (double[] Timesteps, double[] Sigmas) Levels(SamplerConfig config, NoiseSchedule schedule, int steps)
    {
        if (Given(config, schedule, whole: false) is { } given)
        {
            return given;
        }

        double[] even = Spacing.Inclusive(config.Spacing ?? TimestepSpacing.Linspace, config.TrainTimesteps, steps, config.StepsOffset, whole: false);
        (double[] Timesteps, double[] Sigmas) levels = At(config, schedule, even);
        if (!config.KarrasSigmas)
        {
            return levels;
        }

        // Between the first and the last level of the even spacing, not those of the whole schedule.
        double[] karras = Spacing.Karras(config.SigmaMax ?? levels.Sigmas[0], config.SigmaMin ?? levels.Sigmas[steps - 1], steps);
        return ([.. karras.Select(sigma => Spacing.TimestepOf(schedule, sigma))], [.. karras, Math.Min(Final(config, schedule), karras[^1])]);
    }
}
