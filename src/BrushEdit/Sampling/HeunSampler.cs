using TorchSharp;

namespace BrushEdit.Sampling;

/// <summary>
/// Heun's method on noise levels (arXiv 2206.00364, algorithm 1 without churn): every step but the last evaluates the network at both ends and
/// follows the mean of the two slopes. Results match HeunDiscreteScheduler of diffusers 0.40.
/// </summary>
internal sealed class HeunSampler : SigmaSampler
{
    private readonly bool evenVariance;
    private torch.Tensor? start;
    private torch.Tensor? slope;

    /// <summary>Sets the run.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="steps">The number of steps; the network is called 2 * steps - 1 times.</param>
    public HeunSampler(SamplerConfig config, NoiseSchedule schedule, int steps)
        : base(SamplerKind.Heun, config.Prediction, BothEnds(EulerSampler.Levels(config, schedule, steps))) =>
        evenVariance = config.Spacing == TimestepSpacing.Leading;

    /// <summary>The first noise level; under leading spacing, which starts below the last timestep, it includes the signal's variance.</summary>
    public override double InitialNoiseSigma => evenVariance ? Math.Sqrt(Sigmas[0] * Sigmas[0] + 1) : Sigmas[0];

    /// <inheritdoc/>
    public override IEnumerable<double> OwnLevels => base.OwnLevels.Where((_, call) => call % 2 == 0);

    /// <inheritdoc/>
    protected override double InputScale(int step) => Split(Sigmas[step]).Alpha;

    // Even-numbered calls begin a step, odd-numbered calls end it.
    /// <inheritdoc/>
    protected override torch.Tensor Advance(torch.Tensor output, int step, torch.Tensor sample, Func<torch.Tensor> noise)
    {
        (double alpha, double sigma) = Split(Sigmas[step]);
        torch.Tensor here = Noise(output, Prediction == PredictionType.Epsilon ? sample : Sum((alpha, sample)), alpha, sigma);
        if (step % 2 == 0)
        {
            start = Keep(sample.clone());
            slope = Keep(here);
            return Sum((1, sample), (Sigmas[step + 1] - Sigmas[step], here));
        }

        double half = (Sigmas[step] - Sigmas[step - 1]) / 2;
        torch.Tensor result = Sum((1, start!), (half, slope!), (half, here));
        LetGo(start);
        LetGo(slope);
        return result;
    }

    // Every level but the first and the final one is both the end of a step and the start of the next.
    private static (double[] Timesteps, double[] Sigmas) BothEnds((double[] Timesteps, double[] Sigmas) levels) => (
        [levels.Timesteps[0], .. levels.Timesteps[1..].SelectMany(timestep => (double[])[timestep, timestep])],
        [levels.Sigmas[0], .. levels.Sigmas[1..^1].SelectMany(sigma => (double[])[sigma, sigma]), levels.Sigmas[^1]]);
}
