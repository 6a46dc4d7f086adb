using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>How a step's prediction is obtained.</summary>
internal enum StepKind
{
    /// <summary>The whole networks are run.</summary>
    Whole,

    /// <summary>Only the outer blocks are run, on the last outputs of the inner ones.</summary>
    Outer,

    /// <summary>Nothing is run: the prediction is extrapolated.</summary>
    Forecast,
}

/// <summary>The conditions that the networks run under; after a change, no result of earlier steps is reused.</summary>
/// <param name="IsGuided">Whether the batch has a half without the caption.</param>
/// <param name="HasBranch">Whether a branch beside the base steers.</param>
/// <param name="Erases">Whether the hole's attention is restrained.</param>
internal readonly record struct StepMode(bool IsGuided, bool HasBranch, bool Erases);

/// <summary>Decides step by step what is run, and keeps the results of earlier steps that later ones reuse.</summary>
/// <param name="savings">The computations to skip.</param>
/// <param name="schedule">The noise schedule, which extrapolation needs; null if no step is extrapolated.</param>
/// <param name="count">The number of steps.</param>
internal sealed class StepPlan(StepSavings savings, NoiseSchedule? schedule, int count) : IDisposable
{
    private readonly PredictionForecast? forecast = savings.SkipSteps == 0 ? null
        : new PredictionForecast(schedule ?? throw new ArgumentException("Extrapolated answers need the noise schedule.", nameof(schedule)));

    private StepMode? last;
    private int sinceWhole;
    private int skipped;

    /// <summary>The outputs of the base's inner blocks; null if every step runs them.</summary>
    public DeepFeatures? Deep { get; } = savings.DeepCache > 1 ? new DeepFeatures() : null;

    /// <summary>The outputs of the branch's inner blocks; null if every step runs them.</summary>
    public DeepFeatures? BranchDeep { get; } = savings.DeepCache > 1 ? new DeepFeatures() : null;

    /// <summary>Decides the next step; called once for each, in order.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="mode">The conditions for this step.</param>
    public StepKind Next(int step, StepMode mode)
    {
        bool isNew = last != mode;
        last = mode;
        if (isNew)
        {
            forecast?.Clear();
        }

        if (forecast is { IsReady: true } && step >= StepSavings.FirstComputed && step < count - 1 && skipped < savings.SkipSteps)
        {
            skipped++;
            return StepKind.Forecast;
        }

        skipped = 0;
        sinceWhole = isNew ? 0 : (sinceWhole + 1) % savings.DeepCache;
        return sinceWhole == 0 ? StepKind.Whole : StepKind.Outer;
    }

    /// <summary>Records a computed prediction for later extrapolation.</summary>
    /// <param name="timestep">The timestep.</param>
    /// <param name="answer">The prediction, with guidance applied.</param>
    public void Keep(double timestep, torch.Tensor answer) => forecast?.Add(timestep, answer);

    /// <summary>Returns the extrapolated prediction of a step at which nothing is run.</summary>
    /// <param name="timestep">The timestep.</param>
    public torch.Tensor Foretell(double timestep) => forecast!.At(timestep);

    /// <summary>Frees the kept tensors.</summary>
    public void Dispose()
    {
        forecast?.Dispose();
        Deep?.Dispose();
        BranchDeep?.Dispose();
    }
}
