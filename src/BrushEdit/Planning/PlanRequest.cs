using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Planning;

/// <summary>The question to a planner, with the parts that are already given and not asked for.</summary>
public sealed record PlanRequest
{
    /// <summary>The user's words; null or empty if everything is given by hand.</summary>
    public string? Instruction { get; init; }

    /// <summary>The picture; chat planners need it, the rules need its size for an addition's box.</summary>
    public Picture? Picture { get; init; }

    /// <summary>What the picture shows before the edit, where known: "a red ball and a blue cube on sand at dusk".</summary>
    public string? CaptionBefore { get; init; }

    /// <summary>The kind of edit, where given.</summary>
    public EditType? EditType { get; init; }

    /// <summary>What is edited, where given.</summary>
    public string? Target { get; init; }

    /// <summary>What the picture shows after the edit, where given.</summary>
    public string? Caption { get; init; }

    /// <summary>Where an addition goes in pixels, where given.</summary>
    public Box? Box { get; init; }

    /// <summary>
    /// Finds all things in the picture by their words (such as "table"), best first; null if no detector is at hand. It may give
    /// nothing. Called on the planner's thread.
    /// </summary>
    public Func<string, IReadOnlyList<Detection>>? Find { get; init; }

    /// <summary>Whether so much is given that nobody needs to be asked.</summary>
    internal bool IsComplete => EditType is { } type && Caption is not null
        && (Target is not null || type is Editing.EditType.Addition or Editing.EditType.Global)
        && (Box is not null || type != Editing.EditType.Addition);

    /// <summary>The plan that everything given makes.</summary>
    internal EditPlan ToPlan()
    {
        EditPlan plan = new() { Instruction = string.IsNullOrWhiteSpace(Instruction) ? null : Instruction };
        Overlay(plan);
        return plan;
    }

    /// <summary>Puts what is given over what a planner made.</summary>
    /// <param name="plan">The plan, which is changed.</param>
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
