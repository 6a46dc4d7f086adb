using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Verifying;

/// <summary>What a detector's boxes say of things within a mask: whether one has gone, whether one has come.</summary>
internal static class Presence
{
    public const string GoneName = "Gone";
    public const string ThereName = "There";
    public const string OthersName = "Others";

    /// <summary>The score from which a thing counts as found: the first step of the detector's ladder.</summary>
    public const double Found = 0.3;

    /// <summary>A thing whose score was below this before the edit cannot be missed afterwards.</summary>
    public const double LeastBefore = 0.05;

    /// <summary>The share of the score of what was edited from which another thing counts as one of the same.</summary>
    public const double AsSure = 0.6;

    // By how much the score of what comes must rise through the edit: a picture that was not edited has no rise.
    private const double LeastRise = 0.15;
    private const double LeastShare = 0.5;

    /// <summary>The best score that a phrase has within a mask: of the boxes that lie in it to a half or more.</summary>
    /// <param name="detections">What was found.</param>
    /// <param name="phrase">The phrase as it was asked.</param>
    /// <param name="mask">The mask.</param>
    public static double Best(IEnumerable<Detection> detections, string phrase, Mask mask) => detections
        .Where(found => string.Equals(found.Query, phrase, StringComparison.OrdinalIgnoreCase) && Share(found.Box, mask) >= LeastShare)
        .Select(found => found.Score).DefaultIfEmpty(0).Max();

    /// <summary>Whether a thing has gone. Its score must fall below a half of what it was, and below what counts as found.</summary>
    /// <param name="phrase">The thing.</param>
    /// <param name="before">Its best score within the mask before the edit, at least <see cref="LeastBefore"/>.</param>
    /// <param name="after">And after it.</param>
    public static EditCheck Gone(string phrase, double before, double after)
    {
        double limit = Math.Min(Found, before / 2);
        double score = CheckScore.Low(after, limit);
        return new EditCheck(
            GoneName,
            CheckScore.Passes(score),
            score,
            string.Create(
                CultureInfo.InvariantCulture, $"'{phrase}' has the score {after:0.00} within the mask, {before:0.00} before; below {limit:0.00} it counts as gone."));
    }

    /// <summary>Whether none is left of the things that were all to go.</summary>
    /// <param name="selection">The things.</param>
    /// <param name="left">Those that are found in the result, outside the mask.</param>
    public static EditCheck Others(Selection selection, IReadOnlyList<Detection> left)
    {
        double score = left.Count == 0 ? 1 : CheckScore.Low(left.Max(one => one.Score), Found);
        return new EditCheck(
            OthersName,
            left.Count == 0,
            score,
            left.Count == 0
                ? $"No other '{selection}' is found."
                : $"'{selection}' was to go, and {left.Count} remain{(left.Count == 1 ? "s" : string.Empty)}: {string.Join("; ", left.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Box} ({one.Score:0.00})")))}.");
    }

    /// <summary>Whether a box lies within a mask, to a half or more.</summary>
    /// <param name="box">The box.</param>
    /// <param name="mask">The mask.</param>
    public static bool IsWithin(Box box, Mask mask) => Share(box, mask) >= LeastShare;

    /// <summary>Whether a thing has come: it must be found, and better than before the edit.</summary>
    /// <param name="phrase">The thing.</param>
    /// <param name="after">Its best score within the mask.</param>
    /// <param name="rise">By how much that has risen, compared with the thing in whose place it comes.</param>
    public static EditCheck There(string phrase, double after, double rise)
    {
        double score = Math.Min(CheckScore.High(after, Found), CheckScore.High(rise, LeastRise));
        return new EditCheck(
            ThereName,
            CheckScore.Passes(score),
            score,
            string.Create(
                CultureInfo.InvariantCulture,
                $"'{phrase}' has the score {after:0.00} within the mask, where {Found:0.00} counts as found; through the edit it rose by {rise:0.00}, where {LeastRise:0.00} is needed."));
    }

    private static double Share(Box box, Mask mask)
    {
        Box inside = box.Clip(mask.Width, mask.Height);
        if (inside.IsEmpty)
        {
            return 0;
        }

        int count = 0;
        for (int y = inside.PixelTop; y < inside.PixelBottom; y++)
        {
            for (int x = inside.PixelLeft; x < inside.PixelRight; x++)
            {
                count += mask[x, y] >= Mask.Threshold ? 1 : 0;
            }
        }

        return (double)count / (inside.PixelWidth * inside.PixelHeight);
    }
}
