using BrushEdit.Imaging;
using BrushEdit.Tests.Support;

namespace BrushEdit.Tests.Imaging;

public sealed class MaskTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<int, MorphologyElement, int> Elements
    {
        get
        {
            TheoryData<int, MorphologyElement, int> rows = [];
            foreach (int radius in (int[])[0, 1, 2, 5, 40])
            {
                rows.Add(radius, MorphologyElement.Disk, radius + 1);
                rows.Add(radius, MorphologyElement.Square, radius + 2);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Elements))]
    public void Growing_and_shrinking_are_what_they_say(int radius, MorphologyElement element, int seed)
    {
        const int Width = 31;
        const int Height = 26;
        Mask mask = Drawn.Mask(Width, Height, seed);
        Mask grown = mask.Grow(radius, element);
        Mask shrunk = mask.Shrink(radius, element);
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                bool any = false;
                bool all = true;
                for (int v = Math.Max(0, y - radius); v <= Math.Min(Height - 1, y + radius); v++)
                {
                    for (int u = Math.Max(0, x - radius); u <= Math.Min(Width - 1, x + radius); u++)
                    {
                        if (element == MorphologyElement.Square || ((u - x) * (u - x)) + ((v - y) * (v - y)) <= radius * radius)
                        {
                            any |= mask[u, v] == 255;
                            all &= mask[u, v] == 255;
                        }
                    }
                }

                Assert.Equal(any ? 255 : 0, grown[x, y]);
                Assert.Equal(all ? 255 : 0, shrunk[x, y]);
            }
        }

        Assert.True(mask.Invert().Shrink(radius, element).SameAs(grown.Invert()), "growing is not the dual of shrinking");
        Mask opened = mask.Open(radius, element);
        Mask closed = mask.Close(radius, element);
        Assert.True(opened.Subtract(mask).IsEmpty, "opening added something");
        Assert.True(mask.Subtract(closed).IsEmpty, "closing took something away");
        Assert.True(opened.Open(radius, element).SameAs(opened), "opening twice is not opening once");
        Assert.True(closed.Close(radius, element).SameAs(closed), "closing twice is not closing once");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Set_operations_obey_their_laws(int seed)
    {
        Mask a = Soft(seed);
        Mask b = Soft(seed + 100);
        Assert.True(a.Invert().Invert().SameAs(a));
        Assert.True(a.Union(b).Invert().SameAs(a.Invert().Intersect(b.Invert())));
        Assert.True(a.Subtract(b).SameAs(a.Intersect(b.Invert())));
        Assert.True(a.Move(3, -2).Move(-3, 2).Crop(new Box(0, 2, 28, 20)).SameAs(a.Crop(new Box(0, 2, 28, 20))));
        Assert.Equal(a[5, 6], a.Move(2, 3)[7, 9]);
        Assert.True(a.Move(1000, 0).IsEmpty);
        Assert.Throws<EditException>(() => a.Union(Mask.Empty(2, 2)));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Hulls_hold_the_mask(int seed)
    {
        Mask mask = Drawn.Mask(40, 30, seed);
        Assert.True(mask.Subtract(mask.BoxHull()).IsEmpty);
        Assert.True(mask.Subtract(mask.EllipseHull()).IsEmpty);
        Assert.Equal(mask.Bounds, mask.BoxHull().Bounds);
        Mask ellipse = Mask.FromEllipse(60, 50, new Box(7, 9, 40, 30));
        Assert.InRange(ellipse.EllipseHull().Coverage / ellipse.Coverage, 1, 1.01);
        Assert.True(Mask.Empty(4, 4).EllipseHull().IsEmpty);
    }

    [Fact]
    public void Shapes_cover_pixels_whose_middle_is_inside()
    {
        Mask box = Mask.FromBox(10, 8, new Box(2, 3, 4, 2));
        Assert.Equal(8 / 80.0, box.Coverage, 12);
        Assert.Equal(new Box(2, 3, 4, 2), box.Bounds);
        Assert.True(Mask.FromBox(10, 8, new Box(-5, -5, 100, 100)).IsFull);
        Assert.True(Mask.FromBox(10, 8, new Box(2.6, 3, 0.5, 2)).IsEmpty);
        Assert.True(Mask.FromBox(10, 8, new Box(20, 0, 5, 5)).IsEmpty);
        Mask polygon = Mask.FromPolygon(10, 8, [(2, 3), (6, 3), (6, 5), (2, 5)]);
        Assert.True(polygon.SameAs(box));
        Assert.True(Mask.FromPolygon(10, 8, [(2, 3), (6, 3), (6, 5), (2, 5)], antialias: true).SameAs(box));
        Mask ellipse = Mask.FromEllipse(400, 300, new Box(50, 20, 300, 260));
        Assert.Equal(Math.PI * 150 * 130 / 120_000, ellipse.Coverage, 0.001);
        Assert.True(ellipse.IsHard);
        Mask triangle = Mask.FromPolygon(100, 100, [(10, 10), (90, 20.5), (30, 80)], antialias: true);
        Assert.False(triangle.IsHard);
        Assert.Equal(((80 * 70) - (20 * 10.5)) / 2 / 10_000, triangle.Coverage, 0.0005);
        Assert.Throws<EditException>(() => Mask.FromPolygon(9, 9, [(1, 1), (2, 2)]));
    }

    [Fact]
    public void A_mask_of_another_size_names_both_sizes()
    {
        Picture picture = Drawn.Picture(30, 20);
        EditException error = Assert.Throws<EditException>(() => Mask.Full(31, 20).RequireSize(picture));
        Assert.Equal(EditFault.BadMask, error.Kind);
        Assert.Contains("31 x 20", error.Message);
        Assert.Contains("30 x 20", error.Message);
        Mask.Full(30, 20).RequireSize(picture);
    }

    [Fact]
    public void Fitting_keeps_hard_masks_hard_and_soft_ones_soft()
    {
        Mask hard = Drawn.Mask(30, 20, 1);
        Assert.True(hard.Fit(77, 33).IsHard);
        Assert.Equal(hard.Coverage, hard.Fit(90, 60).Coverage, 12);
        Mask soft = Soft(3).Fit(70, 41);
        Assert.False(soft.IsHard);
        Assert.Equal((70, 41), (soft.Width, soft.Height));
    }

    [Fact]
    public void Components_holes_and_specks()
    {
        Mask ring = Mask.FromBox(40, 30, new Box(3, 3, 12, 12)).Subtract(Mask.FromBox(40, 30, new Box(6, 6, 5, 4)));
        Mask speck = Mask.FromBox(40, 30, new Box(30, 20, 2, 2));
        Mask corner = Mask.FromBox(40, 30, new Box(32, 22, 1, 1));
        Mask all = ring.Union(speck).Union(corner);
        Assert.Equal([124, 5], all.Components().Select(c => c.Area));
        Assert.Equal([124, 4, 1], all.Components(diagonal: false).Select(c => c.Area));
        Assert.Equal(new Box(30, 20, 3, 3), all.Components()[1].Bounds);
        Assert.True(all.Component(all.Components()[0]).SameAs(ring));
        Assert.True(all.LargestComponent().SameAs(ring));
        Assert.True(all.RemoveSpecks(6).SameAs(ring));
        Assert.True(all.RemoveSpecks(5).SameAs(all));
        Assert.True(ring.FillHoles().SameAs(ring.BoxHull()));
        Assert.True(ring.FillHoles(19).SameAs(ring));
        Assert.Empty(Mask.Empty(5, 5).Components());
        Assert.Single(Mask.FromPolygon(90, 90, [(5, 5), (85, 5), (85, 85), (75, 85), (75, 15), (15, 15), (15, 85), (5, 85)]).Components());
    }

    [Theory]
    [InlineData("a.png")]
    [InlineData("a.webp")]
    [InlineData("a.tif")]
    public void Files_give_a_mask_back(string name)
    {
        Mask soft = Soft(8);
        soft.Save(folder[name]);
        Assert.True(Mask.Open(folder[name]).SameAs(soft));
    }

    [Fact]
    public void A_jpeg_of_a_hard_mask_is_clean_away_from_its_edges()
    {
        Mask mask = Mask.FromEllipse(96, 80, new Box(10, 10, 60, 50));
        mask.ToPicture().Save(folder["a.jpg"], new PictureSaveOptions { Quality = 90 });
        Mask read = Mask.Open(folder["a.jpg"]);
        Assert.True(read.Binarize().SameAs(mask));
        Assert.Equal(0, read[2, 2]);
        Assert.Equal(255, read[40, 35]);
    }

    [Fact]
    public void Transparency_is_a_mask_of_its_own()
    {
        Picture picture = Picture.FromSamples([1, 2, 3, 0, 1, 2, 3, 100, 1, 2, 3, 255], 3, 1, PictureColor.Rgb, hasAlpha: true);
        Assert.Equal([255, 155, 0], picture.AlphaMask().Values.ToArray());
        EditException error = Assert.Throws<EditException>(() => Drawn.Picture().AlphaMask());
        Assert.Equal(EditFault.BadMask, error.Kind);

        // White strokes on a transparent layer edit what they cover; black ones say nothing.
        Picture strokes = Picture.FromSamples([255, 255, 255, 0, 255, 255, 255, 255], 2, 1, PictureColor.Rgb, hasAlpha: true);
        Assert.Equal([0, 255], Mask.FromPicture(strokes).Values.ToArray());
        Picture dark = Picture.FromSamples([0, 0, 0, 0, 0, 0, 0, 255], 2, 1, PictureColor.Rgb, hasAlpha: true);
        Assert.Throws<EditException>(() => Mask.FromPicture(dark));
    }

    [Fact]
    public void Arrays_give_masks()
    {
        Assert.Equal([0, 255, 0, 128], Mask.FromValues([-1f, 2f, float.NaN, 0.5f], 4, 1).Values.ToArray());
        Assert.Equal([255, 0], Mask.FromValues([true, false], 1, 2).Values.ToArray());
        Assert.Throws<ArgumentException>(() => Mask.FromValues(new byte[3], 2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Mask.Empty(0, 2));
        Assert.Null(Mask.Empty(3, 3).Bounds);
    }

    [Fact]
    public void An_overlay_shows_the_mask_and_leaves_the_rest()
    {
        Picture picture = Drawn.Smooth();
        Mask mask = Mask.FromBox(64, 48, new Box(20, 10, 20, 20));
        Picture overlay = mask.Overlay(picture, (0, 255, 0));
        Assert.Equal(picture.ToRgb()[..30], overlay.ToRgb()[..30]);
        Assert.Equal([0, 255, 0], overlay.ToRgb().AsSpan(((15 * 64) + 19) * 3, 3).ToArray());
        Assert.True(overlay.Rgb[(((15 * 64) + 30) * 3) + 1] > picture.Rgb[(((15 * 64) + 30) * 3) + 1]);
        Assert.Throws<EditException>(() => Mask.Full(3, 3).Overlay(picture));
    }

    private static Mask Soft(int seed)
    {
        byte[] values = new byte[31 * 22];
        new Random(seed).NextBytes(values);
        return Mask.FromValues(values, 31, 22);
    }
}
