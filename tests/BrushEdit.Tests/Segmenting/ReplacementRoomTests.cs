using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Segmenting;

namespace BrushEdit.Tests.Segmenting;

public sealed class ReplacementRoomTests
{
    private const int Side = 200;

    [Fact]
    public void WhatIsWideGivesWayToWhatIsTallOnTheSameGround()
    {
        Box old = new(60, 120, 80, 30), room = ReplacementRoom.Of(old, Side, Side, []);
        Assert.Equal(room.Width, room.Height, 6);
        Assert.Equal(96, room.Width, 6);
        Assert.Equal(old.CenterX, room.CenterX, 6);
        Assert.Equal(old.Bottom + 8, room.Bottom, 6);
        Assert.Equal(old, room.Intersect(old));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(160, 160)]
    [InlineData(0, 170)]
    public void RoomLiesInThePicture(double x, double y)
    {
        Box old = new(x, y, 40, 30), room = ReplacementRoom.Of(old, Side, Side, []);
        Assert.Equal(room, room.Clip(Side, Side));
        Assert.Equal(old, room.Intersect(old));
        Assert.Equal(48, room.Width, 6);
    }

    [Theory]
    [InlineData(145, 100, 40, 60)]
    [InlineData(20, 90, 35, 50)]
    [InlineData(70, 20, 60, 70)]
    [InlineData(60, 152, 90, 30)]
    public void ItIsKeptOffOtherThings(double x, double y, double width, double height)
    {
        Box old = new(60, 120, 80, 30), other = new(x, y, width, height);
        Assert.False(ReplacementRoom.Of(old, Side, Side, []).Intersect(other).IsEmpty);
        Box room = ReplacementRoom.Of(old, Side, Side, [other]);
        Assert.True(room.Intersect(other).IsEmpty);
        Assert.Equal(old, room.Intersect(old));
    }

    [Fact]
    public void AThingThatOverlapsTheOldOneTakesNothingOfItsPlace()
    {
        Box old = new(60, 120, 80, 30), other = new(120, 100, 60, 40);
        Assert.Equal(old, ReplacementRoom.Of(old, Side, Side, [other]).Intersect(old));
    }

    [Fact]
    public void TheMaskJoinsOutlineAndRoomAndSparesOtherThings()
    {
        Mask outline = Mask.FromEllipse(Side, Side, new Box(80, 100, 40, 60)), kept = Mask.FromBox(Side, Side, new Box(115, 90, 50, 80));
        Box room = new(60, 60, 80, 110);
        ShapedMask shaped = MaskForType.Shape(EditType.Local, Side, Side, outline, options: new MaskShapeOptions { Room = [room], Kept = kept });
        Assert.Equal(MaskForType.DefaultGrow(Side, Side), shaped.Grown);
        Assert.True(shaped.Mask.Intersect(outline).SameAs(outline));
        Assert.True(shaped.Mask.Intersect(kept).Subtract(outline).IsEmpty);
        Mask free = Mask.FromBox(Side, Side, room).Subtract(kept);
        Assert.True(shaped.Mask.Intersect(free).SameAs(free));
    }

    [Fact]
    public void AShadowGoesWithARemovalAsItIs()
    {
        Mask outline = Mask.FromBox(Side, Side, new Box(80, 80, 40, 40)), shadow = Mask.FromBox(Side, Side, new Box(80, 120, 90, 12));
        Mask plain = MaskForType.Shape(EditType.Remove, Side, Side, outline).Mask;
        MaskShapeOptions with = new() { Shadow = shadow };
        Assert.True(MaskForType.Shape(EditType.Remove, Side, Side, outline, options: with).Mask.SameAs(plain.Union(shadow)));
        Assert.True(MaskForType.Shape(EditType.Local, Side, Side, outline, options: with).Mask.SameAs(outline));
    }
}
