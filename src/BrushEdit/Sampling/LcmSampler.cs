using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Sampling;

/// <summary>
/// Latent consistency sampling, arXiv 2310.04378: each step jumps to the clean sample and then adds noise of the next level. Results match
/// LCMScheduler of diffusers 0.40.
/// </summary>
internal sealed class LcmSampler : SamplerBase
{
    private const double SigmaData = 0.5;

    private readonly SamplerConfig config;
    private readonly NoiseSchedule schedule;

    /// <summary>Sets the run.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="steps">The number of steps, at most the number of timesteps the model was distilled on.</param>
    public LcmSampler(SamplerConfig config, NoiseSchedule schedule, int steps)
        : base(SamplerKind.Lcm, config.Prediction, DistilledTimesteps.Choose(config, SamplerKind.Lcm, steps))
    {
        this.config = config;
        this.schedule = schedule;
    }

    /// <inheritdoc/>
    public override bool NeedsNoise => Timesteps.Count > 1;

    /// <inheritdoc/>
    protected override torch.Tensor Advance(torch.Tensor output, int step, torch.Tensor sample, Func<torch.Tensor> noise)
    {
        int timestep = (int)Timesteps[step];
        double a = schedule.AlphasCumprod[timestep];
        torch.Tensor clean = Clean(output, sample, Math.Sqrt(a), Math.Sqrt(1 - a));
        if (config.ClipSample)
        {
            clean = clean.clamp(Scalars.Of(-config.ClipSampleRange), Scalars.Of(config.ClipSampleRange));
        }

        double scaled = timestep * config.TimestepScaling;
        double norm = scaled * scaled + SigmaData * SigmaData;
        torch.Tensor denoised = Sum((scaled / Math.Sqrt(norm), clean), (SigmaData * SigmaData / norm, sample));
        if (step == Timesteps.Count - 1)
        {
            return denoised;
        }

        double b = schedule.AlphasCumprod[(int)Timesteps[step + 1]];
        return Sum((Math.Sqrt(b), denoised), (Math.Sqrt(1 - b), noise()));
    }
}
