using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>One filled picture.</summary>
/// <param name="Picture">The picture, at the input's size, with the kept pixels unchanged.</param>
/// <param name="Seed">The seed that reproduces it.</param>
public sealed record EditSample(Picture Picture, long Seed)
{
    /// <summary>The verdict on the sample; null before verification.</summary>
    public EditVerdict? Verdict { get; init; }
}
