namespace BrushEdit.Training;

/// <summary>The options specific to training a denoiser: what is left out, and how errors are weighted.</summary>
public sealed record InpaintTrainingOptions
{
    /// <summary>The share of captions left empty, for classifier-free guidance.</summary>
    public double CaptionDropout { get; init; } = 0.1;

    /// <summary>
    /// The share of batches in which the branch is left out, so that the base also learns to draw alone. Networks without a branch ignore it.
    /// </summary>
    public double BranchDropout { get; init; } = 0.1;

    /// <summary>The weight of an error inside the hole relative to one outside. BrushNet uses 1: the whole latent counts equally.</summary>
    public double HoleWeight { get; init; } = 1;

    /// <summary>
    /// The signal-to-noise ratio above which a timestep's weight is cut (min-SNR, arXiv 2303.09556); 0 weights all timesteps equally.
    /// </summary>
    public double SnrGamma { get; init; } = 5;

    /// <summary>
    /// The share of timesteps drawn around the middle of the schedule (logit-normal, Esser et al., arXiv 2403.03206) instead of uniformly: what
    /// is decided there, an object's outline, is learnt last.
    /// </summary>
    public double MiddleShare { get; init; }

    /// <summary>
    /// The share of examples that show pure noise at the last timestep, which is where sampling starts. The usual schedules leave a
    /// trace of the picture there (Lin et al., arXiv 2305.08891): a network that has only seen that trace mistakes the noise's own mean for the
    /// picture's light.
    /// </summary>
    public double PureNoiseShare { get; init; }
}
