namespace BrushEdit.Tagging;

/// <summary>Rotates samples upright according to the eight orientations of EXIF (tag 0x0112).</summary>
internal static class Orientation
{
    /// <summary>Returns the upright samples and their size. Orientations other than 2 to 8 change nothing.</summary>
    public static (Array Samples, int Width, int Height) Apply(Array samples, int width, int height, int bands, int orientation)
    {
        if (orientation is < 2 or > 8)
        {
            return (samples, width, height);
        }

        bool turned = orientation >= 5;
        (int newWidth, int newHeight) = turned ? (height, width) : (width, height);
        Array upright = samples is byte[] bytes
            ? Turn(bytes, width, height, bands, orientation)
            : Turn((ushort[])samples, width, height, bands, orientation);
        return (upright, newWidth, newHeight);
    }

    /// <summary>Returns the inverse of an orientation.</summary>
    public static int Inverse(int orientation) => orientation switch { 6 => 8, 8 => 6, int same => same };

    /// <summary>Returns the position of an upright picture's box in the stored picture.</summary>
    /// <param name="orientation">The stored orientation, 1 to 8.</param>
    /// <param name="canvasWidth">Pixels across, upright.</param>
    /// <param name="canvasHeight">Pixels down, upright.</param>
    /// <param name="left">The box's left, upright.</param>
    /// <param name="top">The box's top, upright.</param>
    /// <param name="width">The box's width, upright.</param>
    /// <param name="height">The box's height, upright.</param>
    public static (int Left, int Top) Place(int orientation, int canvasWidth, int canvasHeight, int left, int top, int width, int height)
    {
        int fromRight = canvasWidth - left - width;
        int fromBottom = canvasHeight - top - height;
        return orientation switch
        {
            2 => (fromRight, top),
            3 => (fromRight, fromBottom),
            4 => (left, fromBottom),
            5 => (top, left),
            6 => (top, fromRight),
            7 => (fromBottom, fromRight),
            8 => (fromBottom, left),
            _ => (left, top),
        };
    }

    private static T[] Turn<T>(T[] samples, int width, int height, int bands, int orientation)
    {
        // Where the pixel seen at (x, y) is stored: start + x * stepX + y * stepY, by what the stored rows and columns stand for.
        (int startX, int startY, bool turned) = orientation switch
        {
            2 => (width - 1, 0, false),
            3 => (width - 1, height - 1, false),
            4 => (0, height - 1, false),
            5 => (0, 0, true),
            6 => (0, height - 1, true),
            7 => (width - 1, height - 1, true),
            _ => (width - 1, 0, true),
        };
        int signX = startX == 0 ? 1 : -1;
        int signY = startY == 0 ? 1 : -1;
        // A side of one pixel leaves the sign undetermined and without effect.
        long stepX = turned ? (long)signY * width : signX;
        long stepY = turned ? signX : (long)signY * width;
        int newWidth = turned ? height : width;
        int newHeight = turned ? width : height;
        long start = ((long)startY * width) + startX;
        T[] result = new T[samples.Length];
        for (int y = 0; y < newHeight; y++)
        {
            for (int x = 0; x < newWidth; x++)
            {
                long from = start + (x * stepX) + (y * stepY);
                Array.Copy(samples, from * bands, result, (((long)y * newWidth) + x) * bands, bands);
            }
        }

        return result;
    }
}
