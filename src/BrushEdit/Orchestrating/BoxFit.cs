using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Segmenting;

namespace BrushEdit.Orchestrating;

/// <summary>
/// Keeps an outline to the box of the thing that was found. What is worn by something, or lies on it, has an edge that is easily passed
/// over: asked for a hat, a segmenter may outline who wears it.
/// </summary>
internal static class BoxFit
{
    // A box may be too tight by this share of its sides; of an outline this share may lie outside of it still.
    private const double Slack = 0.1;
    private const double MostOutside = 0.15;

    // A candidate that covers less than this of the box is a part of the thing.
    private const double LeastFilled = 0.2;

    /// <summary>Puts a candidate that fits in place of every outline that reaches far out of its box.</summary>
    /// <param name="found">One outline a thing, in the order of the boxes.</param>
    /// <param name="boxes">Where the things were found.</param>
    /// <param name="candidates">Asks the segmenter for all it has for a box, best first.</param>
    /// <returns>The outlines; where no candidate fits, what of the outline lies in the box, or all of it where nothing does.</returns>
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
        warnings.Add($"The outline extended far beyond the detected box {box}: {(cut.IsEmpty ? "no part of it is inside the box, so that it is kept unchanged; check it" : "it is clipped to the box")}.");
        return cut.IsEmpty ? outline : outline with { Mask = cut };
    }

    private static double Outside(Mask outline, Mask inside) => outline.IsEmpty ? 1 : outline.Subtract(inside).Coverage / outline.Coverage;
}
