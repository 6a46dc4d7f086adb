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
/// <param name="planner">Who plans.</param>
/// <param name="finder">The detector; not asked where a mask or a box is given, or where the kind of edit finds nothing.</param>
/// <param name="outliner">The segmenter; likewise.</param>
/// <param name="inpainter">The models that fill.</param>
/// <param name="matcher">Decides whether a fill shows what was asked for; null if the detector decides that too.</param>
public sealed class EditRunner(IEditPlanner planner, IObjectFinder finder, IObjectOutliner outliner, IInpainter inpainter, IPictureMatcher? matcher = null)
{
    private readonly EditVerifier verifier = new(finder, matcher);

    /// <summary>Runs several rounds, each on the result of the one before it: first the extension where there is one, then the instructions.</summary>
    /// <param name="edit">The edit; it is not changed.</param>
    /// <param name="instructions">One a round; none for one round of what the edit's own plan, or what is given, says.</param>
    /// <param name="options">How, in every round.</param>
    /// <param name="context">Receives progress, and says when to stop.</param>
    /// <returns>The last round; <see cref="ImageEdit.Rounds"/> has them all.</returns>
    /// <exception cref="EditException">An instruction is not understood, nothing was found, or a model that is needed is missing.</exception>
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

    /// <summary>Runs one round: everything up to the result, and its verification where that is wanted.</summary>
    /// <param name="edit">The edit; it is not changed.</param>
    /// <param name="instruction">What is to be done; null if the edit has a plan, or everything is given.</param>
    /// <param name="options">How.</param>
    /// <param name="context">Receives progress, and says when to stop.</param>
    /// <exception cref="EditException">The instruction is not understood, nothing was found, or a model that is needed is missing.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public ImageEdit Run(ImageEdit edit, string? instruction, EditOptions options, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        edit = Prepare(edit, instruction, options, context);
        edit = new FillStage(inpainter, options.Plan.Caption, options.Fill with { CaptionBefore = options.Plan.CaptionBefore }).Complete(edit, context);
        return Judge(edit, options, context);
    }

    /// <summary>Runs everything before the fill: afterwards the edit has its plan and its mask.</summary>
    /// <param name="edit">The edit; it is not changed.</param>
    /// <param name="instruction">What is to be done; null if the edit has a plan, or everything is given.</param>
    /// <param name="options">How.</param>
    /// <param name="context">Receives progress, and says when to stop.</param>
    /// <remarks>
    /// A mask that was given by hand is final: white = edit. Only what the segmenter outlined, or what is missing, is made and shaped.
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

    /// <summary>Judges a filled edit and tries it again, as the options say.</summary>
    /// <param name="edit">The edit; it is not changed.</param>
    /// <param name="options">How.</param>
    /// <param name="context">Receives progress, and says when to stop.</param>
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

        // A result that was given by hand cannot be made again.
        bool canRetry = options.Verify && judged.Settings is not null && judged.Attempts.Count == 0 && !judged.Overrides.Contains(nameof(judged.Result));
        return canRetry ? new RetryLoop(finder, outliner, inpainter, verify, options, context).Run(judged) : judged;
    }

    // A filled edit with other words for it begins its next round; with -Force the round is made again, on the picture it began with.
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

    // What a round's caption says of the whole picture is what the next round begins with.
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
        // A box that was given is a rough mask where no segmenter makes a better one of it.
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

    // Outpainting has no instruction: what surrounds the picture is what the picture shows.
    private ImageEdit Extend(ImageEdit edit, EditOptions options, StageContext context)
    {
        string caption = options.Plan.CaptionBefore ?? edit.Plan?.Caption ?? edit.Parameters?.GetValueOrDefault("caption") ?? string.Empty;
        edit = new ExtendStage(options.Extend!).Complete(edit, context);
        edit = new FillStage(inpainter, options.Plan.Caption ?? caption, options.Fill).Complete(edit, context);
        return Judge(edit, options, context);
    }
}
