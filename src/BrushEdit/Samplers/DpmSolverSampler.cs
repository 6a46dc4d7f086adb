using TorchSharp;

namespace BrushEdit.Samplers;

/// <summary>
/// DPM-Solver++ (arXiv 2211.01095, algorithm 2) with a memory of two clean samples, for the ordinary and the stochastic
/// differential equation; gives what DPMSolverMultistepScheduler of diffusers 0.40 gives.
/// </summary>
internal sealed class DpmSolverSampler : SigmaSampler
{
    // Below this number of steps the last ones are of lower order.
    private const int FewSteps = 15;

    private readonly int order;
    private readonly bool heun;
    private readonly bool lowerAtEnd;
    private readonly List<torch.Tensor> memory = [];

    /// <summary>Sets the run.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="stochastic">Whether fresh noise is added at every step.</param>
    public DpmSolverSampler(SamplerConfig config, NoiseSchedule schedule, int steps, bool stochastic)
        : base(stochastic ? SamplerKind.DpmPlusPlus2MSde : SamplerKind.DpmPlusPlus2M, config.Prediction, Levels(config, schedule, steps))
    {
        bool own = config.Kind is SamplerKind.DpmPlusPlus2M or SamplerKind.DpmPlusPlus2MSde;
        if (own && config.SolverOrder > 2)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The scheduler asks for DPM-Solver++ of order {config.SolverOrder}; orders 1 and 2 are built here.",
                "Set solver_order to 2, or choose another sampler.",
                config.SolverOrder);
        }

        order = Math.Min(config.SolverOrder, 2);
        heun = config.SolverType == Samplers.SolverType.Heun;
        lowerAtEnd = config.EulerAtFinal || (config.LowerOrderFinal && steps < FewSteps) || config.FinalSigma == FinalSigma.Zero;
    }

    /// <inheritdoc/>
    public override bool NeedsNoise => Kind == SamplerKind.DpmPlusPlus2MSde;

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
        double decay = NeedsNoise ? Math.Exp(-2 * h) : Math.Exp(-h);
        double gain = alpha * (1 - decay);
        double keep = sigma / sigmaFrom * (NeedsNoise ? Math.Exp(-h) : 1);
        double fresh = NeedsNoise ? sigma * Math.Sqrt(1 - decay) : 0;

        torch.Tensor result;
        if (memory.Count < 2 || (lowerAtEnd && step == Timesteps.Count - 1))
        {
            result = Sum((keep, sample), (gain, memory[0]));
        }
        else
        {
            // The slope of the clean sample over the last step, on the scale of this one.
            double ratio = h / (Math.Log(Sigmas[step - 1]) - Math.Log(from));
            double span = NeedsNoise ? 2 * h : h;
            double slope = h == 0 ? 0 : ratio * (heun ? alpha * (1 - (1 - decay) / span) : gain / 2);
            result = Sum((keep, sample), (gain + slope, memory[0]), (-slope, memory[1]));
        }

        return fresh > 0 ? Sum((1, result), (fresh, noise())) : result;
    }

    private static (double[] Timesteps, double[] Sigmas) Levels(SamplerConfig config, NoiseSchedule schedule, int steps)
    {
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
