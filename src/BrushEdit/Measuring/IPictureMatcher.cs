using BrushEdit.Imaging;

namespace BrushEdit.Measuring;

/// <summary>Tells which of several texts a part of a picture shows: CLIP, or anything that answers the same question.</summary>
public interface IPictureMatcher
{
    /// <summary>What results call it.</summary>
    string Name { get; }

    /// <summary>Why there is none; null if there is one.</summary>
    EditException? Absence { get; }

    /// <summary>How probably each text, among these alone, is the one that the picture shows.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="region">The part that is looked at, in pixels; it lies within the picture.</param>
    /// <param name="texts">At least one.</param>
    /// <param name="cancellation">Ends the work before a network runs.</param>
    /// <returns>One value a text, each in [0, 1], together 1.</returns>
    IReadOnlyList<double> Match(Picture picture, Box region, IReadOnlyList<string> texts, CancellationToken cancellation = default);
}
