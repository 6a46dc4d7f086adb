using System.Diagnostics;
using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Segmenting;

namespace BrushEdit.Orchestrating;

/// <summary>Outlines detections, or the objects that boxes, points or a rough mask mark.</summary>
/// <param name="outliner">The segmenter.</param>
/// <param name="prompt">What to outline; null for the edit's detections.</param>
/// <param name="options">The segmenter's options.</param>
public sealed class OutlineStage(IObjectOutliner outliner, SegmentPrompt? prompt, SegmentOptions options) : IEditStage
{
    /// <inheritdoc/>
    public ImageEdit Complete(ImageEdit edit, StageContext context) => Complete(edit, context, separate: false)[0];

    /// <summary>Adds the outline, or creates an edit for each object.</summary>
    /// <param name="edit">The edit; it is not modified.</param>
    /// <param name="context">Receives progress, and carries cancellation.</param>
    /// <param name="separate">Whether each object becomes a separate edit.</param>
    /// <exception cref="EditException">There is nothing to outline, or nothing was outlined.</exception>
    public IReadOnlyList<ImageEdit> Complete(ImageEdit edit, StageContext context, bool separate)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(context);
        if (edit.Mask is not null && prompt is null && !context.Force)
        {
            context.Note?.Invoke($"'{edit.Name}' already has a mask and is passed on unchanged; -Force outlines again.");
            return [edit];
        }

        if (prompt is null && edit.Detections is null && edit.Plan?.EditType is EditType.Addition or EditType.Global)
        {
            context.Note?.Invoke($"'{edit.Name}': an edit of type {edit.Plan.EditType} needs no outline.");
            return [edit];
        }

        SegmentPrompt wanted = prompt ?? Found(edit);
        context.Begin(EditStage.Outline, edit, wanted.Boxes.Count > 1 ? $"Outlining {wanted.Boxes.Count} objects" : "Outlining one object");
        Stopwatch clock = Stopwatch.StartNew();
        SegmentResult found = outliner.Outline(edit.Picture, wanted, options, context.Cancellation);
        if (prompt is null && !options.Candidates && !options.Union)
        {
            found = BoxFit.Keep(
                found, wanted.Boxes, box => outliner.Outline(edit.Picture, SegmentPrompt.FromBoxes(box), options with { Candidates = true }, context.Cancellation).Masks);
        }

        context.Note?.Invoke(string.Create(
            CultureInfo.InvariantCulture, $"{edit.Name}: {found.Masks.Count} masks with {outliner.Name} in {clock.Elapsed.TotalSeconds:0.0} s."));
        Mask? others = Others(edit, context);
        IEnumerable<IReadOnlyList<SegmentCandidate>> parted = separate
            ? found.Masks.GroupBy(mask => mask.Thing).Select(thing => (IReadOnlyList<SegmentCandidate>)[.. thing])
            : [found.Masks];
        return [.. parted.Select(masks => Add(edit, masks, others, found.Warnings, clock.Elapsed, separate))];
    }

    // The objects that a replacement must not cover.
    private Mask? Others(ImageEdit edit, StageContext context)
    {
        if (edit.Others.Count == 0)
        {
            return null;
        }

        SegmentPrompt prompt = SegmentPrompt.FromBoxes([.. edit.Others.Select(other => other.Box)]);
        SegmentResult found = outliner.Outline(edit.Picture, prompt, options with { Candidates = false, Union = false }, context.Cancellation);
        return found.Masks.Select(one => one.Mask).Aggregate((all, one) => all.Union(one));
    }

    private static SegmentPrompt Found(ImageEdit edit)
    {
        if (edit.Detections is null)
        {
            throw edit.Missing("detections", "Pipe the edit through Find-Object first, or give -Box, -Point or -Mask.");
        }

        if (edit.Detections.Length == 0)
        {
            string phrases = edit.Phrases.Count > 0 ? $" for {string.Join(", ", edit.Phrases.Select(phrase => $"'{phrase.Phrase}'"))}" : string.Empty;
            throw new EditException(
                EditFault.MissingStage,
                $"Nothing was found{phrases} in '{edit.Name}', so there is nothing to outline.",
                "Use other words or a lower threshold (Find-Object -Text ... -Threshold ...), or give its position with -Box, -Point or -Mask.",
                edit);
        }

        return SegmentPrompt.FromBoxes([.. edit.Detections.Select(detection => detection.Box)]);
    }

    private ImageEdit Add(ImageEdit edit, IReadOnlyList<SegmentCandidate> masks, Mask? others, IReadOnlyList<string> warnings, TimeSpan time, bool separate)
    {
        Mask whole = masks.Where(mask => mask.Candidate == 0).Select(mask => mask.Mask).Aggregate((all, one) => all.Union(one));
        if (whole.IsEmpty)
        {
            throw new EditException(
                EditFault.BadMask,
                $"Nothing was outlined in '{edit.Name}'.",
                "Draw the box closer around the object, give a -Point on it, or check its -Candidates.",
                edit);
        }

        return edit.With(
            "GetSegmentMask",
            time,
            parts =>
            {
                parts.SetMask(whole);
                parts.SetMaskCandidates(masks);
                parts.SetOtherOutlines(others);
                if (separate && prompt is null)
                {
                    parts.SetDetections([edit.Detections![masks[0].Thing]]);
                }

                foreach (string warning in warnings)
                {
                    parts.Warn(warning);
                }
            },
            outliner.Name);
    }
}
