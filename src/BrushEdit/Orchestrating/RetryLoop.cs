using System.Diagnostics;
using System.Globalization;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Inpainting;
using BrushEdit.Segmenting;
using BrushEdit.Verifying;

namespace BrushEdit.Orchestrating;

/// <summary>
/// Tries a failed edit again, each time otherwise: with another seed, a grown mask, the segmenter's next candidate, the detector's next
/// thing. Keeps the best try. A removal that failed, because the thing came back, begins with a grown mask: what is left of its rim and
/// shadow calls it back; anything else begins with another seed.
/// </summary>
/// <param name="finder">The detector.</param>
/// <param name="outliner">The segmenter.</param>
/// <param name="inpainter">The models that fill.</param>
/// <param name="verify">The judge.</param>
/// <param name="options">How.</param>
/// <param name="context">Receives progress, and says when to stop.</param>
internal sealed class RetryLoop(
    IObjectFinder finder, IObjectOutliner outliner, IInpainter inpainter, VerifyStage verify, EditOptions options, StageContext context)
{
    private readonly StageContext again = context with { Force = true };
    private int grown;
    private int candidate;
    private bool otherThing;

    /// <summary>Tries until a try passes, or there were as many as allowed.</summary>
    /// <param name="first">The first try, judged.</param>
    /// <returns>The best try, with what was tried.</returns>
    public ImageEdit Run(ImageEdit first)
    {
        Stopwatch clock = Stopwatch.StartNew();
        List<(ImageEdit Edit, string Change)> tries = [(first, "The first try.")];
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

            // Past the last seed comes the first.
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
                    CultureInfo.InvariantCulture, $"The result did not pass its verification in {tries.Count} attempts; the best one is kept. {best.Verdict.Reason}"));
            }
        });
    }

    // A mask that a user gave stays as it is.
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
        return (Shape(first, more), $"A mask grown by {more} pixels more, and another seed.");
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
        // Where the plan says which thing is meant, another one is not.
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
        return (Shape(outlined, 0), $"The detector's next find, at {other.Box}, and another seed.");
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
