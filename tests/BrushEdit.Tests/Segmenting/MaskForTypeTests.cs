using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Segmenting;

namespace BrushEdit.Tests.Segmenting;

public sealed class MaskForTypeTests
{
    private const int Side = 512;

    private static readonly Mask Thing = Mask.FromBox(Side, Side, new Box(200, 180, 120, 90));

    [Fact]
    public void ARemovalGrowsTheOutlineInProportionToThePicture()
    {
        ShapedMask shaped = MaskForType.Shape(EditType.Remove, Side, Side, Thing);
        Assert.Equal(20, shaped.Grown);
        Assert.Equal(new Box(180, 160, 160, 130), shaped.Mask.Bounds);
        Assert.Equal(40, MaskForType.DefaultGrow(1024, 2048));
        Assert.Equal(5, MaskForType.DefaultGrow(128, 128));
        Assert.Equal(1, MaskForType.DefaultGrow(8, 8));
        Assert.Empty(shaped.Warnings);
    }

    [Theory]
    [InlineData(EditType.Remove)]
    [InlineData(EditType.Local)]
    [InlineData(EditType.Background)]
    [InlineData(EditType.Addition)]
    public void GrowthThatIsAskedForIsGivenWhateverTheKind(EditType type)
    {
        Mask plain = MaskForType.Shape(type, Side, Side, Thing, options: new MaskShapeOptions { Grow = 0 }).Mask;
        ShapedMask grown = MaskForType.Shape(type, Side, Side, Thing, options: new MaskShapeOptions { Grow = 7 });
        ShapedMask shrunk = MaskForType.Shape(type, Side, Side, Thing, options: new MaskShapeOptions { Grow = -7 });
        Assert.True(grown.Mask.SameAs(plain.Grow(7)));
        Assert.True(shrunk.Mask.SameAs(plain.Shrink(7)));
        Assert.True(shrunk.Mask.Coverage < plain.Coverage && plain.Coverage < grown.Mask.Coverage);
    }

    [Fact]
    public void ALocalEditKeepsTheOutlineAsItIs()
    {
        Mask soft = MaskForType.Soften(Thing, 9);
        Assert.True(MaskForType.Shape(EditType.Local, Side, Side, soft).Mask.SameAs(soft));
    }

    [Fact]
    public void ABackgroundEditTakesWhatIsNotTheForeground() =>
        Assert.True(MaskForType.Shape(EditType.Background, Side, Side, Thing).Mask.SameAs(Thing.Invert()));

    [Fact]
    public void AGlobalEditTakesEverything()
    {
        ShapedMask shaped = MaskForType.Shape(EditType.Global, 30, 20);
        Assert.True(shaped.Mask.IsFull);
        Assert.Empty(shaped.Warnings);
    }

    [Fact]
    public void AnAdditionTakesItsBoxOrTheOutlinesHull()
    {
        Box box = new(50, 60, 100, 80);
        Assert.Equal(box, MaskForType.Shape(EditType.Addition, Side, Side, Thing, box).Mask.Bounds);
        Assert.Equal(Thing.Bounds, MaskForType.Shape(EditType.Addition, Side, Side, Thing).Mask.Bounds);
        ShapedMask clipped = MaskForType.Shape(EditType.Addition, Side, Side, box: new Box(400, 400, 200, 200));
        Assert.Equal(new Box(400, 400, 112, 112), clipped.Mask.Bounds);
        Assert.Equal([MaskFault.Clipped], clipped.Warnings.Select(warning => warning.Fault));
    }

    [Fact]
    public void SofteningFadesOutwardsAndNeverInwards()
    {
        Mask soft = MaskForType.Soften(Thing, 10);
        Assert.Equal(255, soft[200, 200]);
        int previous = 255;
        for (int x = 199; x >= 190; x--)
        {
            Assert.InRange(soft[x, 220], 1, previous - 1);
            previous = soft[x, 220];
        }

        Assert.Equal(0, soft[189, 220]);
        Assert.Same(Thing, MaskForType.Soften(Thing, 0));
        Assert.False(MaskForType.Shape(EditType.Remove, Side, Side, Thing, options: new MaskShapeOptions { Soften = 4 }).Mask.IsHard);
    }

