using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Planning;

/// <summary>The request to a planner, with the parts that are already known and must not be planned.</summary>
public sealed record PlanRequest
{
    /// <summary>The user's instruction; null or empty if everything is given by hand.</summary>
    public string? Instruction { get; init; }

    /// <summary>The picture; chat planners need it, and the rules need its size for an addition's box.</summary>
    public Picture? Picture { get; init; }

    /// <summary>What the picture shows before the edit, if known: "a red ball and a blue cube on sand at dusk".</summary>
    public string? CaptionBefore { get; init; }

    /// <summary>The kind of edit, if given.</summary>
    public EditType? EditType { get; init; }

    /// <summary>What is edited, if given.</summary>
    public string? Target { get; init; }

    /// <summary>What the picture shows after the edit, if given.</summary>
    public string? Caption { get; init; }

    /// <summary>Where an addition is placed, in pixels, if given.</summary>
    public Box? Box { get; init; }

    /// <summary>
    /// Finds all objects in the picture that match a phrase (such as "table"), best first; null if no detector is available. The result can be empty.
    /// Called on the planner's thread.
    /// </summary>
    public Func<string, IReadOnlyList<Detection>>? Find { get; init; }

    /// <summary>Whether the given parts are complete, so that no planner is needed.</summary>
    internal bool IsComplete => EditType is { } type && Caption is not null
        && (Target is not null || type is Editing.EditType.Addition or Editing.EditType.Global)
        && (Box is not null || type != Editing.EditType.Addition);

    /// <summary>Creates a plan from the given parts.</summary>
    internal EditPlan ToPlan()
    {
        EditPlan plan = new() { Instruction = string.IsNullOrWhiteSpace(Instruction) ? null : Instruction };
        Overlay(plan);
        return plan;
    }

    /// <summary>Overwrites parts of a planner's plan with the given ones.</summary>
    /// <param name="plan">The plan, which is modified.</param>
    internal void Overlay(EditPlan plan)
    {
        plan.EditType = EditType ?? plan.EditType;
        plan.Target = Target ?? plan.Target;
        plan.Caption = Caption ?? plan.Caption;
        plan.FillCaption = Caption is not null ? null
            : plan.EditType == Editing.EditType.Remove ? CaptionWriter.Behind(plan.Caption)
            : plan.NewContent is { } comes && (plan.EditType == Editing.EditType.Addition || Replacement.IsAnotherKind(plan)) ? CaptionWriter.Alone(comes, plan.Caption)
            : null;
        plan.Box = Box ?? plan.Box;
        if (Box is { } box && Picture is { } picture && (box.Right <= 0 || box.Bottom <= 0 || box.X >= picture.Width || box.Y >= picture.Height))
        {
            throw new EditException(
                EditFault.BadArgument,
                $"The box {box} lies outside the picture of {picture.Width} x {picture.Height}.",
                "Give x, y, width and height in pixels, from the picture's top left corner.",
                box);
        }
    }
}
