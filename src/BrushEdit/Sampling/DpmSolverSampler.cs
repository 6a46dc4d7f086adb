using TorchSharp;

namespace BrushEdit.Sampling;

/// <summary>
/// DPM-Solver++ (arXiv 2211.01095, algorithm 2) with a memory of two or three clean samples, for the ordinary and the stochastic differential
/// equation. Results match DPMSolverMultistepScheduler of diffusers 0.40.
/// </summary>
internal sealed class DpmSolverSampler : SigmaSampler
{
    // Below this number of steps the last ones are of lower order.
    private const int FewSteps = 15;

    private readonly int order;
    private readonly bool stochastic;
    private readonly bool heun;
    private readonly bool lowerAtEnd;
    private readonly bool lowerBeforeEnd;
    private readonly List<torch.Tensor> memory = [];

    /// <summary>Sets the run.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="kind">Which of the four: of second or third order, with fresh noise at every step or none.</param>
    public DpmSolverSampler(SamplerConfig config, NoiseSchedule schedule, int steps, SamplerKind kind)
        : base(kind, config.Prediction, Levels(config, schedule, steps))
    {
        stochastic = kind is SamplerKind.DpmPlusPlus2MSde or SamplerKind.DpmPlusPlus3MSde;
        order = kind is SamplerKind.DpmPlusPlus3M or SamplerKind.DpmPlusPlus3MSde ? 3 : Math.Min(config.SolverOrder, 2);
        heun = config.SolverType == Sampling.SolverType.Heun;
        lowerBeforeEnd = config.LowerOrderFinal && steps < FewSteps;
        lowerAtEnd = config.EulerAtFinal || lowerBeforeEnd || config.FinalSigma == FinalSigma.Zero || Sigmas[^1] == 0;
    }

    /// <inheritdoc/>
    public override bool NeedsNoise => stochastic;

    /// <inheritdoc/>
    protected override torch.Tensor Advance(torch.Tensor output, int step, torch.Tensor sample, Func<torch.Tensor> noise)
    {
        double from = Sigmas[step];
        double to = Sigmas[step + 1];
        (double alphaFrom, double sigmaFrom) = Split(from);
        (double alpha, double sigma) = Split(to);
        Remember(memory, Clean(output, sample, alphaFrom, sigmaFrom), order);

        // Half the logarithm of the signal-to-noise ratio grows by h; at level 0 it is infinite, and exp(-h) is 0.
        double h = Math.Log(from) - Math.Log(to);
        double decay = stochastic ? Math.Exp(-2 * h) : Math.Exp(-h);
        double keep = sigma / sigmaFrom * (stochastic ? Math.Exp(-h) : 1);
        double[] weights = Weights(step, h, decay);
        torch.Tensor result = Sum([(keep, sample), .. weights.Select((weight, i) => (alpha * weight, memory[i]))]);
        double fresh = stochastic ? sigma * Math.Sqrt(1 - decay) : 0;
        return fresh > 0 ? Sum((1, result), (fresh, noise())) : result;
    }

    // The weights of the remembered clean samples, newest first: the Taylor terms of the clean sample over the step, with derivatives from the
    // differences between remembered samples. They sum to 1 - decay.
    private double[] Weights(int step, double h, double decay)
    {
        double gain = 1 - decay;
        int left = Timesteps.Count - step;
        int terms = Math.Min(memory.Count, left == 1 && lowerAtEnd ? 1 : left == 2 && lowerBeforeEnd ? 2 : order);
        if (terms == 1 || h == 0)
        {
            return [gain];
        }

        double span = stochastic ? 2 * h : h;
        double first = 1 - gain / span;
        double near = (Math.Log(Sigmas[step - 1]) - Math.Log(Sigmas[step])) / h;
        if (terms == 2)
        {
            double slope = (heun ? first : gain / 2) / near;
            return [gain + slope, -slope];
        }

        // The Taylor term has + 0.5; for the stochastic equation the reference uses - 0.5, which is kept because users know its samples.
        double second = (gain - span) / (span * span) + (stochastic ? -0.5 : 0.5);
        double far = (Math.Log(Sigmas[step - 2]) - Math.Log(Sigmas[step - 1])) / h;
        double ofNear = first * (1 + near / (near + far)) + second / (near + far);
        double ofFar = first * near / (near + far) + second / (near + far);
        double a = ofNear / near;
        double b = ofFar / far;
        return [gain + a, -a - b, b];
    }

    private static (double[] Timesteps, double[] Sigmas) Levels(SamplerConfig config, NoiseSchedule schedule, int steps)
    {
        if (Given(config, schedule, whole: true) is { } given)
        {
            return given;
        }

        if (config.KarrasSigmas)
        {
            double[] karras = Spacing.Karras(config.SigmaMax ?? schedule.Sigmas[^1], config.SigmaMin ?? schedule.Sigmas[0], steps);
            bool cosine = config.BetaSchedule == BetaSchedule.SquaredCosCapV2;
            double[] whole = [.. karras.Select(sigma => Spacing.TimestepOf(schedule, sigma)).Select(t => cosine ? Math.Truncate(t) : Math.Round(t))];
            return (whole, [.. karras, Math.Min(Final(config, schedule), karras[^1])]);
        }

        int last = schedule.Sigmas.Count(sigma => -Math.Log(sigma) >= config.LambdaMinClipped);
        return At(config, schedule, Spacing.Exclusive(config.Spacing ?? TimestepSpacing.Linspace, config.TrainTimesteps, last, steps, config.StepsOffset));
    }
}
