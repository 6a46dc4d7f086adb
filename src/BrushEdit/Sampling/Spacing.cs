namespace BrushEdit.Sampling;

/// <summary>Which timesteps and noise levels a run visits (arXiv 2305.08891, table 2; Karras: arXiv 2206.00364, equation 5).</summary>
internal static class Spacing
{
    private const double Rho = 7;

    /// <summary>Timesteps, first to last, where the last one of a linspace is timestep 0: DDIM, PNDM, Euler.</summary>
    /// <param name="spacing">The spacing.</param>
    /// <param name="train">The number of training timesteps.</param>
    /// <param name="steps">The number of steps, 1 to <paramref name="train"/>.</param>
    /// <param name="offset">Added under leading spacing.</param>
    /// <param name="whole">Whether a linspace is rounded to whole timesteps.</param>
    public static double[] Inclusive(TimestepSpacing spacing, int train, int steps, int offset, bool whole) => spacing switch
    {
        // One step of an even spacing starts at the noisy end, where the sample is.
        TimestepSpacing.Linspace when steps == 1 => [train - 1],
        TimestepSpacing.Linspace => Descending(steps, i => Even(i, steps - 1, train - 1, whole)),
        TimestepSpacing.Leading => Descending(steps, i => i * (train / steps) + offset),
        _ => Trailing(train, train, steps),
    };

    /// <summary>Timesteps, first to last, where the level after the last one is the clean end: UniPC, DPM-Solver++. Always whole.</summary>
    /// <param name="spacing">The spacing.</param>
    /// <param name="train">The number of training timesteps.</param>
    /// <param name="last">How many of them are used, usually all.</param>
    /// <param name="steps">The number of steps, 1 to <paramref name="train"/>.</param>
    /// <param name="offset">Added under leading spacing.</param>
    public static double[] Exclusive(TimestepSpacing spacing, int train, int last, int steps, int offset) => spacing switch
    {
        TimestepSpacing.Linspace => Descending(steps, i => Math.Round((i + 1) * ((last - 1.0) / steps))),
        TimestepSpacing.Leading => Descending(steps, i => (i + 1) * (last / (steps + 1)) + offset),
        _ => Trailing(train, last, steps),
    };

    /// <summary>Noise levels from greatest to least, evenly spaced after taking the seventh root.</summary>
    /// <param name="greatest">The first level.</param>
    /// <param name="least">The last level.</param>
    /// <param name="steps">How many, at least 1.</param>
    public static double[] Karras(double greatest, double least, int steps)
    {
        double from = Math.Pow(greatest, 1 / Rho);
        double to = Math.Pow(least, 1 / Rho);
        return [.. Enumerable.Range(0, steps).Select(i => Math.Pow(from + (steps > 1 ? i / (steps - 1.0) : 0) * (to - from), Rho))];
    }

    /// <summary>The noise level at a timestep, interpolated linearly.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="timestep">The timestep, 0 to the last.</param>
    public static double SigmaAt(NoiseSchedule schedule, double timestep)
    {
        int low = Math.Min((int)timestep, schedule.TrainTimesteps - 1);
        int high = Math.Min(low + 1, schedule.TrainTimesteps - 1);
        return schedule.Sigmas[low] + (timestep - low) * (schedule.Sigmas[high] - schedule.Sigmas[low]);
    }

    /// <summary>The timestep of a noise level, interpolated linearly between the logarithms of the levels.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="sigma">The noise level; outside the schedule's range the nearer end is given.</param>
    public static double TimestepOf(NoiseSchedule schedule, double sigma)
    {
        IReadOnlyList<double> levels = schedule.Sigmas;
        if (levels.Count == 1)
        {
            return 0;
        }

        double wanted = Math.Log(Math.Max(sigma, 1e-10));
        int low = 0;
        while (low < levels.Count - 2 && LogOf(levels[low + 1]) <= wanted)
        {
            low++;
        }

        double from = LogOf(levels[low]);
        return low + Math.Clamp((from - wanted) / (from - LogOf(levels[low + 1])), 0, 1);
    }

    // In single precision like the tables, so that a timestep half-way between two is rounded to the same side.
    private static double LogOf(double sigma) => MathF.Log((float)sigma);

    // The end is exact, whatever the stride is rounded to.
    private static double Even(int index, int count, int end, bool whole)
    {
        double timestep = index == count ? end : index * ((double)end / count);
        return whole ? Math.Round(timestep) : timestep;
    }

    private static double[] Trailing(int train, int last, int steps) =>
        [.. Enumerable.Range(0, steps).Select(i => Math.Round(last - i * ((double)train / steps)) - 1)];

    private static double[] Descending(int steps, Func<int, double> ascending) =>
        [.. Enumerable.Range(0, steps).Select(i => ascending(steps - 1 - i))];
}
