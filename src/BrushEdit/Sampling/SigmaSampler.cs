namespace BrushEdit.Sampling;

/// <summary>What the samplers on noise levels share: a level for each step and a final one.</summary>
internal abstract class SigmaSampler : SamplerBase
{
    /// <summary>Sets the run.</summary>
    /// <param name="kind">Which sampler it is.</param>
    /// <param name="prediction">What the network's output means.</param>
    /// <param name="levels">Timesteps, and noise levels with the final one.</param>
    protected SigmaSampler(SamplerKind kind, PredictionType prediction, (double[] Timesteps, double[] Sigmas) levels)
        : base(kind, prediction, levels.Timesteps) => Sigmas = levels.Sigmas;

    /// <summary>The ratio of noise to signal before each step and, last, after all of them; one more than there are steps.</summary>
    public IReadOnlyList<double> Sigmas { get; }

    /// <summary>The level that each step starts at, without those of repeated evaluations within a step.</summary>
    public virtual IEnumerable<double> OwnLevels => Sigmas.SkipLast(1);

    /// <summary>The factors of signal and noise in a sample of unit variance.</summary>
    /// <param name="sigma">The ratio of noise to signal.</param>
    protected static (double Alpha, double Sigma) Split(double sigma)
    {
        double alpha = 1 / Math.Sqrt(sigma * sigma + 1);
        return (alpha, sigma * alpha);
    }

    /// <summary>The level that a run ends at.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="schedule">The noise schedule.</param>
    protected static double Final(SamplerConfig config, NoiseSchedule schedule) => config.FinalSigma == FinalSigma.Zero ? 0 : schedule.Sigmas[0];

    /// <summary>The explicitly given timesteps and levels; null if there are none.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="whole">Whether the network is evaluated at whole timesteps only.</param>
    protected static (double[] Timesteps, double[] Sigmas)? Given(SamplerConfig config, NoiseSchedule schedule, bool whole)
    {
        if (config.Timesteps is { } timesteps)
        {
            return At(config, schedule, [.. timesteps]);
        }

        return config.Sigmas is { } sigmas
            ? ([.. sigmas.SkipLast(1).Select(sigma => Spacing.TimestepOf(schedule, sigma)).Select(t => whole ? Math.Round(t) : t)], [.. sigmas])
            : null;
    }

    /// <summary>The levels at timesteps, and the final one.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="timesteps">The timesteps.</param>
    protected static (double[] Timesteps, double[] Sigmas) At(SamplerConfig config, NoiseSchedule schedule, double[] timesteps) =>
        (timesteps, [.. timesteps.Select(timestep => Spacing.SigmaAt(schedule, timestep)), Final(config, schedule)]);
}
