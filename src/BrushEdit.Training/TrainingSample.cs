namespace BrushEdit.Training;

/// <summary>An example of inpainting: the finished picture, its hole and its caption.</summary>
/// <param name="Rgb">The whole picture, 8-bit sRGB, interleaved, row-major.</param>
/// <param name="Hole">255 where the picture is to be filled, 0 where it is kept; row-major, one byte per pixel.</param>
/// <param name="Caption">What the picture shows; empty for unconditional training.</param>
/// <param name="Shown">
/// What the branch sees if the whole picture is edited and nothing is kept: the picture before the edit. Null if it sees
/// <paramref name="Rgb"/> with the hole black.
/// </param>
public sealed record TrainingSample(byte[] Rgb, byte[] Hole, string Caption, byte[]? Shown = null);

/// <summary>An endless, seeded sequence of examples, all of one size.</summary>
public interface ITrainingSource
{
    /// <summary>Pixels across.</summary>
    int Width { get; }

    /// <summary>Pixels down.</summary>
    int Height { get; }

    /// <summary>The example at an index; it depends on the index only, so that a resumed run continues with the same data.</summary>
    /// <param name="index">From 0.</param>
    TrainingSample Sample(long index);
}
