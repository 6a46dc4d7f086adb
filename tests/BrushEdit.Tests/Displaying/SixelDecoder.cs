namespace BrushEdit.Tests.Displaying;

/// <summary>Reads Sixel graphics back, as a terminal does.</summary>
internal static class SixelDecoder
{
    /// <summary>The painted pixels as sRGB; what is not painted stays magenta.</summary>
    public static (byte[] Rgb, int Width, int Height) Decode(string text)
    {
        Assert.StartsWith("\u001bP0;1;0q\"1;1;", text, StringComparison.Ordinal);
        Assert.EndsWith("\u001b\\", text, StringComparison.Ordinal);
        int at = "\u001bP0;1;0q\"1;1;".Length;
        int width = Number(text, ref at);
        at++;
        int height = Number(text, ref at);
        byte[] rgb = new byte[width * height * 3];
        for (int i = 0; i < rgb.Length; i++)
        {
            rgb[i] = (byte)(i % 3 == 1 ? 0 : 255);
        }

        Dictionary<int, byte[]> palette = [];
        byte[] color = [];
        int x = 0;
        int top = 0;
        while (text[at] != '\u001b')
        {
            int count = 1;
            switch (text[at])
            {
                case '#':
                    at++;
                    int register = Number(text, ref at);
                    if (text[at] == ';')
                    {
                        int[] parts = new int[4];
                        for (int i = 0; i < 4; i++)
                        {
                            Assert.Equal(';', text[at++]);
                            parts[i] = Number(text, ref at);
                        }

                        Assert.Equal(2, parts[0]);
                        palette[register] = [.. parts.Skip(1).Select(part => (byte)Math.Round(part * 2.55))];
                    }

                    color = palette[register];
                    continue;
                case '$':
                    (x, at) = (0, at + 1);
                    continue;
                case '-':
                    (x, top, at) = (0, top + 6, at + 1);
                    continue;
                case '!':
                    at++;
                    count = Number(text, ref at);
                    break;
            }

            int bits = text[at++] - '?';
            Assert.InRange(bits, 0, 63);
            for (; count > 0; count--, x++)
            {
                for (int row = 0; row < 6; row++)
                {
                    if ((bits & (1 << row)) != 0)
                    {
                        color.CopyTo(rgb, (((top + row) * width) + x) * 3);
                    }
                }
            }
        }

        return (rgb, width, height);
    }

    private static int Number(string text, ref int at)
    {
        int number = 0;
        for (; char.IsAsciiDigit(text[at]); at++)
        {
            number = (number * 10) + text[at] - '0';
        }

        return number;
    }
}
