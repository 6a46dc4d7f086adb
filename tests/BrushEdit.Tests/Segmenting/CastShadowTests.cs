using BrushEdit.Imaging;
using BrushEdit.Segmenting;
using BrushEdit.Synthesizing;

namespace BrushEdit.Tests.Segmenting;

/// <summary>Shadows that are found, against the true ones of drawn scenes.</summary>
public sealed class CastShadowTests
{
    private const int Side = 192;

    [Theory]
    [InlineData("sand", "day")]
    [InlineData("snow", "dusk")]
    [InlineData("water", "night")]
    public void MostOfATrueShadowIsFoundAndLittleElse(string background, string light)
    {
        ToyScene scene = Scene(background, light);
        SceneObject thing = scene.Objects[0];
        Mask shadow = CastShadow.Find(Picture.FromRgb(scene.Rgb, Side, Side), Outline(thing));
        (int dark, int found, int wrong) = (0, 0, 0);
        for (int i = 0; i < shadow.Values.Length; i++)
        {
            // A fifth darker is plain to see; where nothing of thing or shadow shows, nothing is to be found.
            dark += thing.ShadowMask[i] >= 51 && thing.VisibleMask[i] == 0 ? 1 : 0;
            found += thing.ShadowMask[i] >= 51 && thing.VisibleMask[i] == 0 && shadow.Values[i] != 0 ? 1 : 0;
            wrong += thing.ShadowMask[i] == 0 && thing.VisibleMask[i] == 0 && shadow.Values[i] != 0 ? 1 : 0;
        }

        Assert.True(dark > 50);
        Assert.True(found > 0.6 * dark, $"{found} of {dark} found.");
        Assert.True(wrong < dark, $"{wrong} pixels of ground taken for a shadow of {dark}.");
    }

    [Fact]
    public void TheThingItselfAndOtherThingsAreNoShadow()
    {
        ToyScene scene = Scene("sand", "day");
        Mask outline = Outline(scene.Objects[0]);
        Picture picture = Picture.FromRgb(scene.Rgb, Side, Side);
        Mask all = CastShadow.Find(picture, outline);
        Assert.True(all.Intersect(outline).IsEmpty);
        Assert.True(CastShadow.Find(picture, outline, all).Intersect(all).IsEmpty);
    }

    [Fact]
    public void WithoutAShadowNothingIsFound()
    {
        byte[] plain = new byte[3 * Side * Side];
        plain.AsSpan().Fill(180);
        Mask outline = Mask.FromEllipse(Side, Side, new Box(70, 70, 50, 50));
        Assert.True(CastShadow.Find(Picture.FromRgb(plain, Side, Side), outline).IsEmpty);
        Assert.True(CastShadow.Find(Picture.FromRgb(plain, Side, Side), Mask.Empty(Side, Side)).IsEmpty);
    }

    [Fact]
    public void ADarkThingBesideIsNoShadow()
    {
        byte[] rgb = new byte[3 * Side * Side];
        rgb.AsSpan().Fill(180);
        for (int y = 100; y < 130; y++)
        {
            for (int x = 110; x < 160; x++)
            {
                // Brown: it takes more of blue than of red.
                rgb[3 * ((y * Side) + x)] = 140;
                rgb[(3 * ((y * Side) + x)) + 1] = 100;
                rgb[(3 * ((y * Side) + x)) + 2] = 70;
            }
        }

        Mask outline = Mask.FromBox(Side, Side, new Box(60, 80, 50, 50));
        Assert.True(CastShadow.Find(Picture.FromRgb(rgb, Side, Side), outline).IsEmpty);
    }

    private static ToyScene Scene(string background, string light) => ToyScene.Draw(
        new SceneDescription([new SceneThing("ball", "red", "large", 0.5, 0.75, false, 0, false)], background, light, 5, true), Side, Side);

    private static Mask Outline(SceneObject thing) => Mask.FromValues(thing.VisibleMask, Side, Side).Binarize();
}
