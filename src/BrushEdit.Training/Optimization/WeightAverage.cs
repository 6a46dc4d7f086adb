namespace BrushEdit.Training;

/// <summary>
/// How the running average follows the weights, as in diffusers' <c>EMAModel</c>: at each step it moves towards them by
/// <c>1 - decay</c> of the distance.
/// </summary>
public sealed record WeightAverage
{
    /// <summary>The highest decay, in [0, 1).</summary>
    public double Decay { get; init; } = 0.9999;

    /// <summary>The lowest decay, once the average is no longer set to the weights.</summary>
    public double LeastDecay { get; init; }

    /// <summary>Through step <c>After + 1</c>, the average is set to the weights.</summary>
    public int After { get; init; }

    /// <summary>Whether the decay rises as a power of the step instead of (1 + step) / (10 + step).</summary>
    public bool PowerWarmup { get; init; }

    /// <summary>The divisor of the step if the decay rises as a power.</summary>
    public double InverseGamma { get; init; } = 1;

    /// <summary>The exponent if the decay rises as a power.</summary>
    public double Power { get; init; } = 2.0 / 3;

    /// <summary>The decay of a step.</summary>
    /// <param name="step">The step, from 1.</param>
    public double At(int step)
    {
        int counted = step - After - 1;
        if (counted <= 0)
        {
            return 0;
        }

        double rising = PowerWarmup ? 1 - Math.Pow(1 + (counted / InverseGamma), -Power) : (1.0 + counted) / (10 + counted);
        return Math.Max(Math.Min(rising, Decay), LeastDecay);
    }
}
