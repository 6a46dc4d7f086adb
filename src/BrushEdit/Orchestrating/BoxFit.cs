using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Segmenting;

namespace BrushEdit.Orchestrating;

/// <summary>
/// Keeps an outline to the box of the detected object. An object that something wears, or that is on something, has an edge that is easily missed:
/// prompted with a hat, a segmenter may outline the person who wears it.
/// </summary>
internal static class BoxFit
{
    // A box may be too tight by this fraction of its sides; this fraction of an outline may still be outside the box.
    private const double Slack = 0.1;
    private const double MostOutside = 0.15;

    // A candidate that covers less than this fraction of the box is only a part of the object.
    private const double LeastFilled = 0.2;

    /// <summary>Replaces every outline that reaches far out of its box by a candidate that fits.</summary>
    /// <param name="found">One outline per object, in the order of the boxes.</param>
    /// <param name="boxes">The objects' boxes.</param>
    /// <param name="candidates">Returns all of the segmenter's candidates for a box, best first.</param>
    /// <returns>The outlines; if no candidate fits, the part of the outline inside the box, or all of it if no part is inside.</returns>
    public static SegmentResult Keep(SegmentResult found, IReadOnlyList<Box> boxes, Func<Box, IReadOnlyList<SegmentCandidate>> candidates)
    {
        if (found.Masks.Count != boxes.Count)
        {
            return found;
        }

        List<string> warnings = [.. found.Warnings];
        return new SegmentResult([.. found.Masks.Select(one => Fit(one, boxes[one.Thing], candidates, warnings))], warnings);
    }

    private static SegmentCandidate Fit(SegmentCandidate outline, Box box, Func<Box, IReadOnlyList<SegmentCandidate>> candidates, List<string> warnings)
    {
        Mask inside = Mask.FromBox(outline.Mask.Width, outline.Mask.Height, box.Expand(Slack * box.Width, Slack * box.Height));
        if (outline.Mask.IsEmpty || Outside(outline.Mask, inside) <= MostOutside)
        {
            return outline;
        }

        double filled = LeastFilled * box.Clip(outline.Mask.Width, outline.Mask.Height).Area / (outline.Mask.Width * outline.Mask.Height);
        SegmentCandidate? better = candidates(box).Where(one => Outside(one.Mask, inside) <= MostOutside && one.Mask.Coverage >= filled).MaxBy(one => one.PredictedIoU);
        if (better is not null)
        {
            warnings.Add($"The outline extended far beyond the detected box {box}: the segmenter's next candidate is used.");
            return better with { Thing = outline.Thing, Candidate = 0 };
        }

        Mask cut = outline.Mask.Intersect(inside);
        warnings.Add($"The outline extended far beyond the detected box {box}: {(cut.IsEmpty ? "no part of it is inside the box, so it is kept unchanged; check it" : "it is clipped to the box")}.");
        return cut.IsEmpty ? outline : outline with { Mask = cut };
    }

    private static double Outside(Mask outline, Mask inside) => outline.IsEmpty ? 1 : outline.Subtract(inside).Coverage / outline.Coverage;
}
