using TorchSharp;

namespace BrushEdit.Sampling;

/// <summary>
/// PNDM, arXiv 2202.09778, without the Runge-Kutta start: linear multistep of up to fourth order, whose first step is repeated with the slopes of
/// both ends. Results match PNDMScheduler of diffusers 0.40 with skip_prk_steps.
/// </summary>
internal sealed class PndmSampler : SamplerBase
{
    // Adams-Bashforth, newest first.
    private static readonly double[][] Weights =
    [
        [1],
        [3 / 2.0, -1 / 2.0],
        [23 / 12.0, -16 / 12.0, 5 / 12.0],
        [55 / 24.0, -59 / 24.0, 37 / 24.0, -9 / 24.0],
    ];

    private readonly SamplerConfig config;
    private readonly NoiseSchedule schedule;
    private readonly int stride;
    private readonly List<torch.Tensor> outputs = [];
    private torch.Tensor? first;

    /// <summary>Sets the run.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="steps">The number of steps; the network is called once more.</param>
    public PndmSampler(SamplerConfig config, NoiseSchedule schedule, int steps)
        : base(SamplerKind.Pndm, config.Prediction, SecondTwice(Spacing.Inclusive(config.Spacing ?? TimestepSpacing.Leading, config.TrainTimesteps, steps, config.StepsOffset, whole: true)))
    {
        this.config = config;
        this.schedule = schedule;
        stride = config.TrainTimesteps / steps;
    }

    /// <inheritdoc/>
    protected override torch.Tensor Advance(torch.Tensor output, int step, torch.Tensor sample, Func<torch.Tensor> noise)
    {
        int timestep = (int)Timesteps[step];
        if (step == 1)
        {
            torch.Tensor start = first!;
            torch.Tensor mean = Sum((0.5, output), (0.5, outputs[0]));
            torch.Tensor again = Transfer(start, mean, timestep + stride, timestep);
            LetGo(start);
            first = null;
            return again;
        }

        Remember(outputs, output.clone(), Weights.Length);
        if (step == 0)
        {
            first = Keep(sample.clone());
        }

        double[] weights = Weights[outputs.Count - 1];
        torch.Tensor slope = Sum([.. weights.Zip(outputs)]);
        return Transfer(sample, slope, timestep, timestep - stride);
    }

    // The paper's transfer part: the exact step from one noise level to another for constant noise.
    private torch.Tensor Transfer(torch.Tensor sample, torch.Tensor slope, int from, int to)
    {
        double a = schedule.AlphasCumprod[from];
        double b = to >= 0 ? schedule.AlphasCumprod[to] : config.SetAlphaToOne ?? false ? 1 : schedule.AlphasCumprod[0];
        torch.Tensor predicted = Noise(slope, sample, Math.Sqrt(a), Math.Sqrt(1 - a));
        double denominator = a * Math.Sqrt(1 - b) + Math.Sqrt(a * (1 - a) * b);
        return Sum((Math.Sqrt(b / a), sample), (-(b - a) / denominator, predicted));
    }

    private static double[] SecondTwice(double[] timesteps) =>
        timesteps.Length < 2 ? timesteps : [timesteps[0], timesteps[1], .. timesteps[1..]];
}
