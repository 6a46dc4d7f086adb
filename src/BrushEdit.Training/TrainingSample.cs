namespace BrushEdit.Training;

/// <summary>One example of inpainting: what the picture shows in the end, where the hole was, and the words for it.</summary>
/// <param name="Rgb">The whole picture, 8-bit sRGB, interleaved, row-major.</param>
/// <param name="Hole">255 where the picture is to be filled, 0 if it is kept; row-major, one byte a pixel.</param>
/// <param name="Caption">What the picture shows; empty for unconditional training.</param>
/// <param name="Shown">
/// What the branch is shown where the whole picture is edited and nothing is kept: the picture before the edit; null if it is
/// shown <paramref name="Rgb"/> with the hole black.
/// </param>
public sealed record TrainingSample(byte[] Rgb, byte[] Hole, string Caption, byte[]? Shown = null);

/// <summary>An endless, seeded row of examples, all of one size.</summary>
public interface ITrainingSource
{
    /// <summary>Pixels across.</summary>
    int Width { get; }

    /// <summary>Pixels down.</summary>
    int Height { get; }

    /// <summary>The example at an index: the same for the same index, so that a resumed run continues with the same data.</summary>
    /// <param name="index">From 0.</param>
    TrainingSample Sample(long index);
}
