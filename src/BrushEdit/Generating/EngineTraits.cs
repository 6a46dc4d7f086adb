using System.Collections.Frozen;
using BrushEdit.Editing;
using BrushEdit.Loading;
using BrushEdit.Sampling;

namespace BrushEdit.Generating;

/// <summary>The capabilities of an engine. A setting that it does not support is refused by name, never ignored.</summary>
public sealed record EngineTraits
{
    /// <summary>The guidance by the picture that InstructPix2Pix's authors recommend.</summary>
    public const double UsualImageGuidance = 1.5;

    private static readonly InpaintSettings Usual = new();

    private static readonly EngineTraits[] Known =
    [
        new()
        {
            Kind = EngineKind.BrushNet, About = "a BrushNet beside the base model", TakesMask = true, TakesBrushNet = true, TakesConditioning = true,
        },
        new()
        {
            Kind = EngineKind.SDInpainting, About = "a base model trained for inpainting (9 channels)", TakesMask = true, TakesStrength = true, Base = ModelKind.Inpainting,
        },
        new()
        {
            Kind = EngineKind.ControlNetInpaint, About = "a ControlNet trained for inpainting beside the base model", TakesMask = true, TakesControlNet = true, TakesConditioning = true, TakesStrength = true,
        },
        new() { Kind = EngineKind.BlendedLatent, About = "the base model alone, with kept latents restored at each step", TakesMask = true, TakesStrength = true },
        new() { Kind = EngineKind.SDEdit, About = "the base model alone, starting from the picture", TakesMask = true, TakesStrength = true, UsualStrength = 0.8 },
        new()
        {
            Kind = EngineKind.InstructPix2Pix, About = "a base model trained to edit by instruction (8 channels)", TakesImageGuidance = true, Base = ModelKind.InstructPix2Pix,
        },
        Prompts(EngineKind.DdimP2P, "DDIM inversion and prompt-to-prompt"),
        Prompts(EngineKind.NullTextP2P, "null-text inversion and prompt-to-prompt"),
        Prompts(EngineKind.DirectP2P, "direct (PnP) inversion and prompt-to-prompt"),
        new()
        {
            Kind = EngineKind.Server, About = "a server that implements the images/edits interface", TakesMask = true, IsRemote = true, TakesWholePicture = false, TakesNegativePrompt = false, TakesGuidance = false,
            TakesSampler = false, TakesPreviews = false, Base = null,
        },
    ];

    private static readonly FrozenDictionary<EngineKind, FrozenSet<string>> Useless = Known.ToFrozenDictionary(
        traits => traits.Kind, traits => EngineSetting.All.Where(one => !one.IsTaken(traits)).Select(one => one.Name).ToFrozenSet(StringComparer.Ordinal));

    /// <summary>The engine.</summary>
    public required EngineKind Kind { get; init; }

    /// <summary>A short description.</summary>
    public required string About { get; init; }

    /// <summary>The kind of base model it runs on; null for none.</summary>
    public ModelKind? Base { get; init; } = ModelKind.StableDiffusion;

    /// <summary>Whether it fills a mask; else it edits the whole picture by text.</summary>
    public bool TakesMask { get; init; }

    /// <summary>Whether it uses a BrushNet.</summary>
    public bool TakesBrushNet { get; init; }

    /// <summary>Whether it uses a ControlNet.</summary>
    public bool TakesControlNet { get; init; }

    /// <summary>Whether the strength and the share of the steps of a network beside the base can be set.</summary>
    public bool TakesConditioning { get; init; }

    /// <summary>Whether it can start from the picture with part of the noise.</summary>
    public bool TakesStrength { get; init; }

    /// <summary>The default start.</summary>
    public double UsualStrength { get; init; } = 1;

    /// <summary>Whether it supports a negative prompt.</summary>
    public bool TakesNegativePrompt { get; init; } = true;

    /// <summary>Whether its guidance can be set.</summary>
    public bool TakesGuidance { get; init; } = true;

    /// <summary>Whether its fidelity to the picture can be set.</summary>
    public bool TakesImageGuidance { get; init; }

    /// <summary>Whether sampler, spacing and steps can be chosen.</summary>
    public bool TakesSampler { get; init; } = true;

    /// <summary>Whether DDIM is the only sampler that can be chosen.</summary>
    public bool IsDdim { get; init; }

