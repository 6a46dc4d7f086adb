using TorchSharp;

namespace BrushEdit.Sampling;

/// <summary>
/// Trajectory consistency sampling, arXiv 2402.19159, algorithm 4: from each step's level along the trajectory to one below the next, then up to the
/// next with fresh noise. Results match TCDScheduler of diffusers 0.40; the last step ends at timestep 0.
/// </summary>
internal sealed class TcdSampler : SamplerBase
{
    private readonly NoiseSchedule schedule;
    private readonly double eta;

    /// <summary>Sets the run.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="steps">The number of steps, at most the number of timesteps the model was distilled on.</param>
    /// <param name="eta">The paper's gamma, 0 (deterministic) to 1 (as noisy as LCM).</param>
    public TcdSampler(SamplerConfig config, NoiseSchedule schedule, int steps, double eta)
        : base(SamplerKind.Tcd, config.Prediction, DistilledTimesteps.Choose(config, SamplerKind.Tcd, steps))
    {
        this.schedule = schedule;
        this.eta = eta;
    }

    /// <inheritdoc/>
    public override bool NeedsNoise => eta > 0 && Timesteps.Count > 1;

    /// <inheritdoc/>
    protected override torch.Tensor Advance(torch.Tensor output, int step, torch.Tensor sample, Func<torch.Tensor> noise)
    {
        bool isLast = step == Timesteps.Count - 1;
        int next = isLast ? 0 : (int)Timesteps[step + 1];
        double from = schedule.AlphasCumprod[(int)Timesteps[step]];
        double to = schedule.AlphasCumprod[next];

        // In single precision, so that a product close to a whole number is rounded down where the reference rounds it down.
        double below = schedule.AlphasCumprod[(int)MathF.Floor((float)(1 - eta) * next)];
        torch.Tensor clean = Clean(output, sample, Math.Sqrt(from), Math.Sqrt(1 - from));
        torch.Tensor predicted = Noise(output, sample, Math.Sqrt(from), Math.Sqrt(1 - from));
        torch.Tensor reached = Sum((Math.Sqrt(below), clean), (Math.Sqrt(1 - below), predicted));
        return eta > 0 && !isLast ? Sum((Math.Sqrt(to / below), reached), (Math.Sqrt(1 - to / below), noise())) : reached;
    }
}
