using System.Diagnostics;
using System.Globalization;

namespace BrushEdit.Training;

/// <summary>A run's progress; reported every few steps.</summary>
/// <param name="Phase">The network being trained.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">The total number of steps.</param>
/// <param name="Loss">The mean loss since the last report; NaN if all steps since were skipped.</param>
/// <param name="SamplesPerSecond">Speed since the last report.</param>
/// <param name="StepsPerSecond">Speed since the last report.</param>
public sealed record TrainingProgress(string Phase, int Step, int Steps, double Loss, double SamplesPerSecond, double StepsPerSecond)
{
    /// <summary>The time left at this speed.</summary>
    public TimeSpan Left => TimeSpan.FromSeconds(StepsPerSecond > 0 ? Math.Min((Steps - Step) / StepsPerSecond, int.MaxValue) : 0);

    /// <summary>One line for a log.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Phase} {Step}/{Steps} loss {Loss:f5} {SamplesPerSecond:f1} samples/s");
}

/// <summary>Counts samples and losses between two reports.</summary>
internal sealed class ProgressMeter(string phase, TrainingOptions options, IProgress<TrainingProgress>? progress)
{
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private double sum;
    private int count;
    private int steps;

    /// <summary>Adds a step; reports when it is time.</summary>
    public void Add(TrainingStep step)
    {
        steps++;
        if (!step.Skipped)
        {
            sum += step.Loss;
            count++;
        }

        if (step.Step % options.ReportEvery == 0 || step.Step == options.Steps)
        {
            double speed = steps / Math.Max(watch.Elapsed.TotalSeconds, 1e-6);
            progress?.Report(new TrainingProgress(phase, step.Step, options.Steps, sum / count, speed * options.BatchSize * options.Accumulate, speed));
            (sum, count, steps) = (0, 0, 0);
            watch.Restart();
        }
    }
}