    /// <summary>Whether steps can be partly skipped: guidance in an interval, inner blocks on some steps, extrapolated steps.</summary>
    public bool TakesStepSavings => !IsRemote && !TakesTwoCaptions;

    /// <summary>Whether it makes several samples: its results differ by their seeds.</summary>
    public bool TakesSamples { get; init; } = true;

    /// <summary>Whether an unfinished fill can be shown.</summary>
    public bool TakesPreviews { get; init; } = true;

    /// <summary>Whether it can process a whole picture at its own size.</summary>
    public bool TakesWholePicture { get; init; } = true;

    /// <summary>Whether it edits from a caption of the original picture to one of the edited picture.</summary>
    public bool TakesTwoCaptions { get; init; }

    /// <summary>Whether its networks can hold their weights in 8 bits: not where something is learnt through them, which needs every expanded weight at once.</summary>
    public bool TakesEightBitWeights => !IsRemote && Kind != EngineKind.NullTextP2P;

    /// <summary>Whether the pictures are sent off this machine.</summary>
    public bool IsRemote { get; init; }

    /// <summary>The traits of all engines, the default engine first.</summary>
    public static IReadOnlyList<EngineTraits> All => Known;

    /// <summary>An engine's traits.</summary>
    /// <param name="kind">The engine.</param>
    public static EngineTraits Of(EngineKind kind) => Known.First(one => one.Kind == kind);

    /// <summary>Refuses settings that the engine does not use, and those that are out of range.</summary>
    /// <param name="settings">The requested settings.</param>
    /// <returns>The settings, with a list of those without effect here (<see cref="InpaintSettings.Unused"/>).</returns>
    /// <exception cref="EditException">Names the engine and the first such setting.</exception>
    public InpaintSettings Require(InpaintSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        foreach (EngineSetting one in EngineSetting.All.Where(one => one.IsRefused && !one.IsTaken(this)))
        {
            object? value = one.Value(settings);
            Refuse(!Equals(value, one.Value(Usual)), one.Name, value);
        }

        Refuse(IsDdim && settings.Sampler != Usual.Sampler && SamplerFactory.Parse(settings.Sampler) != SamplerKind.Ddim, nameof(settings.Sampler), settings.Sampler);
        Refuse((settings.Strength ?? UsualStrength) < 1 && (settings.Timesteps ?? settings.Sigmas) is not null, "explicit steps with a strength below 1", settings.Strength);
        if (TakesTwoCaptions && string.IsNullOrWhiteSpace(settings.CaptionBefore))
        {
            throw new EditException(EditFault.MissingStage, $"The engine {Kind} edits from caption to caption, but the caption of the picture before the edit is missing.", "Give it with -CaptionBefore.", Kind);
        }

        return settings with { Unused = Useless[Kind] };
    }

    /// <summary>Refuses a setting that the engine does not use.</summary>
    /// <param name="useless">Whether the setting was given although it is not used.</param>
    /// <param name="what">The name of the setting.</param>
    /// <param name="value">The given value.</param>
    /// <exception cref="EditException">The setting was given.</exception>
    public void Refuse(bool useless, string what, object? value)
    {
        if (useless)
        {
            string[] others = [.. Known.Where(one => one.Kind != Kind && Allows(one, what)).Select(one => one.Kind.ToString())];
            throw new EditException(
                EditFault.BadArgument,
                $"The engine {Kind} ({About}) does not support {what}.",
                others.Length == 0 ? "Omit it." : $"Omit it, or choose another engine: {string.Join(", ", others)}.",
                value);
        }
    }

    private static bool Allows(EngineTraits traits, string what) => what switch
    {
        "Mask" => traits.TakesMask,
        "BrushNet" => traits.TakesBrushNet,
        "ControlNet" => traits.TakesControlNet,
        nameof(InpaintSettings.Sampler) => traits is { TakesSampler: true, IsDdim: false },
        nameof(Caching.ComputeDevice.EightBitWeights) => traits.TakesEightBitWeights,
        _ => EngineSetting.All.Any(one => one.Name == what && one.IsTaken(traits)),
    };

    private static EngineTraits Prompts(EngineKind kind, string about) =>
        new() { Kind = kind, About = about, TakesTwoCaptions = true, TakesSamples = false, TakesNegativePrompt = false, TakesPreviews = false, IsDdim = true };
}
