using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Measuring;
using BrushEdit.Planning;
using BrushEdit.Segmenting;
using BrushEdit.Verifying;

namespace BrushEdit.Orchestrating;

/// <summary>
/// Runs whole edits: plan, find, outline, shape, fill, verify. A stage whose part already exists is skipped, so that an edit can start at any
/// point of the chain, with the user's own parts.
/// </summary>
/// <param name="planner">The planner.</param>
/// <param name="finder">The detector; not used if a mask or a box is given, or if the kind of edit needs no detection.</param>
/// <param name="outliner">The segmenter; likewise.</param>
/// <param name="inpainter">The models that fill.</param>
/// <param name="matcher">Decides whether a fill shows the requested content; null if the detector decides that too.</param>
public sealed class EditRunner(IEditPlanner planner, IObjectFinder finder, IObjectOutliner outliner, IInpainter inpainter, IPictureMatcher? matcher = null)
{
    private readonly EditVerifier verifier = new(finder, matcher);

    /// <summary>Runs several rounds, each on the result of the previous one: first the extension, if any, then the instructions.</summary>
    /// <param name="edit">The edit; it is not modified.</param>
    /// <param name="instructions">One per round; none for one round that follows the edit's own plan or the given parts.</param>
    /// <param name="options">The options of every round.</param>
    /// <param name="context">Receives progress, and carries cancellation.</param>
    /// <returns>The last round; <see cref="ImageEdit.Rounds"/> contains all of them.</returns>
    /// <exception cref="EditException">An instruction is not understood, nothing was found, or a required model is missing.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public ImageEdit RunRounds(ImageEdit edit, IReadOnlyList<string> instructions, EditOptions options, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(instructions);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        bool extends = options.Extend is not null;
        int rounds = instructions.Count + (extends ? 1 : 0);
        int round = 0;
        if (extends)
        {
            edit = Extend(edit, options, context with { Round = ++round, Rounds = rounds });
        }

        if (rounds == 0)
        {
            return Run(edit, null, options, context);
        }

        foreach (string instruction in instructions)
        {
            bool begins = round == 0 && !IsAnother(edit, instruction, context);
            edit = Run(begins ? edit : edit.Next(), instruction, After(edit, options, begins), context with { Round = ++round, Rounds = rounds });
        }

