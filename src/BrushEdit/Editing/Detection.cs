using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>An object found in a picture.</summary>
/// <param name="Box">The object's box, in pixels of the picture, origin top left.</param>
/// <param name="Score">The detector's confidence, in [0, 1].</param>
/// <param name="Phrase">
/// The matched words, such as <c>red car</c>: those words of the requested phrase that exceed the text threshold, or all words if none does.
/// </param>
public sealed record Detection(Box Box, double Score, string Phrase)
{
    /// <summary>
    /// Creates a detection that is described by hand: PowerShell builds it from a table, such as <c>@{ Box = '10,20,64,48'; Phrase = 'dog' }</c>.
    /// </summary>
    public Detection()
        : this(default, 1, string.Empty)
    {
    }

    /// <summary>The whole requested phrase; <see cref="Phrase"/> unless set.</summary>
    public string Query { get; init; } = Phrase;

    /// <summary>
    /// The mean score over all words of the requested phrase, in [0, 1]: a blue ball fits "red ball" less than a red one does, although its best
    /// word, "ball", matches equally well. <see cref="Score"/> unless set.
    /// </summary>
    public double Fit { get; init; } = Score;
}
