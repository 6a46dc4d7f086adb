using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>Something found in a picture.</summary>
/// <param name="Box">Where, in pixels of the picture.</param>
/// <param name="Score">How sure the detector is, 0 to 1.</param>
/// <param name="Phrase">The words that matched: those tokens of the asked phrase above the text threshold, or all of it where none is.</param>
public sealed record Detection(Box Box, double Score, string Phrase)
{
    /// <summary>The whole phrase that was asked for; <see cref="Phrase"/> where nothing else is said.</summary>
    public string Query { get; init; } = Phrase;
}
