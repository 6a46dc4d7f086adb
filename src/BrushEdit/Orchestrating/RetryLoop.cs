using System.Diagnostics;
using System.Globalization;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Inpainting;
using BrushEdit.Segmenting;
using BrushEdit.Verifying;

namespace BrushEdit.Orchestrating;

/// <summary>
/// Retries a failed edit, each time with a change: another seed, a grown mask, the segmenter's next candidate, the detector's next object. Keeps the
/// best attempt. If a removal failed because the object reappeared, the first retry uses a grown mask, since the remains of the object's rim and
/// shadow bring it back; any other edit is first retried with another seed.
/// </summary>
/// <param name="finder">The detector.</param>
/// <param name="outliner">The segmenter.</param>
/// <param name="inpainter">The models that fill.</param>
/// <param name="verify">The verifier.</param>
/// <param name="options">The options.</param>
/// <param name="context">Receives progress, and carries cancellation.</param>
internal sealed class RetryLoop(
    IObjectFinder finder, IObjectOutliner outliner, IInpainter inpainter, VerifyStage verify, EditOptions options, StageContext context)
{
    private readonly StageContext again = context with { Force = true };
    private int grown;
    private int candidate;
    private bool otherThing;

    /// <summary>Retries until an attempt passes or the maximum number of attempts is reached.</summary>
    /// <param name="first">The first attempt, with its verdict.</param>
    /// <returns>The best attempt, with the list of all attempts.</returns>
    public ImageEdit Run(ImageEdit first)
    {
        Stopwatch clock = Stopwatch.StartNew();
        List<(ImageEdit Edit, string Change)> tries = [(first, "The first attempt.")];
        long seed = first.Settings!.Seed!.Value;
        IEnumerator<Func<ImageEdit, (ImageEdit Edit, string Change)?>> remedies = Remedies(first.Verdict!).GetEnumerator();
        while (!tries[^1].Edit.Verdict!.Passed && tries.Count < options.MaxAttempts)
        {
            (ImageEdit changed, string change)? next = null;
            while (next is null)
            {
                remedies.MoveNext();
                next = remedies.Current(first);
            }

            // After the last seed follows the first.
            seed = seed > long.MaxValue - (2L * options.Fill.Samples) ? 0 : seed + options.Fill.Samples;
            context.Note?.Invoke($"{first.Name}: {tries[^1].Edit.Verdict!.Reason} Trying again: {next.Value.change}");
            FillStage fill = new(inpainter, first.Settings.Caption, options.Fill with { Seed = seed, CaptionBefore = first.Settings.CaptionBefore });
            tries.Add((verify.Complete(fill.Complete(next.Value.changed, again), again), next.Value.change));
        }

        ImageEdit best = tries.Select(one => one.Edit).OrderByDescending(edit => edit.Verdict!.Passed).ThenByDescending(edit => edit.Verdict!.Score).First();
        EditAttempt[] attempts = [.. tries.Select((one, index) =>
            new EditAttempt(index + 1, one.Change, one.Edit.Seed!.Value, one.Edit.Verdict!, ReferenceEquals(one.Edit, best)))];
        return best.With("Retries", clock.Elapsed, parts =>
        {
            parts.SetVerdict(best.Verdict!, attempts);
            if (!best.Verdict!.Passed)
            {
                parts.Warn(string.Create(
                    CultureInfo.InvariantCulture, $"The result did not pass its verification{(tries.Count == 1 ? string.Empty : $" in {tries.Count} attempts; the best one is kept")}. {best.Verdict.Reason}"));
            }
        });
    }

    // A mask that the user supplied stays unchanged.
    private IEnumerable<Func<ImageEdit, (ImageEdit Edit, string Change)?>> Remedies(EditVerdict verdict)
    {
        bool cameBack = verdict.Checks.Any(check => check.Name == Presence.GoneName && !check.Passed);
        while (true)
        {
            if (!cameBack)
            {
                yield return OtherSeed;
            }

            yield return Grow;
            if (cameBack)
            {
                yield return OtherSeed;
            }

            yield return NextCandidate;
            yield return NextThing;
        }
    }

    private (ImageEdit Edit, string Change)? OtherSeed(ImageEdit first) => (first, "Another seed.");

    private (ImageEdit Edit, string Change)? Grow(ImageEdit first)
    {
        if (first.ShapedFor is not (EditType.Remove or EditType.Addition or EditType.Local) || first.Picture is not { } picture)
        {
            return null;
        }

        int more = MaskForType.DefaultGrow(picture.Width, picture.Height) * ++grown;
        return (Shape(first, more), $"A mask grown by another {more} pixels, and another seed.");
    }

    private (ImageEdit Edit, string Change)? NextCandidate(ImageEdit first)
    {
        if (first.ShapedFor is null || first.Detections is not { Length: 1 } found || first.MaskCandidates.Count == 0)
        {
            return null;
        }

        SegmentResult offered = outliner.Outline(
            first.Picture, SegmentPrompt.FromBoxes(found[0].Box), options.Outline with { Candidates = true }, context.Cancellation);
        SegmentCandidate[] others = [.. offered.Masks.Where(one => !one.Mask.IsEmpty && !one.Mask.SameAs(first.MaskCandidates[0].Mask))];
        if (candidate >= others.Length)
        {
            return null;
        }

        SegmentCandidate chosen = others[candidate++];
        return (
            Shape(Outlined(first, chosen), 0),
            string.Create(CultureInfo.InvariantCulture, $"The segmenter's next candidate ({chosen.Mask.Coverage:P1} of the picture), and another seed."));
    }

    private (ImageEdit Edit, string Change)? NextThing(ImageEdit first)
    {
        // If the plan specifies which object is meant, no other object is tried.
        bool told = first.Plan?.Selection.Any(one => one.IsNarrowed || one.Number == SelectionNumber.All) == true;
        if (otherThing || told || first.ShapedFor is null || first.Detections is not { Length: 1 } found || first.MaskCandidates.Count == 0)
        {
            return null;
        }

        otherThing = true;
        DetectionResult two = finder.Find(first.Picture, [found[0].Query], options.Detection with { All = false, Top = 2 }, context.Cancellation);
        if (two.Detections.FirstOrDefault(one => one.Box.IoU(found[0].Box) <= options.Detection.Overlap) is not { } other)
        {
            return null;
        }

        ImageEdit moved = first.With("FindObject", TimeSpan.Zero, parts => parts.SetDetections([other]));
        ImageEdit outlined = new OutlineStage(outliner, SegmentPrompt.FromBoxes(other.Box), options.Outline).Complete(moved, again);
        return (Shape(outlined, 0), $"The detector's next detection, at {other.Box}, and another seed.");
    }

    private static ImageEdit Outlined(ImageEdit edit, SegmentCandidate chosen) => edit.With("GetSegmentMask", TimeSpan.Zero, parts => parts.SetMask(chosen.Mask));

    private ImageEdit Shape(ImageEdit edit, int more)
    {
        bool grows = edit.Plan?.EditType == EditType.Remove || ShapeStage.NeedsRoom(edit, options.Shape);
        int usual = options.Shape.Grow ?? (grows ? MaskForType.DefaultGrow(edit.Picture.Width, edit.Picture.Height) : 0);
        MaskShapeOptions shape = options.Shape with { Grow = usual + more, NativeSize = inpainter.NativeSide, LatentFactor = inpainter.Factor };
        return new ShapeStage(null, null, null, shape).Complete(edit, again);
    }
}
