using System.Globalization;
using BrushEdit.Editing;

namespace BrushEdit.Reporting;

/// <summary>Writes the facts behind a round of an edit: plan, prompts, seed, settings, timings, models, warnings, overrides.</summary>
/// <param name="html">The page.</param>
/// <param name="edit">The round.</param>
/// <param name="heading">The element of its headings.</param>
internal sealed class ReportFacts(HtmlWriter html, ImageEdit edit, string heading)
{
    /// <summary>The plan, as a list of terms; nothing if there is none.</summary>
    public void Plan()
    {
        if (edit.Plan is not { } plan)
        {
            return;
        }

        List(
            ("Instruction", plan.Instruction),
            ("Kind of edit", plan.EditType.ToString()),
            ("Target", plan.Target),
            ("Which, how many", plan.Selection.Any(one => one.How.Length > 0) ? string.Join("; ", plan.Selection.Select(one => one.ToString())) : null),
            ("New content", plan.NewContent),
            ("Caption afterwards", plan.Caption),
            ("Caption of the fill", plan.FillCaption),
            ("Box of the addition", plan.Box?.ToString()),
            ("Planner", Invariant($"{plan.Planner}, {plan.Confidence:P0} sure")));
        Notes("Notes on the plan", plan.Notes, "note");
    }

    /// <summary>Warnings and overrides; nothing if there are none.</summary>
    public void Warnings()
    {
        Notes("Warnings", edit.Warnings, "warning");
        Notes("Replaced by hand", edit.Overrides, "note");
    }

    /// <summary>Writes everything else, collapsed.</summary>
    public void Details()
    {
        if (edit.Settings is { } settings)
        {
            using (html.Begin("details"))
            {
                html.Put("summary", "Prompts, seed and settings");
                Settings(settings);
            }
        }

        if (edit.Timings.Count > 0 || edit.Models.Count > 0)
        {
            using (html.Begin("details"))
            {
                html.Put("summary", "Models and timings");
                Timings();
                Notes("Models", edit.Models, "note");
            }
        }

        if (edit.Parameters is { Count: > 0 } stored)
        {
            using (html.Begin("details"))
            {
                html.Put("summary", "Parameters of an earlier edit in the file");
                List([.. stored.Select(pair => (pair.Key, (string?)pair.Value))]);
            }
        }
    }

    private void Settings(InpaintSettings settings)
    {
        string? Used(string name, string? text) => settings.Unused.Contains(name) ? null : text;
        List(
            ("Prompt", settings.Caption),
            ("Negative prompt", Used(nameof(settings.NegativePrompt), settings.NegativePrompt)),
            ("Clip skip", settings.ClipSkip > 0 ? Invariant($"{settings.ClipSkip}") : null),
            ("Seed", Used(nameof(settings.Seed), Invariant($"{edit.Seed}"))),
            ("Samples", Invariant($"{edit.Samples.Count}")),
            ("Sampler", Used(nameof(settings.Sampler), settings.Karras ? settings.Sampler + ", Karras" : settings.Sampler)),
            ("Quality", Used(nameof(settings.Quality), settings.Quality?.ToString())),
            ("Steps", Used(nameof(settings.Steps), Invariant($"{settings.Steps}"))),
            ("Guidance scale", Used(nameof(settings.GuidanceScale), Invariant($"{settings.GuidanceScale}") + (settings.GuidanceStart > 0 || settings.GuidanceEnd < 1 ? Invariant($", from {settings.GuidanceStart:P0} to {settings.GuidanceEnd:P0} of the steps") : string.Empty))),
            ("Inner blocks", settings.DeepCache > 1 ? Invariant($"run on one step of {settings.DeepCache}") : null),
            ("Skipped steps", settings.SkipSteps > 0 ? Invariant($"{settings.SkipSteps} after each computed one") : null),
            ("Erased", settings.Erase?.ToString()),
            ("Conditioning scale", Used(nameof(settings.ConditioningScale), Invariant($"{settings.ConditioningScale}, from {settings.ConditioningStart:P0} to {settings.ConditioningEnd:P0} of the steps"))),
            ("Worked on", settings.WholePicture ? "the whole picture" : Used(nameof(settings.ContextMargin), Invariant($"a crop around the mask, with a margin of {settings.ContextMargin:P0}"))),
            ("Feather", Used(nameof(settings.Feather), Invariant($"{settings.Feather}{(settings.FeatherWidth is { } width ? $", {width} px" : string.Empty)}"))));
    }

    private void Timings()
    {
        double most = edit.Timings.Count > 0 ? edit.Timings.Values.Max(time => time.TotalSeconds) : 0;
        using (html.Begin("table"))
        {
            html.Put("caption", "Seconds by stage");
            using (html.Begin("tbody"))
            {
                foreach ((string stage, TimeSpan time) in edit.Timings)
                {
                    using (html.Begin("tr"))
                    {
                        html.Put("th", stage, ("scope", "row"));
                        html.Put("td", Invariant($"{time.TotalSeconds:0.00}"), ("class", "number"));
                        using (html.Begin("td"))
                        {
                            // The bar is visual only; the number is beside it.
                            html.Put(
                                "meter",
                                string.Empty,
                                ("min", "0"),
                                ("max", Invariant($"{Math.Max(most, 0.001):0.000}")),
                                ("value", Invariant($"{time.TotalSeconds:0.000}")),
                                ("aria-hidden", "true"));
                        }
                    }
                }
            }
        }
    }

    private void List(params ReadOnlySpan<(string Term, string? Text)> facts)
    {
        using (html.Begin("dl"))
        {
            foreach ((string term, string? text) in facts)
            {
                if (!string.IsNullOrEmpty(text))
                {
                    using (html.Begin("div"))
                    {
                        html.Put("dt", term);
                        html.Put("dd", text, ("class", "data"));
                    }
                }
            }
        }
    }

    private void Notes(string title, IReadOnlyList<string> notes, string kind)
    {
        if (notes.Count == 0)
        {
            return;
        }

        using (html.Begin("div", ("class", kind)))
        {
            html.Put(heading, title);
            using (html.Begin("ul"))
            {
                foreach (string note in notes)
                {
                    html.Put("li", note, ("class", "data"));
                }
            }
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
