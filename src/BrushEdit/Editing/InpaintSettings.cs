using System.Collections.Frozen;

namespace BrushEdit.Editing;

/// <summary>Everything that determines a fill, except for picture, mask and models. The defaults are those of the BrushEdit authors.</summary>
public sealed record InpaintSettings
{
    /// <summary>The guidance scale for a model that specifies none: that of the BrushEdit authors.</summary>
    public const double UsualGuidanceScale = 7.5;

    /// <summary>The default negative prompt: that of the BrushEdit authors.</summary>
    public const string UsualNegativePrompt = "ugly, low quality";

    /// <summary>The number of layers of the published text encoders (of two, the shorter one's); models with fewer layers allow less.</summary>
    public const int MostClipSkip = 12;

    /// <summary>The smallest number of steps at which some can be skipped: the first four and the last are always computed.</summary>
    public const int FewestStepsToSkip = 6;

    private static readonly IReadOnlySet<string> EmptyNames = FrozenSet<string>.Empty;

    /// <summary>What the filled picture shows.</summary>
    public string Caption { get; init; } = string.Empty;

    /// <summary>What the picture shows before the edit; null if it is not known. Used by the engines that edit from caption to caption.</summary>
    public string? CaptionBefore { get; init; }

    /// <summary>The edit instruction; null if it is not known. Used by the engines that edit by instruction.</summary>
    public string? Instruction { get; init; }

    /// <summary>
    /// What the filled picture must not show; null for no negative prompt at all, which Stable Diffusion XL distinguishes from an empty one.
    /// </summary>
    public string? NegativePrompt { get; init; } = UsualNegativePrompt;

    /// <summary>
    /// How many layers before the usual one of the text encoder the caption's hidden states are taken, from 0; many programs count from 1, and call 1
    /// here "clip skip 2". The negative prompt is not affected.
    /// </summary>
    public int ClipSkip { get; init; }

    /// <summary>How caption and negative prompt are parsed: brackets, and how long ones are split into chunks.</summary>
    public PromptSyntax PromptSyntax { get; init; } = PromptSyntax.WebUI;

    /// <summary>
    /// How the caption is parsed if that differs, as for a plan's caption, which is plain text; null for <see cref="PromptSyntax"/>.
    /// </summary>
    public PromptSyntax? CaptionSyntax { get; init; }

    /// <summary>The preset that sets sampler, steps and guidance unless they are given; null for none. Recorded in the result.</summary>
    public EditQuality? Quality { get; init; }

    /// <summary>Sampling steps, 1 to 1000.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>The classifier-free guidance scale, from 1 (none; the unconditional half is not run) upwards.</summary>
    /// <remarks>If null, the model's own scale is used, or else <see cref="UsualGuidanceScale"/>.</remarks>
    public double? GuidanceScale { get; init; }

    /// <summary>The fraction of the steps, in [0, 1], at which guidance starts; outside the interval only the half with the caption is run.</summary>
    public double GuidanceStart { get; init; }

    /// <summary>The fraction of the steps, in [0, 1], at which guidance ends.</summary>
    public double GuidanceEnd { get; init; } = 1;

    /// <summary>
    /// The networks' inner blocks are run only on every n-th step, 1 (every step) to 100; the outer blocks are run on every step, with the latest
    /// output of the inner blocks (DeepCache, arXiv 2312.00858).
    /// </summary>
    public int DeepCache { get; init; } = 1;

    /// <summary>
    /// How many steps, 0 to 8, are extrapolated after each one that is computed. The first four steps and the last are computed in any case.
    /// </summary>
    public int SkipSteps { get; init; }

    /// <summary>The strength of the BrushNet branch, 0 (the branch is not run) to 2; the authors use 0 to 1.1.</summary>
    public double ConditioningScale { get; init; } = 1;

    /// <summary>The fraction of the steps, in [0, 1], at which the branch starts to run.</summary>
    public double ConditioningStart { get; init; }

    /// <summary>The fraction of the steps, in [0, 1], at which the branch stops.</summary>
    public double ConditioningEnd { get; init; } = 1;

    /// <summary>The sampler's name, one of those that <see cref="Sampling.SamplerFactory"/> lists.</summary>
    public string Sampler { get; init; } = "UniPC";

