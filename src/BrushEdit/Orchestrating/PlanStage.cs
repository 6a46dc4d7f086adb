using System.Diagnostics;
using System.Globalization;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;

namespace BrushEdit.Orchestrating;

/// <summary>Turns an instruction into a plan.</summary>
/// <param name="planner">The planner.</param>
/// <param name="finder">Finds the anchor of an addition and an unnamed foreground; without a detector an addition gets a default place.</param>
/// <param name="request">The instruction, and the parts that are already known; this stage adds picture and finder.</param>
public sealed class PlanStage(IEditPlanner planner, IObjectFinder finder, PlanRequest request) : IEditStage
{
    /// <inheritdoc/>
    public ImageEdit Complete(ImageEdit edit, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(context);
        if (edit.Plan is not null && !context.Force)
        {
            context.Note?.Invoke($"'{edit.Name}' already has a plan and is passed on unchanged; -Force makes another.");
            return edit;
        }

        context.Begin(EditStage.Plan, edit, $"Planning by {planner.Name}");
        Stopwatch clock = Stopwatch.StartNew();
        List<string> warnings = [];
        EditPlan plan = Ask(
            request with { Picture = edit.Picture, Find = finder.Absence is null ? words => Find(edit.Picture, words, context.Cancellation) : null },
            warnings.Add,
            context.Cancellation);
        context.Note?.Invoke(string.Create(
            CultureInfo.InvariantCulture, $"{edit.Name}: {plan.EditType}, target '{plan.Target}', by {plan.Planner} in {clock.Elapsed.TotalSeconds:0.00} s."));
        return edit.With("Plan", clock.Elapsed, parts =>
        {
            parts.SetPlan(plan);
            warnings.ForEach(parts.Warn);
        });
    }

    // The rules keep no state between two calls; any other planner is called by one worker of a batch at a time.
    private EditPlan Ask(PlanRequest asked, Action<string> warn, CancellationToken cancellation)
    {
        if (planner is RulesPlanner)
        {
            return planner.PlanAsync(asked, cancellation).GetAwaiter().GetResult();
        }

        lock (planner)
        {
            if (planner is ChatPlanner chat)
            {
                chat.Warn = warn;
            }

            return planner.PlanAsync(asked, cancellation).GetAwaiter().GetResult();
        }
    }

    private IReadOnlyList<Detection> Find(Picture picture, string words, CancellationToken cancellation) =>
        [.. finder.Find(picture, [words], new DetectionOptions { All = true }, cancellation).Detections.Where(one => one.Score >= Finding.Absent)];
}
