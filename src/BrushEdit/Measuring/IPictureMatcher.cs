using BrushEdit.Imaging;

namespace BrushEdit.Measuring;

/// <summary>Determines which of several texts matches a part of a picture: CLIP, or another model for the same task.</summary>
public interface IPictureMatcher
{
    /// <summary>The name in results.</summary>
    string Name { get; }

    /// <summary>Why no matcher is available; null if one is.</summary>
    EditException? Absence { get; }

    /// <summary>Returns the probability of each text, among the given ones, for a picture.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="region">The part to match, in pixels; inside the picture.</param>
    /// <param name="texts">At least one text.</param>
    /// <param name="cancellation">Cancels the work before a network runs.</param>
    /// <returns>One value per text, each in [0, 1], with sum 1.</returns>
    IReadOnlyList<double> Match(Picture picture, Box region, IReadOnlyList<string> texts, CancellationToken cancellation = default);
}