    [Fact]
    public void WhatIsMissingOrDoesNotFitIsNamed()
    {
        Fails(EditFault.MissingStage, () => MaskForType.Shape(EditType.Remove, Side, Side));
        Fails(EditFault.MissingStage, () => MaskForType.Shape(EditType.Local, Side, Side, box: new Box(1, 1, 9, 9)));
        Fails(EditFault.MissingStage, () => MaskForType.Shape(EditType.Background, Side, Side));
        Fails(EditFault.MissingStage, () => MaskForType.Shape(EditType.Addition, Side, Side));
        Fails(EditFault.BadMask, () => MaskForType.Shape(EditType.Remove, 100, Side, Thing));
        Fails(EditFault.BadMask, () => MaskForType.Shape(EditType.Remove, Side, Side, Mask.Empty(Side, Side)));
        Fails(EditFault.BadMask, () => MaskForType.Shape(EditType.Background, Side, Side, Mask.Full(Side, Side)));
        Fails(EditFault.BadMask, () => MaskForType.Shape(EditType.Local, Side, Side, Thing, options: new MaskShapeOptions { Grow = -60 }));
        Fails(EditFault.BadArgument, () => MaskForType.Shape(EditType.Addition, Side, Side, box: new Box(600, 0, 10, 10)));
        Fails(EditFault.BadArgument, () => MaskForType.Shape(EditType.Addition, Side, Side, box: new Box(6, 0, 0, 10)));
        Fails(EditFault.BadArgument, () => MaskForType.Shape(EditType.Local, Side, Side, Thing, options: new MaskShapeOptions { Soften = -1 }));
        Fails(EditFault.BadArgument, () => MaskForType.Shape(EditType.Local, Side, Side, Thing, options: new MaskShapeOptions { LatentCell = 0 }));

        static void Fails(EditFault kind, Action shape)
        {
            EditException fault = Assert.Throws<EditException>(shape);
            Assert.Equal(kind, fault.Kind);
            Assert.NotNull(fault.Remedy);
        }
    }

    [Fact]
    public void MasksThatTheModelCannotFollowAreWarnedOf()
    {
        Assert.Empty(MaskCheck.Inspect(Thing));
        Assert.Equal([MaskFault.TooSmall], Faults(Mask.FromBox(Side, Side, new Box(100, 100, 15, 15))));
        Assert.Equal([MaskFault.TooThin], Faults(Mask.FromBox(Side, Side, new Box(100, 100, 300, 10))));
        Mask scattered = Mask.Empty(Side, Side);
        for (int at = 0; at < 36; at++)
        {
            scattered = scattered.Union(Mask.FromBox(Side, Side, new Box(10 + (80 * (at % 6)), 10 + (80 * (at / 6)), 12, 12)));
        }

        Assert.Equal([MaskFault.TooThin, MaskFault.TooFragmented], Faults(scattered));
        Assert.Equal([MaskFault.TooFragmented], Faults(scattered.Grow(16)));

        // What is small for one grid is not for a finer one.
        Assert.Empty(MaskCheck.Inspect(Mask.FromBox(Side, Side, new Box(100, 100, 20, 20)), latentCell: 2));

        static IEnumerable<MaskFault> Faults(Mask mask) => MaskCheck.Inspect(mask).Select(warning => warning.Fault);
    }

    [Fact]
    public void AWarningSaysWhatToDo() =>
        Assert.All(
            MaskCheck.Inspect(Mask.FromBox(Side, Side, new Box(100, 100, 15, 15))),
            warning => Assert.Contains("-Grow 4", warning.Message, StringComparison.Ordinal));

    [Fact]
    public void AMaskLargerThanTheCanvasIsSeenThroughACoarserGrid()
    {
        Assert.Equal(4, MaskCheck.LatentCell(Thing));
        Assert.Equal(24, MaskCheck.LatentCell(Mask.FromBox(2000, 1500, new Box(300, 300, 1024, 500))));
        Assert.Equal(96, MaskCheck.LatentCell(Mask.FromBox(2000, 1500, new Box(300, 300, 1024, 500)), nativeSize: 128));
    }
}
