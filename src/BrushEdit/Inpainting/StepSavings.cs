using BrushEdit.Editing;

namespace BrushEdit.Inpainting;

/// <summary>What is left out of a run for speed, at a price. The default leaves out nothing.</summary>
public sealed record StepSavings
{
    /// <summary>The first steps that are always computed: the answers change most there.</summary>
    public const int FirstComputed = 4;

    /// <summary>Nothing left out.</summary>
    public static StepSavings None { get; } = new();

    /// <summary>The fraction of the steps, in [0, 1], from which on there is guidance ("Applying Guidance in a Limited Interval", arXiv 2404.07724).</summary>
    public double GuidanceStart { get; init; }

    /// <summary>The fraction of the steps, in [0, 1], up to which there is; outside the interval the half with the caption is run alone.</summary>
    public double GuidanceEnd { get; init; } = 1;

    /// <summary>The whole networks are run on every n-th step, their outer blocks alone on the others (DeepCache, arXiv 2312.00858); 1 for on all.</summary>
    public int DeepCache { get; init; } = 1;

    /// <summary>After each step that is computed so many are extrapolated from the last ones; 0 for none.</summary>
    public int SkipSteps { get; init; }

    /// <summary>What a fill's settings leave out.</summary>
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

    /// <summary>Whether there is guidance at a step, by the rule of the conditioning's interval.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="count">The number of steps.</param>
    public bool GuidesAt(int step, int count) => (double)step / count >= GuidanceStart && (step + 1.0) / count <= GuidanceEnd;
}
