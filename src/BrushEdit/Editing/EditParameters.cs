using System.Globalization;
using System.Text.Json;

namespace BrushEdit.Editing;

/// <summary>
/// The parameters of an edit, as strings by name. They are stored in the result's file, so that the edit can be displayed and repeated.
/// </summary>
public static class EditParameters
{
    /// <summary>
    /// The parameters of a filled picture. Numbers use the invariant culture; settings that were not used, by choice or by the engine, are omitted.
    /// </summary>
    /// <param name="edit">The edit.</param>
    /// <param name="seed">The seed of the sample that is written; null for the result's seed.</param>
    public static IReadOnlyDictionary<string, string> Of(ImageEdit edit, long? seed = null)
    {
        ArgumentNullException.ThrowIfNull(edit);
        Dictionary<string, string> texts = new(StringComparer.Ordinal);
        void Add(string name, object? value)
        {
            if (value is not null)
            {
                texts[name] = Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty;
            }
        }

        Add("software", "BrushEdit " + typeof(EditParameters).Assembly.GetName().Version?.ToString(3));
        if (edit.Settings is { } settings)
        {
            AddSettings(settings with { Seed = seed ?? edit.Seed }, Add);
        }

        if (edit.Plan is { } plan)
        {
            Add("instruction", plan.Instruction);
            Add("editType", plan.EditType);
            Add("target", plan.Target);
            Add("selection", plan.Selection.Any(one => one.How.Length > 0) ? string.Join("; ", plan.Selection.Select(one => one.ToString())) : null);
            Add("planner", plan.Planner);
        }

        if (edit.ShapedWith is { } shape)
        {
            Add("grow", shape.Grow);
            Add("soften", shape.Soften > 0 ? shape.Soften : null);
            Add("edgeReach", shape.EdgeReach);
            Add("withShadow", shape.WithShadow ? true : null);
            Add("withReflection", shape.WithReflection ? true : null);
            Add("keepOutline", shape.KeepOutline ? true : null);
        }

        Add("extended", edit.Extension);
        Add("models", Joined(edit.Models));
        Add("overrides", Joined(edit.Overrides));
        return texts;
    }

    private static void AddSettings(InpaintSettings settings, Action<string, object?> write)
    {
        void Add(string name, object? value)
        {
            if (!settings.Unused.Contains(name))
            {
                write(JsonNamingPolicy.CamelCase.ConvertName(name), value);
            }
        }

        Add(nameof(settings.Seed), settings.Seed);
        Add(nameof(settings.Caption), settings.Caption);
        Add(nameof(settings.NegativePrompt), settings.NegativePrompt);
        Add(nameof(settings.ClipSkip), settings.ClipSkip > 0 ? settings.ClipSkip : null);
        Add(nameof(settings.PromptSyntax), settings.CaptionSyntax ?? settings.PromptSyntax);
        Add(nameof(settings.Quality), settings.Quality);
        Add(nameof(settings.Steps), settings.Steps);
        Add(nameof(settings.GuidanceScale), settings.GuidanceScale);
        Add(nameof(settings.GuidanceStart), settings.GuidanceStart > 0 ? settings.GuidanceStart : null);
        Add(nameof(settings.GuidanceEnd), settings.GuidanceEnd < 1 ? settings.GuidanceEnd : null);
        Add(nameof(settings.DeepCache), settings.DeepCache > 1 ? settings.DeepCache : null);
        Add(nameof(settings.SkipSteps), settings.SkipSteps > 0 ? settings.SkipSteps : null);
        Add(nameof(settings.CaptionBefore), settings.CaptionBefore);
        Add(nameof(settings.Strength), settings.Strength);
        Add(nameof(settings.Erase), settings.Erase);
        Add(nameof(settings.ImageGuidanceScale), settings.ImageGuidanceScale);
        Add(nameof(settings.ConditioningScale), settings.ConditioningScale);
        Add(nameof(settings.ConditioningStart), settings.ConditioningStart);
        Add(nameof(settings.ConditioningEnd), settings.ConditioningEnd);
        Add(nameof(settings.Sampler), settings.Sampler);
        Add(nameof(settings.Karras), settings.Karras);
        Add(nameof(settings.Eta), settings.Eta);
        Add(nameof(settings.Timesteps), Numbers(settings.Timesteps));
        Add(nameof(settings.Sigmas), Numbers(settings.Sigmas));
        Add(nameof(settings.WholePicture), settings.WholePicture);
        Add(nameof(settings.ContextMargin), settings.ContextMargin);
        Add(nameof(settings.Feather), settings.Feather);
        Add(nameof(settings.FeatherWidth), settings.FeatherWidth);
    }

    private static string? Numbers(IReadOnlyList<double>? numbers) => numbers is null ? null : string.Join(", ", numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)));

    private static string? Joined(IReadOnlyList<string> texts) => texts.Count > 0 ? string.Join("; ", texts) : null;
}
