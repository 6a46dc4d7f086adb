using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>A thing found in a picture.</summary>
/// <param name="Box">Where it is, in pixels of the picture, origin top left.</param>
/// <param name="Score">How sure the detector is, in [0, 1].</param>
/// <param name="Phrase">The words it matched, such as <c>red car</c>.</param>
public sealed record Detection(Box Box, double Score, string Phrase);
