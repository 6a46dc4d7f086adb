using System.Diagnostics;
using System.Globalization;

namespace BrushEdit.Training;

/// <summary>How far a run is; reported every few steps.</summary>
/// <param name="Phase">The network being trained.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">The mean loss since the last report.</param>
/// <param name="SamplesPerSecond">Speed since the last report.</param>
public sealed record TrainingProgress(string Phase, int Step, int Steps, double Loss, double SamplesPerSecond)
{
    /// <summary>One line for a log.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Phase} {Step}/{Steps} loss {Loss:f5} {SamplesPerSecond:f1} samples/s");
}

/// <summary>What every training phase shares: steps, batch, learning rate and its course, reports and checkpoints.</summary>
public sealed record TrainingOptions
{
    /// <summary>Optimiser steps in all.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Samples a step.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>The highest learning rate of AdamW; reached after <see cref="WarmupSteps"/>, then falling as a cosine.</summary>
    public double LearningRate { get; init; } = 5e-4;

    /// <summary>Steps over which the learning rate rises from 0.</summary>
    public int WarmupSteps { get; init; } = 100;

    /// <summary>The learning rate's lowest value, as a share of the highest.</summary>
    public double FinalLearningRate { get; init; } = 0.02;

    /// <summary>Decoupled weight decay of AdamW.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>The gradient's largest norm; larger ones are scaled down.</summary>
    public double GradientNorm { get; init; } = 1;

    /// <summary>Steps between reports.</summary>
    public int ReportEvery { get; init; } = 50;

    /// <summary>Steps between checkpoints; a run that was stopped goes on from the last one.</summary>
    public int CheckpointEvery { get; init; } = 500;

    /// <summary>Whether costly operations run in bfloat16, on a CPU: see <see cref="ReducedPrecision"/>.</summary>
    public bool BFloat16 { get; init; }

    /// <summary>The seed that decides initial weights, scenes and noise.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The learning rate at a step: linear rise, then half a cosine.</summary>
    /// <param name="step">The step, from 0.</param>
    public double LearningRateAt(int step)
    {
        if (step < WarmupSteps)
        {
            return LearningRate * (step + 1) / WarmupSteps;
        }

        double done = (double)(step - WarmupSteps) / Math.Max(1, Steps - WarmupSteps);
        double cosine = 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, done)));
        return LearningRate * (FinalLearningRate + ((1 - FinalLearningRate) * cosine));
    }
}

/// <summary>Counts samples and losses between two reports.</summary>
internal sealed class ProgressMeter(string phase, TrainingOptions options, IProgress<TrainingProgress>? progress)
{
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private double sum;
    private int count;

    /// <summary>Adds a step's loss; reports when it is time.</summary>
    public void Add(int stepsDone, double loss)
    {
        sum += loss;
        count++;
        if (stepsDone % options.ReportEvery == 0 || stepsDone == options.Steps)
        {
            double speed = count * options.BatchSize / watch.Elapsed.TotalSeconds;
            progress?.Report(new TrainingProgress(phase, stepsDone, options.Steps, sum / count, speed));
            (sum, count) = (0, 0);
            watch.Restart();
        }
    }
}
