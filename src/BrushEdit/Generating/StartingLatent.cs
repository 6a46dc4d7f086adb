using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Generating;

/// <summary>Noisy latents as a sampler represents them between its steps.</summary>
internal static class StartingLatent
{
    /// <summary>The first step of a run that uses only the last share of the steps, as in diffusers.</summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="steps">Steps of a whole run.</param>
    /// <param name="strength">The share, above 0 to 1.</param>
    /// <exception cref="EditException">No step is left, or the sampler cannot start late.</exception>
    public static int FirstStep(ISampler sampler, int steps, double strength)
    {
        int taken = Math.Min((int)(steps * strength), steps);
        if (taken < 1)
        {
            throw new EditException(EditFault.BadArgument, $"A strength of {strength} leaves none of {steps} steps.", $"Give {1.0 / steps:0.###} or more, or more steps.", strength);
        }

        if (taken < steps && sampler.Kind == SamplerKind.Pndm)
        {
            throw new EditException(EditFault.BadArgument, "PNDM cannot start from a picture, because its first steps are a special start.", "Choose another sampler, or a strength of 1.", strength);
        }

        // A sampler with two network calls per step lists all steps but the last one twice.
        int calls = sampler.Timesteps.Count > steps + 1 ? 2 : 1;
        return (steps - taken) * calls;
    }

    /// <summary>Returns a clean latent with the noise that the sampler expects before a step.</summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="clean">(B, C, h, w).</param>
    /// <param name="noise">Unit normals of the same shape.</param>
    /// <param name="step">The step; the number of steps stands for the end, where nothing is added.</param>
    /// <returns>The same shape, in the caller's scope; its own handle.</returns>
    public static torch.Tensor At(ISampler sampler, NoiseSchedule schedule, torch.Tensor clean, torch.Tensor noise, int step)
    {
        if (step >= sampler.Timesteps.Count)
        {
            return clean.alias();
        }

        using DisposeScope scope = torch.NewDisposeScope();
        if (sampler is not SigmaSampler { Sigmas: { } sigmas })
        {
            return schedule.AddNoise(clean, noise, (int)sampler.Timesteps[step]).MoveToOuterDisposeScope();
        }

        // Some samplers use the sum of signal and noise, others its unit-variance form.
        torch.Tensor sum = clean.Plus(noise.Times(sigmas[step]));
        bool grows = sampler.InitialNoiseSigma != 1;
        return (grows ? sum : sum.Times(1 / Math.Sqrt((sigmas[step] * sigmas[step]) + 1))).MoveToOuterDisposeScope();
    }
}
