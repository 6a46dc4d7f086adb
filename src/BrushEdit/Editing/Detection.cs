using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>An object found in a picture.</summary>
/// <param name="Box">Where it is, in pixels of the picture, origin top left.</param>
/// <param name="Score">How sure the detector is, in [0, 1].</param>
/// <param name="Phrase">The words it matched, such as <c>red car</c>: those of the asked phrase above the text threshold, all where none is.</param>
public sealed record Detection(Box Box, double Score, string Phrase)
{
    /// <summary>Begins one that is described by hand: PowerShell makes it of a table, such as <c>@{ Box = '10,20,64,48'; Phrase = 'dog' }</c>.</summary>
    public Detection()
        : this(default, 1, string.Empty)
    {
    }

    /// <summary>The whole phrase that was asked for; <see cref="Phrase"/> where nothing else is said.</summary>
    public string Query { get; init; } = Phrase;

    /// <summary>
    /// The mean score over all words of the phrase that was asked for, in [0, 1]: a blue ball is less of a "red ball" than a red one, though
    /// its best word, "ball", matches as well. <see cref="Score"/> where nothing else is said.
    /// </summary>
    public double Fit { get; init; } = Score;
}