        return edit;
    }

    /// <summary>Runs one round: everything up to the result, and its verification if requested.</summary>
    /// <param name="edit">The edit; it is not modified.</param>
    /// <param name="instruction">The instruction; null if the edit has a plan, or everything is given.</param>
    /// <param name="options">The options.</param>
    /// <param name="context">Receives progress, and carries cancellation.</param>
    /// <exception cref="EditException">The instruction is not understood, nothing was found, or a required model is missing.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public ImageEdit Run(ImageEdit edit, string? instruction, EditOptions options, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        edit = Prepare(edit, instruction, options, context);
        edit = new FillStage(inpainter, options.Plan.Caption, options.Fill with { CaptionBefore = options.Plan.CaptionBefore }).Complete(edit, context);
        return Judge(edit, options, context);
    }

    /// <summary>Runs everything before the fill: afterwards the edit has its plan and its mask.</summary>
    /// <param name="edit">The edit; it is not modified.</param>
    /// <param name="instruction">The instruction; null if the edit has a plan, or everything is given.</param>
    /// <param name="options">The options.</param>
    /// <param name="context">Receives progress, and carries cancellation.</param>
    /// <remarks>
    /// A mask that was set by hand is final: white is edited. Only an outline from the segmenter, or a missing one, is created and shaped.
    /// </remarks>
    public ImageEdit Prepare(ImageEdit edit, string? instruction, EditOptions options, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        if (edit.Plan is { } plan && !context.Force)
        {
            RefuseOther(plan, instruction, options, edit);
        }

        edit = new PlanStage(planner, finder, options.Plan with { Instruction = instruction, Box = options.Box }).Complete(edit, context);
        if (!inpainter.TakesMask)
        {
            return edit;
        }

        if (edit.Mask is not null && edit.ShapedFor is null && edit.MaskCandidates.Count == 0)
        {
            context.Note?.Invoke($"'{edit.Name}' has its own mask, which is filled unchanged.");
            return edit;
        }

        if (edit.Mask is null || context.Force)
        {
            edit = Outline(options.Box is { } box ? Given(edit, box) : new FindStage(finder, null, options.Detection) { SeesOthers = !options.Shape.KeepOutline }.Complete(edit, context), options, context);
        }

        return new ShapeStage(null, options.Box, null, options.Shape with { NativeSize = inpainter.NativeSide, LatentFactor = inpainter.Factor })
            .Complete(edit, context);
    }

    /// <summary>Verifies a filled edit and retries it, as the options specify.</summary>
    /// <param name="edit">The edit; it is not modified.</param>
    /// <param name="options">The options.</param>
    /// <param name="context">Receives progress, and carries cancellation.</param>
    public ImageEdit Judge(ImageEdit edit, EditOptions options, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        if (!options.Verify && edit.Samples.Count <= 1)
        {
            return edit;
        }

        VerifyStage verify = new(verifier, finder.Absence is null ? finder.Name : null);
        ImageEdit judged = verify.Complete(edit, context);

        // A result that was set by hand cannot be created again.
        bool canRetry = options.Verify && judged.Settings is not null && judged.Attempts.Count == 0 && !judged.Overrides.Contains(nameof(judged.Result));
        return canRetry ? new RetryLoop(finder, outliner, inpainter, verify, options, context).Run(judged) : judged;
    }

    // A new instruction for a filled edit begins its next round; with -Force the round is repeated on its original picture.
    private static bool IsAnother(ImageEdit edit, string instruction, StageContext context) =>
        edit.Result is not null && !context.Force && edit.Plan?.Instruction != instruction;

    private static void RefuseOther(EditPlan plan, string? instruction, EditOptions options, ImageEdit edit)
    {
        if ((instruction ?? plan.Instruction) != plan.Instruction || options.Plan.EditType is not null || options.Plan.Target is not null)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"'{edit.Name}' already has a plan{(plan.Instruction is { } words ? $", for '{words}'" : string.Empty)}.",
                "Omit instruction, type and target to follow that plan, or give -Force to make another.",
                edit);
        }
    }

    // A round's caption of the whole picture is the next round's caption before the edit.
    private static EditOptions After(ImageEdit edit, EditOptions options, bool begins)
    {
        bool known = options.Plan.CaptionBefore is not null || edit.Plan is not { Planner: RulesPlanner.PlannerName or "User" };
        return begins || !known || edit.Plan?.Caption is not { } caption ? options : options with { Plan = options.Plan with { CaptionBefore = caption } };
    }

    private static ImageEdit Given(ImageEdit edit, Box box)
    {
        if (edit.Plan!.EditType is EditType.Addition or EditType.Global)
        {
            return edit;
        }

        return edit.With("FindObject", TimeSpan.Zero, parts =>
        {
            parts.SetDetections([new Detection(box, 1, edit.Plan.Target ?? string.Empty)]);
            parts.NoteOverride(nameof(edit.Detections));
        });
    }

    private ImageEdit Outline(ImageEdit edit, EditOptions options, StageContext context)
    {
        // A given box is a rough mask unless a segmenter refines it.
        if (options.Box is { } box && edit.Detections is not null && outliner.Absence is { } absence)
        {
            return edit.With("GetSegmentMask", TimeSpan.Zero, parts =>
            {
                parts.SetMask(Mask.FromBox(edit.Picture.Width, edit.Picture.Height, box.Clip(edit.Picture.Width, edit.Picture.Height)));
                parts.Warn($"The whole box is used as the outline. {absence.Message}");
            });
        }

        return new OutlineStage(outliner, null, options.Outline).Complete(edit, context);
    }

    // Outpainting has no instruction: the surroundings show the same as the picture.
    private ImageEdit Extend(ImageEdit edit, EditOptions options, StageContext context)
    {
        string caption = options.Plan.CaptionBefore ?? edit.Plan?.Caption ?? edit.Parameters?.GetValueOrDefault("caption") ?? string.Empty;
        edit = new ExtendStage(options.Extend!).Complete(edit, context);
        edit = new FillStage(inpainter, options.Plan.Caption ?? caption, options.Fill).Complete(edit, context);
        return Judge(edit, options, context);
    }
}
