using BrushEdit.Imaging;

namespace BrushEdit.Tests.Imaging;

public sealed class BoxTests
{
    [Theory]
    [InlineData("1,2,3,4")]
    [InlineData(" [1, 2, 3, 4] ")]
    [InlineData("1 2 3 4")]
    [InlineData("(1;2;3;4)")]
    public void Texts_are_read(string text)
    {
        Assert.Equal(new Box(1, 2, 3, 4), Box.Parse(text));
        Assert.Equal(Box.Parse(text), Box.Parse(Box.Parse(text).ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1,2,3")]
    [InlineData("1,2,3,4,5")]
    [InlineData("a,b,c,d")]
    [InlineData("1,2,0,4")]
    [InlineData("1,2,-3,4")]
    [InlineData("NaN,2,3,4")]
    public void Other_texts_are_refused(string text)
    {
        EditException error = Assert.Throws<EditException>(() => Box.Parse(text));
        Assert.Equal(EditFault.BadArgument, error.Kind);
        Assert.Contains($"'{text}'", error.Message);
    }

    [Fact]
    public void Geometry_holds()
    {
        Box a = Box.FromCorners(10, 8, 2, 4);
        Assert.Equal(new Box(2, 4, 8, 4), a);
        Assert.Equal(32, a.Area);
        Assert.Equal(1, a.IoU(a));
        Assert.Equal(1.0 / 3, a.IoU(a.Move(4, 0)), 12);
        Assert.Equal(0, a.IoU(a.Move(8, 0)));
        Assert.Equal(new Box(0, 0, 5, 8), new Box(-3, -2, 8, 10).Clip(9, 9));
        Assert.True(new Box(20, 20, 5, 5).Clip(9, 9).IsEmpty);
        Assert.Equal(new Box(1, 3, 10, 6), a.Expand(1));
        Assert.True(a.Expand(-5).IsEmpty);
        Assert.Equal(new Box(4, 12, 16, 12), a.Scale(2, 3));
        Assert.Equal(new Box(2, 4, 10, 6), a.Union(new Box(8, 6, 4, 4)));
        Box partial = new(1.2, 1.8, 2, 2);
        Assert.Equal((1, 1, 4, 4), (partial.PixelLeft, partial.PixelTop, partial.PixelRight, partial.PixelBottom));
    }
}
