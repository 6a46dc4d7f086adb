namespace BrushEdit.Synthesizing;

/// <summary>A rectangle in pixels of the picture, origin top left.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Top edge.</param>
/// <param name="Width">Width; 0 if the box is empty.</param>
/// <param name="Height">Height; 0 if the box is empty.</param>
public readonly record struct SceneBox(double X, double Y, double Width, double Height)
{
    /// <summary>Right edge.</summary>
    public double Right => X + Width;

    /// <summary>Bottom edge.</summary>
    public double Bottom => Y + Height;

    /// <summary>The smallest box around all values of a map (row-major) that reach a threshold.</summary>
    internal static SceneBox Around(ReadOnlySpan<byte> map, int width, int threshold)
    {
        int left = int.MaxValue, top = int.MaxValue, right = -1, bottom = -1;
        for (int y = 0; y < map.Length / width; y++)
        {
            for (int x = 0; x < width; x++)
            {
                if (map[(y * width) + x] >= threshold)
                {
                    left = Math.Min(left, x);
                    right = Math.Max(right, x);
                    top = Math.Min(top, y);
                    bottom = y;
                }
            }
        }

        return right < 0 ? default : new SceneBox(left, top, right - left + 1, bottom - top + 1);
    }
}
