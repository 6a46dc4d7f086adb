namespace BrushEdit.Training;

/// <summary>The options that every recipe shares: steps, batches, optimiser, learning-rate schedule, reports and checkpoints.</summary>
public sealed record TrainingOptions
{
    /// <summary>The total number of steps, each one update of the weights.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Samples that go through the networks at once.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Batches whose gradients are added up before an update: a larger batch in the memory of a small one.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>
    /// How many of those batches are processed in parallel, each on its own thread. On a CPU, two batches in parallel take less time
    /// than two in sequence on two threads each, because small operations parallelize poorly; libtorch should then use one thread.
    /// The sum of the gradients does not depend on this number.
    /// </summary>
    public int SideBySide { get; init; } = 1;

    /// <summary>The highest learning rate of AdamW.</summary>
    public double LearningRate { get; init; } = 5e-4;

    /// <summary>The learning-rate schedule.</summary>
    public LearningRateCourse Course { get; init; } = LearningRateCourse.Cosine;

    /// <summary>Steps over which the learning rate rises from 0.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>Half cycles of <see cref="LearningRateCourse.CosineWithRestarts"/>.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>AdamW's decay rate of the first moment (beta1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's decay rate of the second moment (beta2).</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>AdamW's epsilon, added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay of AdamW.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>The largest norm of the whole gradient; a larger gradient is scaled down to it.</summary>
    public double GradientNorm { get; init; } = 1;

    /// <summary>The running average of the weights, which is the result of training; null for none.</summary>
    public WeightAverage? Average { get; init; } = new();

    /// <summary>The number of consecutive steps without a finite loss or gradient at which the run fails; such steps are skipped.</summary>
    public int MostBadSteps { get; init; } = 5;

    /// <summary>Steps between reports.</summary>
    public int ReportEvery { get; init; } = 50;

    /// <summary>Steps between checkpoints; a run that was stopped continues from the last one.</summary>
    public int CheckpointEvery { get; init; } = 500;

    /// <summary>The number of checkpoints that are kept.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Whether costly operations run in bfloat16 on a CPU: see <see cref="ReducedPrecision"/>.</summary>
    public bool BFloat16 { get; init; }

    /// <summary>The seed that determines initial weights, samples and noise.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The learning-rate schedule with its parameters.</summary>
    public LearningRateSchedule Schedule => new()
    {
        Course = Course,
        Rate = LearningRate,
        WarmupSteps = WarmupSteps,
        Steps = Steps,
        Cycles = Course == LearningRateCourse.CosineWithRestarts ? Restarts : 0.5,
    };
}
