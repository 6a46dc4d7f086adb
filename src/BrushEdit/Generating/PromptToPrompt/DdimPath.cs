using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Generating;

/// <summary>Deterministic DDIM (arXiv 2010.02502) in both directions: its steps are repeatable and reversible.</summary>
internal sealed class DdimPath
{
    private readonly NoiseSchedule schedule;
    private readonly bool endsClean;
    private readonly int stride;

    /// <summary>Prepares the path.</summary>
    /// <param name="config">The model's noise schedule. Samples are not clipped: a clipped step is not reversible.</param>
    /// <param name="steps">The number of steps.</param>
    /// <exception cref="EditException">There are too many steps.</exception>
    public DdimPath(SamplerConfig config, int steps)
    {
        schedule = new NoiseSchedule(config);
        endsClean = config.SetAlphaToOne ?? true;
        stride = config.TrainTimesteps / steps;
        using ISampler sampler = SamplerFactory.Create(config, steps, SamplerKind.Ddim);
        Timesteps = sampler.Timesteps;
    }

    /// <summary>The timesteps, from noise to picture.</summary>
    public IReadOnlyList<double> Timesteps { get; }

    /// <summary>The timesteps on a network's device, for all steps of a run.</summary>
    /// <param name="device">The device.</param>
    /// <returns>(steps), in single precision; the caller owns it.</returns>
    public torch.Tensor Upload(torch.Device device) => HostValues.Upload([.. Timesteps.Select(timestep => (float)timestep)], device);

    /// <summary>One step towards the picture.</summary>
    /// <param name="output">The network's prediction for the latent.</param>
    /// <param name="latent">The latent at the step's timestep.</param>
    /// <param name="step">The step, from 0.</param>
    public torch.Tensor Forth(torch.Tensor output, torch.Tensor latent, int step) => Move(output, latent, At(step), Before(step), At(step));

    /// <summary>One step towards the noise: the latent precedes the step, and its noise is predicted at the step's timestep.</summary>
    /// <param name="output">The network's prediction.</param>
    /// <param name="latent">The latent after the step.</param>
    /// <param name="step">The step, from 0.</param>
    public torch.Tensor Back(torch.Tensor output, torch.Tensor latent, int step) => Move(output, latent, Before(step), At(step), At(step));

    private double At(int step) => schedule.AlphasCumprod[(int)Timesteps[step]];

    private double Before(int step)
    {
        int timestep = (int)Timesteps[step] - stride;
        return timestep >= 0 ? schedule.AlphasCumprod[timestep] : endsClean ? 1 : schedule.AlphasCumprod[0];
    }

    // Moves from one signal level to another along the predicted noise; the prediction was made at a given signal level.
    private torch.Tensor Move(torch.Tensor output, torch.Tensor latent, double from, double to, double asked)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor noise = schedule.Prediction switch
        {
            PredictionType.Epsilon => output,
            PredictionType.VPrediction => output.Times(Math.Sqrt(asked)).Plus(latent.Times(Math.Sqrt(1 - asked))),
            _ => latent.Minus(output.Times(Math.Sqrt(asked))).Over(Math.Sqrt(1 - asked)),
        };
        torch.Tensor clean = latent.Minus(noise.Times(Math.Sqrt(1 - from))).Over(Math.Sqrt(from));
        return clean.Times(Math.Sqrt(to)).Plus(noise.Times(Math.Sqrt(1 - to))).MoveToOuterDisposeScope();
    }
}
