using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>One filled picture.</summary>
/// <param name="Picture">The picture, at the input's size, kept pixels untouched.</param>
/// <param name="Seed">The seed that gives it again.</param>
public sealed record EditSample(Picture Picture, long Seed)
{
    /// <summary>How it was judged; null before verification.</summary>
    public EditVerdict? Verdict { get; init; }
}
