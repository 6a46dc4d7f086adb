using BrushEdit.Imaging;

namespace BrushEdit.Tests.Imaging;

public sealed class ResizerTests
{
    public static TheoryData<ResizeFilter> Filters => [ResizeFilter.Nearest, ResizeFilter.Bilinear, ResizeFilter.Bicubic, ResizeFilter.Lanczos];

    [Theory]
    [MemberData(nameof(Filters))]
    public void A_constant_stays_and_bands_do_not_mix(ResizeFilter filter)
    {
        foreach (int bands in (int[])[1, 2, 3, 4])
        {
            byte[] image = [.. Enumerable.Range(0, 13 * 7 * bands).Select(i => (byte)(50 * (i % bands)))];
            byte[] result = Resizer.Resize(image, 13, 7, bands, 29, 3, filter);
            Assert.All(result.Select((v, i) => (v, i)), r => Assert.Equal(50 * (r.i % bands), r.v));
        }
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void Floats_agree_with_bytes(ResizeFilter filter)
    {
        byte[] image = Drawn.Smooth().ToRgb();
        byte[] bytes = Resizer.Resize(image, 64, 48, 3, 31, 77, filter);
        float[] floats = Resizer.Resize(Array.ConvertAll(image, v => (float)v), 64, 48, 3, 31, 77, filter);
        Assert.All(bytes.Zip(floats), p => Assert.InRange(p.Second - p.First, -1.01f, 1.01f));
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void The_same_size_is_the_same_picture(ResizeFilter filter)
    {
        byte[] image = Drawn.Picture().ToRgb();
        Assert.Equal(image, Resizer.Resize(image, 37, 23, 3, 37, 23, filter));
    }

    [Fact]
    public void Shrinking_averages()
    {
        byte[] stripes = [.. Enumerable.Range(0, 64).Select(i => (byte)(i % 2 * 200))];
        Assert.All(Resizer.Resize(stripes, 64, 1, 1, 8, 1, ResizeFilter.Bilinear)[1..^1], v => Assert.InRange(v, 99, 101));
        Assert.Throws<ArgumentException>(() => Resizer.Resize(stripes, 64, 2, 1, 8, 1));
        Assert.ThrowsAny<ArgumentException>(() => Resizer.Resize(stripes, 64, 1, 1, 0, 1));
    }
}
