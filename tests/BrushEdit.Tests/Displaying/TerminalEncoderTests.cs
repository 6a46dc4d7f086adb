using System.Text.RegularExpressions;
using BrushEdit.Displaying;
using BrushEdit.Imaging;
using FsCheck;
using FsCheck.Fluent;

namespace BrushEdit.Tests.Displaying;

/// <summary>What is encoded for a terminal is read back as the terminal reads it.</summary>
public sealed partial class TerminalEncoderTests
{
    [Fact]
    public void Half_blocks_hold_every_pixel()
    {
        Gen<(int, int, int)> sizes =
            from width in Gen.Choose(1, 9)
            from height in Gen.Choose(1, 9)
            from seed in Gen.Choose(0, 1000)
            select (width, height, seed);
        Prop.ForAll(Arb.From(sizes), size =>
        {
            (int width, int height, int seed) = size;
            byte[] rgb = Noise(width * height * 3, seed);
            IReadOnlyList<string> lines = HalfBlockEncoder.Encode(rgb, width, height);
            Assert.Equal((height + 1) / 2, lines.Count);
            Assert.Equal(rgb, Pixels(lines, width, height));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_colour_is_set_once_for_a_run()
    {
        string line = Assert.Single(HalfBlockEncoder.Encode(new byte[40 * 2 * 3], 40, 2));
        Assert.Equal("\u001b[38;2;0;0;0;48;2;0;0;0m" + new string('\u2580', 40) + "\u001b[0m", line);
    }

    [Fact]
    public void The_table_has_the_nearest_colour()
    {
        Gen<(byte, byte, byte)> colors =
            from red in Gen.Choose(0, 255)
            from green in Gen.Choose(0, 255)
            from blue in Gen.Choose(0, 255)
            select ((byte)red, (byte)green, (byte)blue);
        Prop.ForAll(Arb.From(colors), color =>
        {
            (byte r, byte g, byte b) = color;
            int Distance(int number)
            {
                (byte R, byte G, byte B) other = ColorTable.Color(number);
                return Square(other.R - r) + Square(other.G - g) + Square(other.B - b);
            }

            // The best of all numbers, found the long way.
            int least = Enumerable.Range(16, 240).Min(Distance);
            Assert.Equal(least, Distance(ColorTable.Nearest(r, g, b)));
        }).QuickCheckThrowOnFailure();
        Assert.Throws<ArgumentOutOfRangeException>(() => ColorTable.Color(15));
    }

    [Fact]
    public void Without_24_bit_colours_the_table_is_used()
    {
        string line = Assert.Single(HalfBlockEncoder.Encode([255, 0, 0, 0, 0, 255], 1, 2, trueColor: false));
        Assert.Equal("\u001b[38;5;196;48;5;21m\u2580\u001b[0m", line);
    }

    [Fact]
    public void Dithering_keeps_the_colour_of_an_area()
    {
        byte[] rgb = [.. Enumerable.Repeat<byte[]>([70, 110, 60], 32 * 32).SelectMany(color => color)];
        byte[] numbers = ColorTable.Dither(rgb, 32, 32);
        Assert.True(numbers.Distinct().Count() > 1);
        Assert.Equal(70, numbers.Average(number => ColorTable.Color(number).R), 3.0);
        Assert.Equal(110, numbers.Average(number => ColorTable.Color(number).G), 3.0);
        Assert.Equal(60, numbers.Average(number => ColorTable.Color(number).B), 3.0);
    }

    [Fact]
    public void Kitty_gets_the_png_in_pieces_of_4096()
    {
        byte[] rgb = Noise(90 * 70 * 3, 5);
        byte[] png = PictureView.ToPng(rgb, 90, 70);
        string text = KittyEncoder.Encode(png, 30);
        MatchCollection pieces = KittyPiece().Matches(text);
        Assert.Equal(text, string.Concat(pieces.Select(piece => piece.Value)));
        Assert.True(pieces.Count > 2);
        Assert.Equal("a=T,f=100,q=2,c=30,m=1", pieces[0].Groups[1].Value);
        Assert.All(pieces.Skip(1).SkipLast(1), piece => Assert.Equal("m=1", piece.Groups[1].Value));
        Assert.Equal("m=0", pieces[^1].Groups[1].Value);
        Assert.All(pieces.SkipLast(1), piece => Assert.Equal(4096, piece.Groups[2].Length));
        byte[] sent = Convert.FromBase64String(string.Concat(pieces.Select(piece => piece.Groups[2].Value)));
        Assert.Equal(png, sent);
        Assert.Equal(rgb, Decoded(sent));
    }

    [Fact]
    public void A_small_picture_is_one_piece_for_kitty()
    {
        string text = KittyEncoder.Encode([1, 2, 3], 4);
        Assert.Equal("\u001b_Ga=T,f=100,q=2,c=4,m=0;AQID\u001b\\", text);
        Assert.Throws<ArgumentOutOfRangeException>(() => KittyEncoder.Encode([1], 0));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 5)]
    [InlineData(31, 13)]
    [InlineData(40, 24)]
    public void Sixel_paints_few_colours_exactly(int width, int height)
    {
        // Multiples of 51 are whole percents.
        byte[] rgb = [.. Noise(width * height * 3, width).Select(value => (byte)(value / 64 * 51))];
        (byte[] painted, int across, int down) = SixelDecoder.Decode(SixelEncoder.Encode(rgb, width, height));
        Assert.Equal((width, height), (across, down));
        Assert.Equal(rgb, painted);
    }

    [Fact]
    public void Sixel_reduces_many_colours_to_near_ones()
    {
        const int Width = 96;
        const int Height = 64;
        byte[] rgb = new byte[Width * Height * 3];
        for (int i = 0; i < Width * Height; i++)
        {
            (rgb[i * 3], rgb[(i * 3) + 1], rgb[(i * 3) + 2]) = ((byte)(i % Width * 2), (byte)(i / Width * 4), 128);
        }

        IndexedPicture reduced = IndexedPicture.Of(rgb, Width, Height);
        Assert.InRange(reduced.Palette.Count, 64, IndexedPicture.MostColors);
        (byte[] painted, _, _) = SixelDecoder.Decode(SixelEncoder.Encode(rgb, Width, Height));
        double error = rgb.Zip(painted, (a, b) => Math.Abs(a - b)).Average();
        Assert.InRange(error, 0, 6);
    }

    [Fact]
    public void Sizes_that_do_not_fit_the_samples_are_refused()
    {
        Assert.Throws<ArgumentException>(() => HalfBlockEncoder.Encode(new byte[3], 2, 1));
        Assert.Throws<ArgumentException>(() => SixelEncoder.Encode(new byte[3], 2, 1));
    }

    private static int Square(int value) => value * value;

    private static byte[] Noise(int count, int seed)
    {
        byte[] values = new byte[count];
        new System.Random(seed).NextBytes(values);
        return values;
    }

    private static byte[] Decoded(byte[] png)
    {
        using NetVips.Image image = NetVips.Image.PngloadBuffer(png);
        return image.WriteToMemory<byte>();
    }

    // What a terminal shows: the colours in force at each character, as upper and lower pixel.
    private static byte[] Pixels(IReadOnlyList<string> lines, int width, int height)
    {
        byte[] rgb = new byte[width * height * 3];
        for (int row = 0; row < lines.Count; row++)
        {
            Assert.EndsWith("\u001b[0m", lines[row], StringComparison.Ordinal);
            int x = 0;
            byte[] upper = [];
            byte[] lower = [];
            foreach (Match part in HalfBlockPart().Matches(lines[row][..^4]))
            {
                if (part.Groups["block"].Success)
                {
                    upper.CopyTo(rgb, ((row * 2 * width) + x) * 3);
                    lower.CopyTo(rgb, (((((row * 2) + 1) * width) + x) * 3) - (lower.Length == 0 ? width * 3 : 0));
                    x++;
                    continue;
                }

                upper = [.. part.Groups["front"].Value.Split(';').Select(byte.Parse)];
                lower = part.Groups["back"].Success ? [.. part.Groups["back"].Value.Split(';').Select(byte.Parse)] : [];
                Assert.Equal((row * 2) + 1 < height, lower.Length > 0);
            }

            Assert.Equal(width, x);
        }

        return rgb;
    }

    [GeneratedRegex(@"\u001b_G([^;]*);([A-Za-z0-9+/=]*)\u001b\\")]
    private static partial Regex KittyPiece();

    [GeneratedRegex(@"\u001b\[38;2;(?<front>\d+;\d+;\d+);(?:48;2;(?<back>\d+;\d+;\d+)|49)m|(?<block>\u2580)")]
    private static partial Regex HalfBlockPart();
}
