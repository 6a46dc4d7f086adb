namespace BrushEdit.Terminal;

/// <summary>
/// The fixed part of the terminals' table of 256 colours: 16 to 231 a cube of six levels a channel, 232 to 255 greys. The first 16 are the
/// user's own and not used.
/// </summary>
public static class ColorTable
{
    private const int FirstOfCube = 16;
    private const int FirstGrey = 232;
    private const int Greys = 24;

    private static readonly int[] Levels = [0, 95, 135, 175, 215, 255];

    /// <summary>The number of the colour that is nearest to one in sRGB.</summary>
    /// <param name="r">Red.</param>
    /// <param name="g">Green.</param>
    /// <param name="b">Blue.</param>
    /// <returns>16 to 255.</returns>
    public static int Nearest(byte r, byte g, byte b)
    {
        int cube = FirstOfCube + (36 * Level(r)) + (6 * Level(g)) + Level(b);
        int grey = FirstGrey + Math.Clamp((((r + g + b) / 3) - 3) / 10, 0, Greys - 1);
        return Distance(cube, r, g, b) <= Distance(grey, r, g, b) ? cube : grey;
    }

    /// <summary>The colour of a number, in sRGB.</summary>
    /// <param name="number">16 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is another one.</exception>
    public static (byte R, byte G, byte B) Color(int number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, FirstOfCube);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, 255);
        if (number >= FirstGrey)
        {
            byte grey = (byte)(8 + (10 * (number - FirstGrey)));
            return (grey, grey, grey);
        }

        int place = number - FirstOfCube;
        return ((byte)Levels[place / 36], (byte)Levels[place / 6 % 6], (byte)Levels[place % 6]);
    }

    // The bounds lie half-way between two levels.
    private static int Level(byte value) => value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;

    private static int Distance(int number, byte r, byte g, byte b)
    {
        (byte R, byte G, byte B) color = Color(number);
        int red = color.R - r;
        int green = color.G - g;
        int blue = color.B - b;
        return (red * red) + (green * green) + (blue * blue);
    }
}