    /// <summary>For DDIM the fraction of DDPM's noise, for TCD its gamma, 0 to 1; null for the sampler's default.</summary>
    public double? Eta { get; init; }

    /// <summary>Explicit timesteps, first to last, one per step; null for the scheduler's spacing.</summary>
    public IReadOnlyList<double>? Timesteps { get; init; }

    /// <summary>Explicit noise levels: one per step, followed by the final one; null for the scheduler's spacing.</summary>
    public IReadOnlyList<double>? Sigmas { get; init; }

    /// <summary>Whether the noise levels are spaced as Karras et al. propose (arXiv 2206.00364).</summary>
    public bool Karras { get; init; }

    /// <summary>The first sample's seed; null draws a random one. Sample n has this seed plus n.</summary>
    public long? Seed { get; init; }

    /// <summary>The number of samples, 1 to 64.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>Whether the networks process the whole picture at its own size, instead of a crop around the mask.</summary>
    public bool WholePicture { get; init; }

    /// <summary>The margin of context around the mask in a crop, as a fraction of the mask's longer side.</summary>
    public double ContextMargin { get; init; } = 0.25;

    /// <summary>
    /// How the fill is blended with the kept pixels; null for <see cref="Feather.Matte"/> if the mask is known to be a matte, otherwise <see
    /// cref="Feather.Inside"/>.
    /// </summary>
    public Feather? Feather { get; init; }

    /// <summary>The width of the feather in pixels, at the size that the networks process; null for 1/128 of the model's native side.</summary>
    public int? FeatherWidth { get; init; }

    /// <summary>
    /// The number of steps between two previews; 0 for none; null for every step if a tiny autoencoder decodes them, otherwise every fifth.
    /// </summary>
    public int? PreviewEvery { get; init; } = 0;

    /// <summary>
    /// Whether previews that no tiny autoencoder decodes are sketches: colours computed from the latent at its own size, at almost no cost and
    /// therefore at every step if <see cref="PreviewEvery"/> is null.
    /// </summary>
    public bool SketchPreviews { get; init; }

    /// <summary>
    /// How much of the noise a run starts with, above 0 to 1, for the engines that can start from the picture; null for the engine's default. Only
    /// the last steps are run, in the same proportion.
    /// </summary>
    public double? Strength { get; init; }

    /// <summary>
    /// How the hole's positions are kept from attending to one another, so that a removed object does not reappear in its own hole; null for not at
    /// all. For removals only; an addition needs this attention.
    /// </summary>
    public EraseMode? Erase { get; init; }

    /// <summary>InstructPix2Pix's image guidance scale: how closely it keeps to the picture, 0 to 20; null for 1.5.</summary>
    public double? ImageGuidanceScale { get; init; }

    /// <summary>How far prompt-to-prompt follows the original; null for the defaults.</summary>
    public PromptEditSettings? PromptEdit { get; init; }

    /// <summary>The names of those of these settings that had no effect, since the engine does not use them; no file records them.</summary>
    public IReadOnlySet<string> Unused { get; init; } = EmptyNames;

