using BrushEdit.Imaging;
using BrushEdit.Synthesizing;

namespace BrushEdit.Tests.Imaging;

/// <summary>Mattes against the true opacities of drawn scenes, and of a disk whose edge is known.</summary>
public sealed class AlphaMatteTests
{
    private const int Side = 128;

    [Fact]
    public void AMatteIsNearerToTheTrueOpacityThanTheOutlineItWasMadeOf()
    {
        (double hard, double soft) = (0, 0);
        for (ulong seed = 0; seed < 10; seed++)
        {
            ToyScene scene = ToyScene.Draw(seed, new ToySceneOptions { Split = SceneSplit.HeldOutPairs, MinObjects = 1 });
            foreach (SceneObject thing in scene.Objects)
            {
                byte[] truth = thing.VisibleMask;
                Mask outline = Mask.FromValues(truth, Side, Side).Binarize();
                Mask matte = AlphaMatte.Refine(Picture.FromRgb(scene.Rgb, Side, Side), outline, AlphaMatte.DefaultReach(Side, Side));
                hard += Error(outline, truth);
                soft += Error(matte, truth);
            }
        }

        Assert.True(soft < 0.9 * hard, $"The mattes' error is {soft}, the outlines' {hard}.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void AnOutlineThatIsOffByAPixelFindsItsEdgeAgain(int grow)
    {
        (Picture picture, byte[] opacity, _) = Disk();
        Mask truth = Mask.FromValues(opacity, Side, Side);
        Mask off = grow > 0 ? truth.Binarize().Grow(grow) : truth.Binarize().Shrink(-grow);
        Mask matte = AlphaMatte.Refine(picture, off, 4);
        Assert.True(Error(matte, opacity) < 0.25 * Error(off, opacity));
    }

    [Fact]
    public void AWideReachIsSolvedSmallAndReadAtFullSize()
    {
        (Picture picture, byte[] opacity, _) = Disk();
        Mask off = Mask.FromValues(opacity, Side, Side).Binarize().Grow(5);
        Mask matte = AlphaMatte.Refine(picture, off, 14);
        Assert.True(Error(matte, opacity) < 0.25 * Error(off, opacity));
    }

    [Fact]
    public void FarFromTheOutlineNothingIsSoft()
    {
        (Picture picture, byte[] opacity, _) = Disk();
        Mask outline = Mask.FromValues(opacity, Side, Side).Binarize();
        Mask matte = AlphaMatte.Refine(picture, outline, 3);
        Mask sure = outline.Shrink(4), ground = outline.Grow(4).Invert();
        Assert.True(matte.Intersect(sure).SameAs(sure));
        Assert.True(matte.Intersect(ground).IsEmpty);
    }

    [Fact]
    public void NoReachGivesTheOutline()
    {
        (Picture picture, byte[] opacity, _) = Disk();
        Mask outline = Mask.FromValues(opacity, Side, Side).Binarize();
        Assert.True(AlphaMatte.Refine(picture, outline, 0).SameAs(outline));
        Assert.True(AlphaMatte.Refine(picture, Mask.Empty(Side, Side), 5).IsEmpty);
        Assert.True(AlphaMatte.Refine(picture, Mask.Full(Side, Side), 5).IsFull);
    }

    [Fact]
    public void WhatIsThinnerThanTheBandStays()
    {
        byte[] rgb = new byte[3 * Side * Side];
        rgb.AsSpan().Fill(200);
        Mask line = Mask.FromBox(Side, Side, new Box(20, 60, 90, 3));
        for (int i = 0; i < line.Values.Length; i++)
        {
            if (line.Values[i] != 0)
            {
                rgb.AsSpan(3 * i, 3).Clear();
            }
        }

        Mask matte = AlphaMatte.Refine(Picture.FromRgb(rgb, Side, Side), line, 8);
        Assert.True(Error(matte, line.Values.ToArray()) < 20);
    }

    [Fact]
    public void AnotherGroundShowsNothingOfTheOldOne()
    {
        (Picture picture, byte[] opacity, byte[] color) = Disk();
        Mask mask = Mask.FromValues(opacity, Side, Side).Invert();
        byte[] fresh = new byte[3 * Side * Side];
        for (int i = 0; i < fresh.Length; i++)
        {
            fresh[i] = (byte)(i % 3 == 0 ? 20 : 30);
        }

        byte[] laid = Blend.OverMatte(picture.Rgb, fresh, mask, 3);
        for (int i = 0; i < laid.Length; i++)
        {
            double share = opacity[i / 3] / 255.0, wanted = (share * color[i % 3]) + ((1 - share) * fresh[i]);
            Assert.InRange(laid[i] - wanted, -12, 12);
            if (opacity[i / 3] == 255)
            {
                Assert.Equal(picture.Rgb[i], laid[i]);
            }
        }
    }

    [Fact]
    public void OverMatteRefusesWhatDoesNotBelongTogether() =>
        Assert.Throws<ArgumentException>(() => Blend.OverMatte(new byte[12], new byte[9], Mask.Full(2, 2), 1));

    // The sum of differences of opacity, in pixels.
    private static double Error(Mask mask, byte[] truth)
    {
        double sum = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            sum += Math.Abs(mask.Values[i] - truth[i]) / 255.0;
        }

        return sum;
    }

    // A disk of one colour with a soft edge of three pixels, on a ground of slow gradients.
    private static (Picture Picture, byte[] Opacity, byte[] Color) Disk()
    {
        byte[] color = [210, 60, 40], rgb = new byte[3 * Side * Side], opacity = new byte[Side * Side];
        for (int i = 0; i < opacity.Length; i++)
        {
            int x = i % Side, y = i / Side;
            double share = Math.Clamp((40 - Math.Sqrt(((x - 64) * (x - 64)) + ((y - 60) * (y - 60)))) / 3, 0, 1);
            opacity[i] = (byte)Math.Round(255 * share);
            for (int c = 0; c < 3; c++)
            {
                double ground = c == 1 ? 200 - (0.3 * x) : 120 + (0.4 * y);
                rgb[(3 * i) + c] = (byte)Math.Round((share * color[c]) + ((1 - share) * ground));
            }
        }

        return (Picture.FromRgb(rgb, Side, Side), opacity, color);
    }
}
