namespace BrushEdit.Training;

/// <summary>A part of a picture with texts, one of which is right.</summary>
/// <param name="Rgb">8-bit sRGB, interleaved, row-major, <see cref="Side"/> pixels a side; the network's input is a random crop of it.</param>
/// <param name="Texts">The texts it is compared with.</param>
/// <param name="Right">The index of the right text.</param>
/// <param name="Weight">Its weight in the loss, above 0.</param>
public sealed record JudgeExample(byte[] Rgb, IReadOnlyList<string> Texts, int Right, double Weight)
{
    /// <summary>The side in pixels.</summary>
    public const int Side = Toybox.JudgeSide + (2 * Room);

    /// <summary>The number of pixels by which a crop may move in each direction.</summary>
    public const int Room = 4;
}
