using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>How a step's answer comes about.</summary>
internal enum StepKind
{
    /// <summary>The whole networks are run.</summary>
    Whole,

    /// <summary>Their outer blocks alone are run, on what the inner ones gave last.</summary>
    Outer,

    /// <summary>Nothing is run: the answer is extrapolated.</summary>
    Forecast,
}

/// <summary>What networks are run on; after a change of it nothing of the steps before is used any more.</summary>
/// <param name="IsGuided">Whether there is a half without the caption.</param>
/// <param name="HasBranch">Whether a network beside the base steers.</param>
/// <param name="Erases">Whether the hole's attention is restrained.</param>
internal readonly record struct StepMode(bool IsGuided, bool HasBranch, bool Erases);

/// <summary>Decides step by step what is run, and keeps what later steps use of earlier ones.</summary>
/// <param name="savings">What is left out.</param>
/// <param name="schedule">The noise schedule, which extrapolated answers need; null if there are none.</param>
/// <param name="count">The number of steps that are taken.</param>
internal sealed class StepPlan(StepSavings savings, NoiseSchedule? schedule, int count) : IDisposable
{
    private readonly PredictionForecast? forecast = savings.SkipSteps == 0 ? null
        : new PredictionForecast(schedule ?? throw new ArgumentException("Extrapolated answers need the noise schedule.", nameof(schedule)));

    private StepMode? last;
    private int sinceWhole;
    private int skipped;

    /// <summary>What the base's inner blocks gave; null if every step runs them.</summary>
    public DeepFeatures? Deep { get; } = savings.DeepCache > 1 ? new DeepFeatures() : null;

    /// <summary>What the branch's inner blocks gave; null if every step runs them.</summary>
    public DeepFeatures? BranchDeep { get; } = savings.DeepCache > 1 ? new DeepFeatures() : null;

    /// <summary>Decides the next step; called once for each, in their order.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="mode">What the networks would run on.</param>
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

    /// <summary>Takes a computed answer, for those that are extrapolated from it.</summary>
    /// <param name="timestep">The timestep.</param>
    /// <param name="answer">The answer, guidance applied.</param>
    public void Keep(double timestep, torch.Tensor answer) => forecast?.Add(timestep, answer);

    /// <summary>The answer of a step at which nothing is run.</summary>
    /// <param name="timestep">The timestep.</param>
    public torch.Tensor Foretell(double timestep) => forecast!.At(timestep);

    /// <summary>Frees what is kept.</summary>
    public void Dispose()
    {
        forecast?.Dispose();
        Deep?.Dispose();
        BranchDeep?.Dispose();
    }
}
