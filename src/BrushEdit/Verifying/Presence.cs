using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Verifying;

/// <summary>Decides from a detector's boxes whether an object within a mask is gone, or a new one is present.</summary>
internal static class Presence
{
    public const string GoneName = "Gone";
    public const string ThereName = "There";
    public const string OthersName = "Others";

    /// <summary>The score from which an object counts as found: the first step of the detector's ladder.</summary>
    public const double Found = 0.3;

    /// <summary>An object whose score was below this before the edit cannot be missed afterwards.</summary>
    public const double LeastBefore = 0.05;

    /// <summary>The fraction of the edited object's score from which another object counts as one of the same kind.</summary>
    public const double AsSure = 0.6;

    // The minimum rise of a new object's score through the edit: an unedited picture has no rise.
    private const double LeastRise = 0.15;
    private const double LeastShare = 0.5;

    /// <summary>The best score of a phrase within a mask, among the boxes that are in it by a half or more.</summary>
    /// <param name="detections">The detections.</param>
    /// <param name="phrase">The requested phrase.</param>
    /// <param name="mask">The mask.</param>
    public static double Best(IEnumerable<Detection> detections, string phrase, Mask mask) => detections
        .Where(found => string.Equals(found.Query, phrase, StringComparison.OrdinalIgnoreCase) && Share(found.Box, mask) >= LeastShare)
        .Select(found => found.Score).DefaultIfEmpty(0).Max();

    /// <summary>
    /// Checks whether an object is gone. Its score must fall below a half of its previous value, and below the score that counts as found.
    /// </summary>
    /// <param name="phrase">The object.</param>
    /// <param name="before">Its best score within the mask before the edit, at least <see cref="LeastBefore"/>.</param>
    /// <param name="after">Its best score after the edit.</param>
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

    /// <summary>Checks whether none remains of the objects that were all to be removed.</summary>
    /// <param name="selection">The objects.</param>
    /// <param name="left">Those that are detected in the result, outside the mask.</param>
    public static EditCheck Others(Selection selection, IReadOnlyList<Detection> left)
    {
        double score = left.Count == 0 ? 1 : CheckScore.Low(left.Max(one => one.Score), Found);
        return new EditCheck(
            OthersName,
            left.Count == 0,
            score,
            left.Count == 0
                ? $"No other '{selection}' is found."
                : $"'{selection}' should be removed, but {left.Count} remain{(left.Count == 1 ? "s" : string.Empty)}: {string.Join("; ", left.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Box} ({one.Score:0.00})")))}.");
    }

    /// <summary>Whether a box is within a mask by a half or more.</summary>
    /// <param name="box">The box.</param>
    /// <param name="mask">The mask.</param>
    public static bool IsWithin(Box box, Mask mask) => Share(box, mask) >= LeastShare;

    /// <summary>Checks whether a new object is present: it must be found, with a higher score than before the edit.</summary>
    /// <param name="phrase">The object.</param>
    /// <param name="after">Its best score within the mask.</param>
    /// <param name="rise">The rise of that score, compared with the object that it replaces.</param>
    public static EditCheck There(string phrase, double after, double rise)
    {
        double score = Math.Min(CheckScore.High(after, Found), CheckScore.High(rise, LeastRise));
        return new EditCheck(
            ThereName,
            CheckScore.Passes(score),
            score,
            string.Create(
                CultureInfo.InvariantCulture,
                $"'{phrase}' has the score {after:0.00} within the mask, where {Found:0.00} counts as found; the edit raised it by {rise:0.00}, where {LeastRise:0.00} is needed."));
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