    /// <summary>Checks every range.</summary>
    /// <exception cref="EditException">A value is out of range; the message names the first one.</exception>
    public void Validate()
    {
        Require(Steps is >= 1 and <= 1000, nameof(Steps), Steps, "1 to 1000");
        Require(GuidanceScale is null or (>= 1 and <= 100), nameof(GuidanceScale), GuidanceScale, "1 to 100");
        Require(ClipSkip is >= 0 and <= MostClipSkip, nameof(ClipSkip), ClipSkip, $"0 to {MostClipSkip}");
        Require(Eta is null or (>= 0 and <= 1), nameof(Eta), Eta, "0 to 1");
        Require(Timesteps is null || Timesteps.Count == Steps, nameof(Steps), Steps, $"the number of given timesteps ({Timesteps?.Count}), or none");
        Require(Sigmas is null || Sigmas.Count == Steps + 1, nameof(Steps), Steps, $"one less than the number of given noise levels ({Sigmas?.Count}), or none");
        Require(ConditioningScale is >= 0 and <= 2, nameof(ConditioningScale), ConditioningScale, "0 to 2");
        Require(ConditioningStart is >= 0 and <= 1, nameof(ConditioningStart), ConditioningStart, "0 to 1");
        Require(ConditioningEnd >= ConditioningStart && ConditioningEnd <= 1, nameof(ConditioningEnd), ConditioningEnd, "a number from ConditioningStart to 1");
        Require(GuidanceStart is >= 0 and <= 1, nameof(GuidanceStart), GuidanceStart, "0 to 1");
        Require(GuidanceEnd >= GuidanceStart && GuidanceEnd <= 1, nameof(GuidanceEnd), GuidanceEnd, "a number from GuidanceStart to 1");
        Require(DeepCache is >= 1 and <= 100, nameof(DeepCache), DeepCache, "1 to 100");
        Require(SkipSteps is >= 0 and <= 8, nameof(SkipSteps), SkipSteps, "0 to 8");
        Require(SkipSteps == 0 || Steps >= FewestStepsToSkip, nameof(SkipSteps), SkipSteps, $"0, or {FewestStepsToSkip} steps or more: the first four and the last are always computed");
        Require(Strength is null or (> 0 and <= 1), nameof(Strength), Strength, "more than 0, and at most 1");
        Require(ImageGuidanceScale is null or (>= 0 and <= 20), nameof(ImageGuidanceScale), ImageGuidanceScale, "0 to 20");
        Require(PromptEdit is null or { CrossReplace: >= 0 and <= 1 }, nameof(PromptEditSettings.CrossReplace), PromptEdit?.CrossReplace, "0 to 1");
        Require(PromptEdit is null or { SelfReplace: >= 0 and <= 1 }, nameof(PromptEditSettings.SelfReplace), PromptEdit?.SelfReplace, "0 to 1");
        Require(Samples is >= 1 and <= 64, nameof(Samples), Samples, "1 to 64");
        Require(ContextMargin is >= 0 and <= 10, nameof(ContextMargin), ContextMargin, "0 to 10");
        Require(FeatherWidth is null or (>= 0 and <= 1024), nameof(FeatherWidth), FeatherWidth, "0 to 1024");
        Require(PreviewEvery is null or >= 0, nameof(PreviewEvery), PreviewEvery, "0 or more");
        Require(Seed is null or >= 0, nameof(Seed), Seed, "0 or more");
        Require(Seed is null || Seed <= long.MaxValue - (Samples - 1), nameof(Seed), Seed, $"at most {long.MaxValue - (Samples - 1)} with {Samples} samples, each of which has the next seed");
    }

    private static void Require(bool holds, string name, object? value, string range)
    {
        if (!holds)
        {
            throw new EditException(EditFault.BadArgument, $"{name} is {value}.", $"Give {range}.", value);
        }
    }
}

/// <summary>
/// How far prompt-to-prompt (arXiv 2208.01626) follows the original. The defaults are those that PIE-Bench uses for all its pictures.
/// </summary>
public sealed record PromptEditSettings
{
    /// <summary>The fraction of the steps, in [0, 1], for which the original's attention to its words is kept.</summary>
    public double CrossReplace { get; init; } = 0.4;

    /// <summary>The fraction of the steps, in [0, 1], for which the original's attention among its positions is kept.</summary>
    public double SelfReplace { get; init; } = 0.6;

    /// <summary>
    /// A word of the caption before and the word of the caption after that replaces it: only positions that attend to either word are changed. Null:
    /// everywhere.
    /// </summary>
    public (string Before, string After)? BlendWords { get; init; }

    /// <summary>Words of the caption after, and the factor by which the attention to each is multiplied; empty for none.</summary>
    public IReadOnlyDictionary<string, double> WordScales { get; init; } = new Dictionary<string, double>();
}

/// <summary>How a fill is blended in.</summary>
public enum Feather
{
    /// <summary>A soft edge, but only inside the mask: no pixel outside it changes.</summary>
    Inside,

    /// <summary>A hard edge.</summary>
    None,

    /// <summary>The two-sided blur of the papers (21 taps, sigma 3.5): pixels around the mask change, too.</summary>
    Outside,

    /// <summary>
    /// The mask is used as a matte: where it is soft, the kept object's own colours are estimated and composited over the fill, so that nothing of
    /// the old background that showed through remains. Pixels that the mask keeps completely do not change.
    /// </summary>
    Matte,
}
