namespace BrushEdit.Sampling;

/// <summary>Which timesteps LCM and TCD visit: some of those that the model was distilled on.</summary>
internal static class DistilledTimesteps
{
    /// <summary>The timesteps, first to last: given explicitly, or evenly spaced among the distillation's from the noisy end.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="kind">The sampler.</param>
    /// <param name="steps">The number of steps.</param>
    /// <exception cref="EditException">Fewer timesteps exist.</exception>
    public static double[] Choose(SamplerConfig config, SamplerKind kind, int steps)
    {
        if (config.Timesteps is { } given)
        {
            return [.. given];
        }

        string name = SamplerFactory.NameOf(kind);
        int original = config.OriginalInferenceSteps;
        if (original > config.TrainTimesteps)
        {
            throw new EditException(
                EditFault.BadModel,
                $"{name} cannot have been distilled on {original} of {config.TrainTimesteps} timesteps.",
                "Correct original_inference_steps in the scheduler's configuration, or choose another sampler.",
                original);
        }

        if (steps > original)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"{name} was distilled on {original} timesteps and cannot take {steps} steps.",
                $"Give 1 to {original} steps, or choose another sampler.",
                steps);
        }

        int stride = config.TrainTimesteps / original;
        return [.. Enumerable.Range(0, steps).Select(i => (double)((original - (int)Math.Floor(i * ((double)original / steps))) * stride - 1))];
    }
}
