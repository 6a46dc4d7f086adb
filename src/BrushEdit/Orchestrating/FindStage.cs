using System.Diagnostics;
using System.Globalization;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;

namespace BrushEdit.Orchestrating;

/// <summary>Finds the objects that the plan or the user names.</summary>
/// <param name="finder">The detector.</param>
/// <param name="text">What to look for; null for the plan's target.</param>
/// <param name="options">Which boxes are returned.</param>
public sealed class FindStage(IObjectFinder finder, IReadOnlyList<string>? text, DetectionOptions options) : IEditStage
{
    private const double SameThing = 0.5;
    private const double Inside = 0.7;

    /// <summary>Whether other objects are also searched for if the target is to be replaced by another kind of object.</summary>
    public bool SeesOthers { get; init; } = true;

    /// <inheritdoc/>
    public ImageEdit Complete(ImageEdit edit, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(context);
        if (Wanted(edit) is not { } wanted)
        {
            context.Note?.Invoke($"'{edit.Name}': an edit of type {edit.Plan!.EditType} needs no detections, so the search is skipped.");
            return edit;
        }

        if (edit.Detections is not null && !context.Force && (text is null || Same(edit.Phrases, wanted)))
        {
            context.Note?.Invoke($"'{edit.Name}' already has detections and is passed on unchanged; -Force searches again.");
            return edit;
        }

        context.Begin(EditStage.Find, edit, $"Looking for {string.Join(", ", wanted)}");
        Stopwatch clock = Stopwatch.StartNew();
        EditPlan? plan = text is null ? edit.Plan : null;
        Finding finding = new(finder, edit.Picture, options, context.Cancellation);
        DetectionResult found = plan is null ? finding.Look(wanted, options) : finding.Choose(Meant(plan));
        context.Note?.Invoke(string.Create(
            CultureInfo.InvariantCulture, $"{edit.Name}: {found.Detections.Count} found with {finder.Name} in {clock.Elapsed.TotalSeconds:0.0} s."));
        IReadOnlyList<Detection> others = Others(edit, found, context);
        return edit.With(
            "FindObject",
            clock.Elapsed,
            parts =>
            {
                parts.SetDetections(found);
                parts.SetOthers(others);
                foreach (string warning in finding.Warnings)
                {
                    parts.Warn(warning);
                }

                if (plan is not null && Overrides)
                {
                    parts.SetPlan(plan.Selecting(Meant(plan)));
                }
            },
            finder.Name);
    }

    // An object of another kind may need more room than the one it replaces, and must not cover its neighbours.
    private IReadOnlyList<Detection> Others(ImageEdit edit, DetectionResult found, StageContext context)
    {
        if (!SeesOthers || edit.Plan is not { } plan || !Replacement.IsAnotherKind(plan) || found.Detections.Count == 0)
        {
            return [];
        }

        DetectionOptions options = new() { Threshold = DetectionOptions.Ladder[0], All = true };
        DetectionResult all = finder.Find(edit.Picture, RulesPlanner.UsualForeground, options, context.Cancellation);
        List<Detection> others = [];
        foreach (Detection one in all.Detections)
        {
            // One object may be detected under several names, and so may the target and its parts.
            if (!others.Any(known => known.Box.IoU(one.Box) > SameThing) && !found.Detections.Any(target => IsSame(target.Box, one.Box)))
            {
                others.Add(one);
            }
        }

        return others;
    }

    private static bool IsSame(Box a, Box b) => a.IoU(b) > SameThing || a.Intersect(b).Area > Inside * Math.Min(a.Area, b.Area);

    private bool Overrides => options.All || options.Top is not null;

    // -All and -Top take precedence over the plan; of a foreground everything stays, unless the plan specifies which objects.
    private Selection[] Meant(EditPlan plan) =>
    [
        .. plan.Selection.Select(one => options.All || (!Overrides && plan.EditType == EditType.Background && !one.IsNarrowed) ? new Selection { Noun = one.Noun, Look = one.Look, Number = SelectionNumber.All }
            : options.Top is { } top ? new Selection { Noun = one.Noun, Look = one.Look, Count = top }
            : one),
    ];

    private static bool Same(IReadOnlyList<PhraseOutcome> phrases, IReadOnlyList<string> wanted) =>
        phrases.Count > 0 && phrases.Select(phrase => phrase.Phrase)
            .SequenceEqual(wanted.SelectMany(words => words.Split('.')).Select(words => words.Trim().ToLowerInvariant()).Where(words => words.Length > 0).Distinct());

    // Null if the plan's kind of edit needs no detection.
    private IReadOnlyList<string>? Wanted(ImageEdit edit)
    {
        if (text is not null)
        {
            return text.Any(words => !string.IsNullOrWhiteSpace(words))
                ? text
                : throw new EditException(EditFault.BadArgument, "The text to search for contains no word.", "Give the words to find, such as -Text 'red car'.", nameof(text));
        }

        EditPlan plan = edit.Plan ?? throw edit.Missing("target", "Give the words to find with -Text, or give the edit a plan with a target: Get-EditPlan makes one.");
        if (plan.EditType is EditType.Addition or EditType.Global)
        {
            return null;
        }

        // A background edit searches for the foreground; the word "background" finds nothing useful.
        bool background = plan.EditType == EditType.Background;
        bool named = !string.IsNullOrWhiteSpace(plan.Target)
            && !(background && plan.Target.Trim().TrimEnd('.').EndsWith("background", StringComparison.OrdinalIgnoreCase));
        return named
            ? [plan.Target!]
            : throw edit.Missing(
                background ? "foreground" : "target",
                background
                    ? "Give the foreground that stays with -Text, or as the plan's Target."
                    : "Give the words to find with -Text, or give the plan a Target.");
    }
}
