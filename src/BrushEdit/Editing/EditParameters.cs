using System.Globalization;

namespace BrushEdit.Editing;

/// <summary>The parameters of an edit, as texts by name. They are stored in the result's file, so that the edit can be shown and repeated.</summary>
public static class EditParameters
{
    /// <summary>The parameters of a filled picture. Numbers are written as in code; what was not used is left out.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="seed">The seed of the sample that is written; null for the result's.</param>
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
            Add("seed", seed ?? edit.Seed);
            AddSettings(settings, Add);
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

    private static void AddSettings(InpaintSettings settings, Action<string, object?> add)
    {
        add("caption", settings.Caption);
        add("negativePrompt", settings.NegativePrompt);
        add("clipSkip", settings.ClipSkip > 0 ? settings.ClipSkip : null);
        add("promptSyntax", settings.CaptionSyntax ?? settings.PromptSyntax);
        add("quality", settings.Quality);
        add("steps", settings.Steps);
        add("guidanceScale", settings.GuidanceScale);
        add("guidanceStart", settings.GuidanceStart > 0 ? settings.GuidanceStart : null);
        add("guidanceEnd", settings.GuidanceEnd < 1 ? settings.GuidanceEnd : null);
        add("deepCache", settings.DeepCache > 1 ? settings.DeepCache : null);
        add("skipSteps", settings.SkipSteps > 0 ? settings.SkipSteps : null);
        add("captionBefore", settings.CaptionBefore);
        add("strength", settings.Strength);
        add("erase", settings.Erase ? true : null);
        add("imageGuidanceScale", settings.ImageGuidanceScale);
        add("conditioningScale", settings.ConditioningScale);
        add("conditioningStart", settings.ConditioningStart);
        add("conditioningEnd", settings.ConditioningEnd);
        add("sampler", settings.Sampler);
        add("karras", settings.Karras);
        add("eta", settings.Eta);
        add("timesteps", Numbers(settings.Timesteps));
        add("sigmas", Numbers(settings.Sigmas));
        add("wholePicture", settings.WholePicture);
        add("contextMargin", settings.ContextMargin);
        add("feather", settings.Feather);
        add("featherWidth", settings.FeatherWidth);
    }

    private static string? Numbers(IReadOnlyList<double>? numbers) => numbers is null ? null : string.Join(", ", numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)));

    private static string? Joined(IReadOnlyList<string> texts) => texts.Count > 0 ? string.Join("; ", texts) : null;
}
