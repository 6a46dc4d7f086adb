using BrushEdit.Editing;

namespace BrushEdit.Inpainting;

/// <summary>The computations that a run skips for speed, at a cost in quality. The default skips nothing.</summary>
public sealed record StepSavings
{
    /// <summary>The first steps that are always computed: the predictions change most there.</summary>
    public const int FirstComputed = 4;

    /// <summary>Skips nothing.</summary>
    public static StepSavings None { get; } = new();

    /// <summary>The fraction of the steps, in [0, 1], from which on there is guidance ("Applying Guidance in a Limited Interval", arXiv 2404.07724).</summary>
    public double GuidanceStart { get; init; }

    /// <summary>The fraction of the steps, in [0, 1], at which guidance ends; outside the interval only the half with the caption is run.</summary>
    public double GuidanceEnd { get; init; } = 1;

    /// <summary>The whole networks are run on every n-th step, their outer blocks alone on the others (DeepCache, arXiv 2312.00858); 1 for on all.</summary>
    public int DeepCache { get; init; } = 1;

    /// <summary>The number of steps extrapolated after each computed step, from the last computed ones; 0 for none.</summary>
    public int SkipSteps { get; init; }

    /// <summary>Returns the savings that a fill's settings request.</summary>
    /// <param name="settings">The settings.</param>
    public static StepSavings Of(InpaintSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new StepSavings
        {
            GuidanceStart = settings.GuidanceStart,
            GuidanceEnd = settings.GuidanceEnd,
            DeepCache = settings.DeepCache,
            SkipSteps = settings.SkipSteps,
        };
    }

    /// <summary>Whether there is guidance at a step, by the same rule as for the conditioning's interval.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="count">The number of steps.</param>
    public bool GuidesAt(int step, int count) => (double)step / count >= GuidanceStart && (step + 1.0) / count <= GuidanceEnd;
}
