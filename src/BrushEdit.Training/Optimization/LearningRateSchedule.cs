namespace BrushEdit.Training;

/// <summary>How the learning rate changes from step to step; the names and formulas are those of diffusers' schedules.</summary>
public enum LearningRateCourse
{
    /// <summary>Constant from the first step.</summary>
    Constant,

    /// <summary>Constant after the warm-up.</summary>
    ConstantWithWarmup,

    /// <summary>After the warm-up, a linear decrease to 0.</summary>
    Linear,

    /// <summary>After the warm-up, a cosine that falls to 0 over half a cycle.</summary>
    Cosine,

    /// <summary>After the warm-up, several half cycles, each from the highest rate to 0.</summary>
    CosineWithRestarts,

    /// <summary>After the warm-up, a polynomial decrease to a last value above 0.</summary>
    Polynomial,
}

/// <summary>A learning-rate schedule with its parameters.</summary>
public sealed record LearningRateSchedule
{
    /// <summary>The shape of the schedule.</summary>
    public LearningRateCourse Course { get; init; } = LearningRateCourse.Cosine;

    /// <summary>The highest learning rate.</summary>
    public double Rate { get; init; } = 1e-5;

    /// <summary>Steps over which the rate rises from 0; ignored by <see cref="LearningRateCourse.Constant"/>.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>The total number of steps.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Cycles of a cosine, 0.5 by default; with restarts, the number of half cycles, at least 1.</summary>
    public double Cycles { get; init; } = 0.5;

    /// <summary>The power of a polynomial; 1 is a straight line.</summary>
    public double Power { get; init; } = 1;

    /// <summary>The rate a polynomial ends at and stays at.</summary>
    public double LastRate { get; init; } = 1e-7;

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">The step, from 0; it may exceed <see cref="Steps"/>.</param>
    public double At(int step)
    {
        if (Course != LearningRateCourse.Constant && step < WarmupSteps)
        {
            return Rate * step / Math.Max(1, WarmupSteps);
        }

        double done = (double)(step - WarmupSteps) / Math.Max(1, Steps - WarmupSteps);
        return Course switch
        {
            LearningRateCourse.Linear => Rate * Math.Max(0, 1 - done),
            LearningRateCourse.Cosine => Rate * Math.Max(0, Cosine(2 * Cycles * done)),
            LearningRateCourse.CosineWithRestarts => done >= 1 ? 0 : Rate * Math.Max(0, Cosine(Cycles * done % 1)),
            LearningRateCourse.Polynomial => step > Steps ? LastRate : LastRate + ((Rate - LastRate) * Math.Pow(1 - done, Power)),
            _ => Rate,
        };
    }

    private static double Cosine(double halves) => 0.5 * (1 + Math.Cos(Math.PI * halves));
}
