namespace BrushEdit.Imaging;

/// <summary>Where a mask was read from, and how it was read.</summary>
/// <param name="Path">The mask picture's file; null for one made in memory.</param>
/// <param name="Note">One line that tells what was read as white, and how much of the picture it is.</param>
/// <param name="Warnings">What makes it doubtful that the mask is what was meant, each with what to do; usually empty.</param>
public sealed record MaskOrigin(string? Path, string Note, IReadOnlyList<string> Warnings);
