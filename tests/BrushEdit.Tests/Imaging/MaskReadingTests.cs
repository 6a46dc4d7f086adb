using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Tests.Imaging;

public sealed class MaskReadingTests
{
    private const int Side = 40;

    private static readonly Mask Shape = Mask.FromEllipse(Side, Side, new Box(8, 6, 20, 24));

    public static TheoryData<byte> DarkLevels => [1, 2, 15, 38, 100, 127];

    [Theory]
    [MemberData(nameof(DarkLevels))]
    public void Two_levels_far_below_white_are_read_as_a_mask_with_a_warning(byte level)
    {
        Mask mask = Mask.FromPicture(Grey(inside => inside ? level : (byte)0));
        Assert.True(mask.SameAs(Shape));
        string warning = Assert.Single(mask.Origin!.Warnings);
        Assert.Contains($"{level} is read as white", warning);
        Assert.Contains($"the level {level} is read as white", mask.Origin.Note);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    public void Levels_of_8_bits_in_16_are_read_as_what_they_are(ushort level)
    {
        ushort[] samples = Array.ConvertAll(Shape.Values.ToArray(), v => v != 0 ? level : (ushort)0);
        Mask mask = Mask.FromPicture(Picture.FromSamples(samples, Side, Side, PictureColor.Grey));
        Assert.True(mask.SameAs(Shape));
        Assert.NotEmpty(mask.Origin!.Warnings);
    }

    [Fact]
    public void Real_16_bit_masks_are_taken_without_a_word()
    {
        ushort[] samples = Array.ConvertAll(Shape.Values.ToArray(), v => (ushort)(v * 257));
        Mask mask = Mask.FromPicture(Picture.FromSamples(samples, Side, Side, PictureColor.Grey));
        Assert.True(mask.SameAs(Shape));
        Assert.Empty(mask.Origin!.Warnings);
        Assert.Contains("white (255) is read as white", mask.Origin.Note);
    }

    [Fact]
    public void Class_indices_are_warned_of()
    {
        byte[] labels = new byte[Side * Side];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = (byte)(i / Side / 10);
        }

        Mask mask = Mask.FromPicture(Picture.FromSamples(labels, Side, Side, PictureColor.Grey));
        Assert.Contains("class indices", Assert.Single(mask.Origin!.Warnings));
        labels[0] = 255;
        Assert.Contains(Mask.FromPicture(Picture.FromSamples(labels, Side, Side, PictureColor.Grey)).Origin!.Warnings, w => w.Contains("class indices"));
    }

    [Fact]
    public void A_dark_soft_mask_is_warned_of_and_a_bright_one_is_not()
    {
        Mask dark = Mask.FromPicture(Grey(inside => inside ? (byte)90 : (byte)0, soft: true));
        Assert.Contains("90 of 255", Assert.Single(dark.Origin!.Warnings));
        Assert.Empty(Mask.FromPicture(Grey(inside => inside ? (byte)200 : (byte)0, soft: true)).Origin!.Warnings);
    }

    [Theory]
    [InlineData(255, 0, 0)]
    [InlineData(128, 0, 0)]
    [InlineData(0, 90, 255)]
    [InlineData(255, 255, 0)]
    public void One_colour_on_black_is_read_as_white_with_a_warning(byte r, byte g, byte b)
    {
        Mask mask = Mask.FromPicture(Coloured((r, g, b), (0, 0, 0)));
        Assert.True(mask.SameAs(Shape));
        Assert.Contains($"({r}, {g}, {b})", Assert.Single(mask.Origin!.Warnings));
        Assert.Contains($"({r}, {g}, {b}) is read as white", mask.Origin.Note);
    }

    [Fact]
    public void Mixed_colours_are_read_by_brightness_with_a_warning()
    {
        Mask mask = Mask.FromPicture(Coloured((255, 0, 0), (0, 0, 255)));
        Assert.Contains("brightness", Assert.Single(mask.Origin!.Warnings));
        Assert.Equal(76, mask[18, 18]);
    }

    [Fact]
    public void Coloured_strokes_on_transparency_are_strokes()
    {
        byte[] samples = new byte[Side * Side * 4];
        for (int i = 0; i < Side * Side; i++)
        {
            (samples[i * 4], samples[(i * 4) + 1]) = (220, 40);
            samples[(i * 4) + 3] = Shape.Values[i];
        }

        Mask mask = Mask.FromPicture(Picture.FromSamples(samples, Side, Side, PictureColor.Rgb, hasAlpha: true));
        Assert.True(mask.SameAs(Shape));
        Assert.Contains("(220, 40, 0)", Assert.Single(mask.Origin!.Warnings));
    }

    [Fact]
    public void Nearly_full_and_nearly_empty_masks_are_warned_of()
    {
        Mask speck = Mask.FromBox(Side, Side, new Box(3, 3, 1, 1));
        Assert.Contains("almost nothing", Assert.Single(Mask.FromPicture(speck.ToPicture()).Origin!.Warnings));
        Assert.Contains("-Invert", Assert.Single(Mask.FromPicture(speck.Invert().ToPicture()).Origin!.Warnings));
        Assert.Contains("100 %", Assert.Single(Mask.FromPicture(Mask.Full(Side, Side).ToPicture()).Origin!.Warnings));
        Assert.Empty(Mask.FromPicture(Shape.ToPicture()).Origin!.Warnings);
        Assert.Empty(Mask.FromPicture(Shape.Invert().ToPicture()).Origin!.Warnings);
    }

    [Fact]
    public void The_edit_tells_what_was_read_and_what_is_doubtful()
    {
        Mask mask = Mask.FromPicture(Grey(inside => inside ? (byte)1 : (byte)0));
        ImageEdit edit = new(Drawn.Picture(Side, Side)) { Mask = mask };
        Assert.Equal([mask.Origin!.Note], edit.Notes);
        Assert.Equal(mask.Origin.Warnings, edit.Warnings);
        ImageEdit staged = new ImageEdit(edit.Picture).With("Masking", TimeSpan.Zero, parts => parts.SetMask(mask.Fit(Side, Side)));
        Assert.Equal([mask.Origin.Note], staged.Notes);
        Assert.Equal(edit.Notes, edit.Clone().Notes);
    }

    private static Picture Grey(Func<bool, byte> level, bool soft = false)
    {
        byte[] values = Array.ConvertAll(Shape.Values.ToArray(), v => level(v != 0));
        if (soft)
        {
            for (int x = 0; x < 30; x++)
            {
                values[x] = (byte)x;
            }
        }

        return Picture.FromSamples(values, Side, Side, PictureColor.Grey);
    }

    private static Picture Coloured((byte R, byte G, byte B) inside, (byte R, byte G, byte B) outside)
    {
        byte[] rgb = new byte[Side * Side * 3];
        for (int i = 0; i < Side * Side; i++)
        {
            (rgb[i * 3], rgb[(i * 3) + 1], rgb[(i * 3) + 2]) = Shape.Values[i] != 0 ? inside : outside;
        }

        return Picture.FromRgb(rgb, Side, Side);
    }
}
