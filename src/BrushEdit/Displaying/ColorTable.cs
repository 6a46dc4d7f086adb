namespace BrushEdit.Displaying;

/// <summary>
/// The fixed part of the terminal palette of 256 colours: 16 to 231 a cube of six levels a channel, 232 to 255 greys. The first 16 are
/// configurable and not used.
/// </summary>
public static class ColorTable
{
    private const int FirstOfCube = 16;
    private const int FirstGrey = 232;
    private const int Greys = 24;

    private static readonly int[] Levels = [0, 95, 135, 175, 215, 255];

    /// <summary>Returns the number of the colour nearest to an sRGB colour.</summary>
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

    /// <summary>Returns the sRGB colour of a number.</summary>
    /// <param name="number">16 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is outside this range.</exception>
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

    /// <summary>
    /// Converts a picture to the table's colours. Each pixel's error is diffused to the pixels not yet processed (Floyd and Steinberg, 7, 3, 5 and 1
    /// sixteenths), so that areas keep their colour where single pixels cannot.
    /// </summary>
    /// <param name="rgb">width * height * 3 values.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <returns>width * height numbers, 16 to 255.</returns>
    public static byte[] Dither(ReadOnlySpan<byte> rgb, int width, int height)
    {
        byte[] numbers = new byte[width * height];
        float[] wanted = new float[rgb.Length];
        for (int i = 0; i < rgb.Length; i++)
        {
            wanted[i] = rgb[i];
        }

        for (int i = 0; i < numbers.Length; i++)
        {
            int at = i * 3;
            numbers[i] = (byte)Nearest(Whole(wanted[at]), Whole(wanted[at + 1]), Whole(wanted[at + 2]));
            (byte R, byte G, byte B) color = Color(numbers[i]);
            bool left = i % width > 0;
            bool right = (i % width) + 1 < width;
            bool below = i + width < numbers.Length;
            Span<float> off = [Math.Clamp(wanted[at], 0, 255) - color.R, Math.Clamp(wanted[at + 1], 0, 255) - color.G, Math.Clamp(wanted[at + 2], 0, 255) - color.B];
            for (int b = 0; b < 3; b++)
            {
                Spread(wanted, at + 3 + b, off[b] * 7 / 16, right);
                Spread(wanted, at + ((width - 1) * 3) + b, off[b] * 3 / 16, below && left);
                Spread(wanted, at + (width * 3) + b, off[b] * 5 / 16, below);
                Spread(wanted, at + ((width + 1) * 3) + b, off[b] / 16, below && right);
            }
        }

        return numbers;
    }

    private static void Spread(float[] wanted, int at, float part, bool there)
    {
        if (there)
        {
            wanted[at] += part;
        }
    }

    private static byte Whole(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);

    // The bounds are half-way between two levels.
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
