using BrushEdit.Editing;
using BrushEdit.Planning;

namespace BrushEdit.Pipeline;

/// <summary>
/// Runs whole edits: plan, find, outline, shape, fill. A stage whose part is there already is passed over, so that an edit
/// can come from any point of the chain, with parts of the user's own.
/// </summary>
/// <param name="planner">Who plans.</param>
/// <param name="finder">The detector; not asked where a mask or a box is given, or where the kind of edit finds nothing.</param>
/// <param name="outliner">The segmenter; likewise.</param>
/// <param name="inpainter">The models that fill.</param>
public sealed class EditRunner(IEditPlanner planner, IObjectFinder finder, IObjectOutliner outliner, IInpainter inpainter)
{
    /// <summary>Runs one round: everything up to the result.</summary>
    /// <param name="edit">The edit; it is not changed.</param>
    /// <param name="instruction">What is to be done; null where the edit has a plan, or everything is given.</param>
    /// <param name="options">How.</param>
    /// <param name="context">Whom to tell, and when to stop.</param>
    /// <exception cref="EditException">The instruction is not understood, nothing was found, or a model that is needed is missing.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public ImageEdit Run(ImageEdit edit, string? instruction, EditOptions options, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        edit = Prepare(edit, instruction, options, context);
        return new FillStage(inpainter, options.Plan.Caption, options.Fill).Complete(edit, context);
    }

    /// <summary>Runs several rounds, each on the result of the one before it.</summary>
    /// <param name="edit">The edit; it is not changed.</param>
    /// <param name="instructions">One a round; none for one round of what the edit's own plan says.</param>
    /// <param name="options">How, in every round.</param>
    /// <param name="context">Whom to tell, and when to stop.</param>
    /// <returns>The last round; <see cref="ImageEdit.Rounds"/> has them all.</returns>
    public ImageEdit RunRounds(ImageEdit edit, IReadOnlyList<string> instructions, EditOptions options, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(instructions);
        if (instructions.Count == 0)
        {
            return Run(edit, null, options, context);
        }

        for (int round = 0; round < instructions.Count; round++)
        {
            edit = Run(round == 0 ? edit : edit.Next(), instructions[round], options, context);
        }

        return edit;
    }

    /// <summary>Runs everything before the fill: afterwards the edit has its plan and its mask.</summary>
    /// <param name="edit">The edit; it is not changed.</param>
    /// <param name="instruction">What is to be done; null where the edit has a plan, or everything is given.</param>
    /// <param name="options">How.</param>
    /// <param name="context">Whom to tell, and when to stop.</param>
    /// <remarks>
    /// A mask that was given by hand is final: white = edit. Only what the segmenter outlined, or what is missing, is made and shaped.
    /// </remarks>
    public ImageEdit Prepare(ImageEdit edit, string? instruction, EditOptions options, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        edit = new PlanStage(planner, finder, options.Plan with { Instruction = instruction }).Complete(edit, context);
        if (edit.Mask is not null && edit.ShapedFor is null && edit.MaskCandidates.Count == 0)
        {
            context.Note?.Invoke($"'{edit.Name}' has a mask of its own, which is filled as it is.");
            return edit;
        }

        if (edit.Mask is null || context.Force)
        {
            edit = new FindStage(finder, null, options.Detection).Complete(edit, context);
            edit = new OutlineStage(outliner, null, options.Outline).Complete(edit, context);
        }

        return new ShapeStage(null, null, null, options.Shape with { NativeSize = inpainter.NativeSide, LatentFactor = inpainter.Factor })
            .Complete(edit, context);
    }
}
