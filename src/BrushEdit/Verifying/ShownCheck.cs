using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Verifying;

/// <summary>
/// Whether the filled part shows what it was filled with, by a network that reads pictures and words alike. The thing's words stand
/// against those of what was there, of an empty place and of a bad picture (the opposites of CLIP-IQA, arXiv 2207.12396).
/// </summary>
internal static class ShownCheck
{
    public const string Name = "Shown";

    /// <summary>The text of a place where no thing is.</summary>
    public const string Empty = "a photo of nothing";

    /// <summary>The text of a picture that shows nothing rightly.</summary>
    public const string Bad = "a bad photo";

    // Around the mask, a share of its longer side.
    private const double Margin = 0.1;
    private const double Least = 0.5;

    /// <summary>The text for a thing.</summary>
    /// <param name="thing">The thing, without an article.</param>
    public static string Text(string thing) => $"a photo of {thing}";

    /// <summary>The texts that a filled part is held against; the first is the one that it is to show.</summary>
    /// <param name="fresh">What it was filled with.</param>
    /// <param name="old">What was there before; null if it is the same or unknown.</param>
    public static IReadOnlyList<string> Texts(string fresh, string? old) =>
        old is null || old == fresh ? [Text(fresh), Empty, Bad] : [Text(fresh), Empty, Bad, Text(old)];

    /// <summary>The part of the picture that is looked at: the square around the mask, as far as the picture reaches.</summary>
    /// <param name="mask">Where it was edited; not empty.</param>
    public static Box Region(Mask mask)
    {
        Box bounds = mask.Bounds ?? new Box(0, 0, mask.Width, mask.Height);
        double longer = Math.Max(bounds.Width, bounds.Height) * (1 + (2 * Margin));
        double side = Math.Min(longer, Math.Min(mask.Width, mask.Height));
        double Begin(double centre, double limit) => Math.Clamp(centre - (side / 2), 0, limit - side);
        return new Box(Begin(bounds.CenterX, mask.Width), Begin(bounds.CenterY, mask.Height), side, side);
    }

    /// <summary>Makes the check.</summary>
    /// <param name="fresh">What the part was filled with.</param>
    /// <param name="probability">How probably it shows that, in [0, 1].</param>
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
