namespace BrushEdit.Training;

/// <summary>
/// Erosion and dilation by a square, as in OpenCV: half of the side, rounded down, is before a pixel and the rest after it; pixels outside
/// the picture are ignored.
/// </summary>
internal static class SquareMorphology
{
    /// <summary>The side the authors of BrushNet use.</summary>
    public const int PublishedSide = 8;

    /// <summary>A pixel stays true if all of its square is.</summary>
    public static bool[] Erode(bool[] mask, int width, int height, int side) => Pass(Pass(mask, width, height, side, true, across: true), width, height, side, true, across: false);

    /// <summary>A pixel becomes true if any of its square is.</summary>
    public static bool[] Dilate(bool[] mask, int width, int height, int side) => Pass(Pass(mask, width, height, side, false, across: true), width, height, side, false, across: false);

    /// <summary>Erosion, then dilation: removes what is thinner than the square.</summary>
    public static bool[] Open(bool[] mask, int width, int height, int side) => Dilate(Erode(mask, width, height, side), width, height, side);

    // Counts the false (or true) pixels in a window that slides along each row or column.
    private static bool[] Pass(bool[] mask, int width, int height, int side, bool erode, bool across)
    {
        (int lines, int length, int stride, int step) = across ? (height, width, width, 1) : (width, height, 1, width);
        int before = side / 2;
        int behind = side - 1 - before;
        bool[] result = new bool[mask.Length];
        for (int line = 0; line < lines; line++)
        {
            int count = 0;
            for (int at = 0; at < Math.Min(behind, length); at++)
            {
                count += mask[(line * stride) + (at * step)] != erode ? 1 : 0;
            }

            for (int at = 0; at < length; at++)
            {
                if (at + behind < length)
                {
                    count += mask[(line * stride) + ((at + behind) * step)] != erode ? 1 : 0;
                }

                if (at - before - 1 >= 0)
                {
                    count -= mask[(line * stride) + ((at - before - 1) * step)] != erode ? 1 : 0;
                }

                result[(line * stride) + (at * step)] = count > 0 != erode;
            }
        }

        return result;
    }
}
