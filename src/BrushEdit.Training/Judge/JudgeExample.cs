namespace BrushEdit.Training;

/// <summary>A part of a picture with texts, one of which is right.</summary>
/// <param name="Rgb">8-bit sRGB, interleaved, row-major, <see cref="Side"/> pixels a side: a margin wider than the network's input, which is cut from it here or there.</param>
/// <param name="Texts">The texts it is held against.</param>
/// <param name="Right">The place of the right one.</param>
/// <param name="Weight">What it counts, above 0.</param>
public sealed record JudgeExample(byte[] Rgb, IReadOnlyList<string> Texts, int Right, double Weight)
{
    /// <summary>Pixels a side.</summary>
    public const int Side = Toybox.JudgeSide + (2 * Room);

    /// <summary>Pixels on each side by which a cut may move.</summary>
    public const int Room = 4;
}
