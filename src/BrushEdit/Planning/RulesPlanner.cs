using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Selecting;

namespace BrushEdit.Planning;

/// <summary>The planner without a model: offline, immediate, English only.</summary>
public sealed class RulesPlanner : IEditPlanner
{
    /// <summary>The name by which it is chosen.</summary>
    public const string PlannerName = "Rules";

    /// <summary>The detector's query if a background edit names no foreground.</summary>
    public const string UnnamedForeground = "foreground object";

    private const double LeastForegroundScore = 0.3;

    /// <summary>The most common objects in pictures: searched for if a background edit names no foreground, and if a new object needs room.</summary>
    internal static IReadOnlyList<string> UsualForeground { get; } = ["person", "dog", "cat", "animal", "bird", .. Lexicon.Things];

    /// <inheritdoc />
    public string Name => PlannerName;

    /// <inheritdoc />
    public Task<EditPlan> PlanAsync(PlanRequest request, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(Plan(request));
    }

    /// <summary>Makes a plan.</summary>
    /// <param name="request">The instruction, the picture, and the parts that are already known.</param>
    /// <exception cref="EditException">The instruction is not understood, and the given parts do not make a plan.</exception>
    public static EditPlan Plan(PlanRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.IsComplete)
        {
            return request.ToPlan();
        }

        ParsedInstruction parsed = InstructionParser.Parse(request.Instruction ?? "", request.CaptionBefore);
        List<string> notes = [.. parsed.Notes];
        double confidence = parsed.Confidence;
        if (request.EditType is { } given && given != parsed.Type)
        {
            notes.Add($"The rules read a {parsed.Type} edit; {given} was given.");
            parsed = parsed with { Type = given };
        }

        EditPlan plan = new()
        {
            Instruction = request.Instruction,
            EditType = parsed.Type,
            Selection = PlanCheck.NeedsTarget(parsed.Type) ? [.. parsed.Selection] : [],
            NewContent = parsed.NewContent,
            Planner = PlannerName,
        };
        if (parsed.Type == EditType.Background && parsed.Targets.Count == 0 && request.Target is null)
        {
            (plan.Target, string? note) = Foreground(request);
            if (note is not null)
            {
                notes.Add(note);
                confidence = Math.Min(confidence, 0.5);
            }
        }

        plan.Caption = Captioned(parsed with { Selection = plan.Target == UnnamedForeground ? [] : parsed.Selection }, request);
        if (parsed.Type == EditType.Addition && request.Box is null && request.Picture is { } picture)
        {
            plan.Box = Place(parsed, picture, request.Find, notes, ref confidence);
        }

        if (parsed.Kept.Count > 0 && parsed.Type != EditType.Background)
        {
            notes.Add($"Kept unchanged: {string.Join(", ", parsed.Kept)}.");
        }

        plan.Confidence = Math.Round(confidence, 2);
        plan.Notes = notes;
        request.Overlay(plan);
        if (parsed.RemovedFrom is { } from && plan.FillCaption is { } behind && !PlanCheck.Names(behind, NounPhrases.Head(from)))
        {
            // Behind a removed hat is the person who wore it.
            plan.FillCaption = null;
        }

        if (PlanCheck.TargetFault(plan.Target, plan.EditType) is { } fault)
        {
            throw new EditException(EditFault.BadArgument, $"The plan for '{request.Instruction}' cannot be used: {fault}.", "Give -Target.", request.Instruction);
        }

        return plan;
    }

    /// <summary>Does nothing: the planner owns no resources.</summary>
    public void Dispose()
    {
    }

    /// <summary>The box of an addition: from its relation and the detections of its anchors, otherwise a sensible place and a note.</summary>
    internal static Box Place(ParsedInstruction parsed, Picture picture, Func<string, IReadOnlyList<Detection>>? find, List<string> notes, ref double confidence)
    {
        List<Box> boxes = [];
        SelectionPicker picker = new(one => find?.Invoke(one.Query) ?? [], picture.Width, picture.Height);
        foreach (Selection anchor in parsed.Anchors)
        {
            // "Between the two trees" is one anchor with two boxes; if any other anchor has several boxes, the first determines the place.
            IReadOnlyList<Detection> meant = find is null ? [] : picker.Choose(anchor, find(anchor.Query)).Chosen;
            boxes.AddRange(meant.Take(parsed.Relation == PlaceRelation.Between && parsed.Anchors.Count == 1 ? 2 : 1).Select(one => one.Box));
        }

        if (boxes.Count < parsed.Anchors.Count)
        {
            notes.Add(find is null
                ? $"The position of '{string.Join("' and '", parsed.Anchors)}' was not searched for: the box is a default position. Give -Box, or use Find-Object."
                : $"'{string.Join("' and '", parsed.Anchors)}' was not found: the box is a default position.");
            confidence = Math.Min(confidence, 0.6);
        }
        else if (parsed.Relation == PlaceRelation.None)
        {
            notes.Add("No position was given: the box is a default one.");
            confidence = Math.Min(confidence, 0.8);
        }

        return AdditionPlacement.Place(parsed.Relation, boxes, picture.Width, picture.Height, parsed.NewContent);
    }

    private static string Captioned(ParsedInstruction parsed, PlanRequest request) =>
        parsed.NewContent is null && parsed.Type != EditType.Remove ? request.Caption ?? request.CaptionBefore ?? request.Instruction! : CaptionWriter.Write(parsed, request.CaptionBefore);

    private static (string Target, string? Note) Foreground(PlanRequest request)
    {
        if (!string.IsNullOrWhiteSpace(request.CaptionBefore) && CaptionWriter.Things(request.CaptionBefore) is { Count: > 0 } things)
        {
            return (string.Join(". ", things), null);
        }

        if (request.Find is { } find)
        {
            List<string> seen = [];
            List<Box> boxes = [];
            foreach (string kind in UsualForeground)
            {
                // An object found under one name must not be found again under another.
                if (find(kind).FirstOrDefault(d => d.Score >= LeastForegroundScore && !boxes.Any(b => b.IoU(d.Box) > 0.5)) is { } found)
                {
                    seen.Add(kind);
                    boxes.Add(found.Box);
                }
            }

            if (seen.Count > 0)
            {
                return (string.Join(". ", seen), $"The foreground was not named; found in the picture: {string.Join(", ", seen)}.");
            }
        }

        return (UnnamedForeground, "The foreground was not named; give -Target if the picture shows more than one object.");
    }
}
