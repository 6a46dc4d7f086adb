using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Sampling;

/// <summary>DDIM, arXiv 2010.02502, equations 12 and 16. Results match DDIMScheduler of diffusers 0.40.</summary>
internal sealed class DdimSampler : SamplerBase
{
    private readonly SamplerConfig config;
    private readonly NoiseSchedule schedule;
    private readonly double eta;
    private readonly int stride;

    /// <summary>Sets the run.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="eta">The share of DDPM's noise, 0 to 1.</param>
    public DdimSampler(SamplerConfig config, NoiseSchedule schedule, int steps, double eta)
        : base(SamplerKind.Ddim, config.Prediction, Spacing.Inclusive(config.Spacing ?? TimestepSpacing.Leading, config.TrainTimesteps, steps, config.StepsOffset, whole: true))
    {
        this.config = config;
        this.schedule = schedule;
        this.eta = eta;
        stride = config.TrainTimesteps / steps;
    }

    /// <inheritdoc/>
    public override bool NeedsNoise => eta > 0;

    /// <inheritdoc/>
    protected override torch.Tensor Advance(torch.Tensor output, int step, torch.Tensor sample, Func<torch.Tensor> noise)
    {
        int timestep = (int)Timesteps[step];
        double a = schedule.AlphasCumprod[timestep];
        double before = timestep >= stride ? schedule.AlphasCumprod[timestep - stride] : config.SetAlphaToOne ?? true ? 1 : schedule.AlphasCumprod[0];
        double variance = (1 - before) / (1 - a) * (1 - a / before);
        double deviation = eta * Math.Sqrt(Math.Max(variance, 0));

        torch.Tensor clean = Clean(output, sample, Math.Sqrt(a), Math.Sqrt(1 - a));
        torch.Tensor predicted = Noise(output, sample, Math.Sqrt(a), Math.Sqrt(1 - a));
        if (config.ClipSample)
        {
            clean = clean.clamp(Scalars.Of(-config.ClipSampleRange), Scalars.Of(config.ClipSampleRange));
        }

        torch.Tensor result = Sum((Math.Sqrt(before), clean), (Math.Sqrt(Math.Max(1 - before - deviation * deviation, 0)), predicted));
        return deviation > 0 ? Sum((1, result), (deviation, noise())) : result;
    }
}
