using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Verifying;

/// <summary>
/// Checks whether the filled part shows its content, with a network that reads both pictures and words. The object's text competes with the texts of
/// the previous content, of an empty place and of a bad picture (the opposites of CLIP-IQA, arXiv 2207.12396).
/// </summary>
internal static class ShownCheck
{
    public const string Name = "Shown";

    /// <summary>The text for a place without any object.</summary>
    public const string Empty = "a photo of nothing";

    /// <summary>The text for a picture that shows nothing properly.</summary>
    public const string Bad = "a bad photo";

    // The margin around the mask, as a fraction of its longer side.
    private const double Margin = 0.1;
    private const double Least = 0.5;

    /// <summary>The text for an object.</summary>
    /// <param name="thing">The object, without an article.</param>
    public static string Text(string thing) => $"a photo of {thing}";

    /// <summary>The texts that a filled part is compared with; the first is the one that it should show.</summary>
    /// <param name="fresh">The new content.</param>
    /// <param name="old">The previous content; null if it is the same or unknown.</param>
    public static IReadOnlyList<string> Texts(string fresh, string? old) =>
        old is null || old == fresh ? [Text(fresh), Empty, Bad] : [Text(fresh), Empty, Bad, Text(old)];

    /// <summary>The part of the picture that is examined: the square around the mask, clipped to the picture.</summary>
    /// <param name="mask">The edited area; not empty.</param>
    public static Box Region(Mask mask)
    {
        Box bounds = mask.Bounds ?? new Box(0, 0, mask.Width, mask.Height);
        double longer = Math.Max(bounds.Width, bounds.Height) * (1 + (2 * Margin));
        double side = Math.Min(longer, Math.Min(mask.Width, mask.Height));
        double Begin(double centre, double limit) => Math.Clamp(centre - (side / 2), 0, limit - side);
        return new Box(Begin(bounds.CenterX, mask.Width), Begin(bounds.CenterY, mask.Height), side, side);
    }

    /// <summary>Creates the check.</summary>
    /// <param name="fresh">The new content of the part.</param>
    /// <param name="probability">The probability that the part shows it, in [0, 1].</param>
    public static EditCheck Make(string fresh, double probability)
    {
        double score = CheckScore.High(probability, Least);
        return new EditCheck(
            Name,
            CheckScore.Passes(score),
            score,
            string.Create(CultureInfo.InvariantCulture, $"The probability that the filled part shows '{fresh}' is {probability:0.00}; more than {Least:0.00} is needed."));
    }
}
