using BrushEdit.Editing;

namespace BrushEdit.Generating;

/// <summary>A setting that not every engine supports.</summary>
/// <param name="Name">The name.</param>
/// <param name="IsTaken">Whether an engine supports it.</param>
/// <param name="Value">The requested value.</param>
internal sealed record EngineSetting(string Name, Func<EngineTraits, bool> IsTaken, Func<InpaintSettings, object?> Value)
{
    /// <summary>Whether an engine that does not support it refuses it; else the engine ignores it, since not only users set it.</summary>
    public bool IsRefused { get; private init; } = true;

    /// <summary>All settings.</summary>
    public static IReadOnlyList<EngineSetting> All { get; } =
    [
        new(nameof(InpaintSettings.Strength), traits => traits.TakesStrength, settings => settings.Strength),
        new(nameof(InpaintSettings.Erase), traits => traits is { TakesMask: true, IsRemote: false }, settings => settings.Erase),
        new(nameof(InpaintSettings.ImageGuidanceScale), traits => traits.TakesImageGuidance, settings => settings.ImageGuidanceScale),
        new(nameof(InpaintSettings.GuidanceScale), traits => traits.TakesGuidance, settings => settings.GuidanceScale),
        new(nameof(InpaintSettings.GuidanceStart), traits => traits.TakesStepSavings, settings => settings.GuidanceStart),
        new(nameof(InpaintSettings.GuidanceEnd), traits => traits.TakesStepSavings, settings => settings.GuidanceEnd),
        new(nameof(InpaintSettings.DeepCache), traits => traits.TakesStepSavings, settings => settings.DeepCache),
        new(nameof(InpaintSettings.SkipSteps), traits => traits.TakesStepSavings, settings => settings.SkipSteps),
        new(nameof(InpaintSettings.NegativePrompt), traits => traits.TakesNegativePrompt, settings => settings.NegativePrompt),
        new(nameof(InpaintSettings.ConditioningScale), traits => traits.TakesConditioning, settings => settings.ConditioningScale),
        new(nameof(InpaintSettings.ConditioningStart), traits => traits.TakesConditioning, settings => settings.ConditioningStart),
        new(nameof(InpaintSettings.ConditioningEnd), traits => traits.TakesConditioning, settings => settings.ConditioningEnd),
        new(nameof(InpaintSettings.Steps), traits => traits.TakesSampler, settings => settings.Steps),
        new(nameof(InpaintSettings.Sampler), traits => traits.TakesSampler, settings => settings.Sampler),
        new(nameof(InpaintSettings.Karras), ChoosesSteps, settings => settings.Karras),
        new(nameof(InpaintSettings.Timesteps), ChoosesSteps, settings => settings.Timesteps),
        new(nameof(InpaintSettings.Sigmas), ChoosesSteps, settings => settings.Sigmas),
        new(nameof(InpaintSettings.Eta), ChoosesSteps, settings => settings.Eta),
        new(nameof(InpaintSettings.ClipSkip), traits => !traits.IsRemote, settings => settings.ClipSkip),
        new(nameof(InpaintSettings.PromptSyntax), traits => traits is { IsRemote: false, TakesTwoCaptions: false }, settings => settings.PromptSyntax),
        new(nameof(InpaintSettings.Samples), traits => traits.TakesSamples, settings => settings.Samples),
        new(nameof(InpaintSettings.WholePicture), traits => traits.TakesWholePicture, settings => settings.WholePicture),
        new("previews", traits => traits.TakesPreviews, settings => settings.PreviewEvery),
        new(nameof(InpaintSettings.PromptEdit), traits => traits.TakesTwoCaptions, settings => settings.PromptEdit),
        new(nameof(InpaintSettings.ContextMargin), traits => traits.TakesMask, settings => settings.ContextMargin),
        new(nameof(InpaintSettings.Feather), traits => traits.TakesMask, settings => settings.Feather),
        new(nameof(InpaintSettings.FeatherWidth), traits => traits.TakesMask, settings => settings.FeatherWidth),
        new(nameof(InpaintSettings.CaptionBefore), traits => traits.TakesTwoCaptions, settings => settings.CaptionBefore) { IsRefused = false },
        new(nameof(InpaintSettings.Quality), traits => traits.TakesSampler, settings => settings.Quality) { IsRefused = false },
        new(nameof(InpaintSettings.Seed), traits => traits is { TakesSamples: true, IsRemote: false }, settings => settings.Seed) { IsRefused = false },
    ];

    private static bool ChoosesSteps(EngineTraits traits) => traits is { TakesSampler: true, IsDdim: false };
}
