namespace BrushEdit.Imaging;

/// <summary>Where a mask was read from, and how it was read.</summary>
/// <param name="Path">The mask picture's file; null for one made in memory.</param>
/// <param name="Note">One line that states what was read as white, and its share of the picture.</param>
/// <param name="Warnings">Reasons to doubt that the mask is what was intended, each with a remedy; usually empty.</param>
public sealed record MaskOrigin(string? Path, string Note, IReadOnlyList<string> Warnings);
