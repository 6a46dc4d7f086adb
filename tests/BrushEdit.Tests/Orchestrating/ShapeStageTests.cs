using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Orchestrating;
using BrushEdit.Planning;
using BrushEdit.Synthesizing;

namespace BrushEdit.Tests.Orchestrating;

/// <summary>From the plan to the shaped mask and its fill, on drawn scenes with models that know the truth.</summary>
public sealed class ShapeStageTests
{
    private const int Side = 128;

    private static readonly SceneDescription Three = new(
        [
            new SceneThing("fish", "green", "large", 0.45, 0.7, false, 0, false),
            new SceneThing("ball", "red", "medium", 0.85, 0.72, false, 0, false),
            new SceneThing("star", "blue", "small", 0.45, 0.4, false, 0, false),
        ],
        "sand",
        "day",
        7,
        true);

    [Fact]
    public void AnotherKindGetsRoomAndIsKeptOffTheOthers()
    {
        ImageEdit done = Run("replace the green fish with a blue tree", new MaskShapeOptions());
        Mask fish = Outline(0);
        Assert.Equal(["red ball", "blue star"], done.Others.Select(other => other.Phrase).Order(StringComparer.Ordinal).Reverse());
        Assert.True(done.Mask!.Intersect(fish).SameAs(fish));
        Assert.True(done.Mask.Bounds!.Value.Height > 1.2 * fish.Bounds!.Value.Height);
        Assert.True(done.Mask.Intersect(Outline(1).Union(Outline(2)).Subtract(fish)).IsEmpty);
        Assert.Equal(EditType.Local, done.ShapedFor);
        Assert.DoesNotContain("keepOutline", EditParameters.Of(done).Keys);
    }

    [Fact]
    public void KeepOutlineAndANewLookKeepTheOutline()
    {
        ImageEdit kept = Run("replace the green fish with a blue tree", new MaskShapeOptions { KeepOutline = true });
        Assert.True(kept.Mask!.SameAs(Outline(0)));
        Assert.Empty(kept.Others);
        Assert.Equal("True", EditParameters.Of(kept)["keepOutline"]);
        Assert.True(Run("make the green fish blue", new MaskShapeOptions()).Mask!.SameAs(Outline(0)));
    }

    [Fact]
    public void ANewBackgroundLeavesNoRimOfTheOldOne()
    {
        (double hard, double matte) = (OldShare(0), OldShare(null));
        Assert.InRange(hard, 0.2, 1);
        Assert.InRange(matte, -0.1, 0.1);
    }

    [Fact]
    public void WhatIsKeptOfAMatteIsKeptToTheBit()
    {
        ImageEdit done = Run("change the background to water", new MaskShapeOptions());
        Assert.True(done.IsMatte);
        Assert.Equal(Feather.Matte, done.Settings!.Feather);
        Picture result = Blended(done, ToyScene.Draw(Three with { Background = "water" }, Side, Side).RenderBackground());
        int kept = 0;
        for (int i = 0; i < done.Mask!.Values.Length; i++)
        {
            if (done.Mask.Values[i] == 0)
            {
                kept++;
                Assert.True(result.Rgb.Slice(3 * i, 3).SequenceEqual(done.Picture.Rgb.Slice(3 * i, 3)));
            }
        }

        Assert.True(kept > 500);
    }

    [Fact]
    public void AMaskOfTheUsersOwnIsNoMatte()
    {
        ImageEdit done = Run("change the background to water", new MaskShapeOptions { Grow = 2 });
        Assert.False(done.IsMatte);
        Assert.True(done.Mask!.IsHard);
        ImageEdit shaped = Run("change the background to water", new MaskShapeOptions());
        shaped.Mask = Mask.FromBox(Side, Side, new Box(0, 0, 50, 50));
        Assert.False(shaped.IsMatte);
        Assert.Null(shaped.ShapedWith);
    }

    [Fact]
    public void ARemovalTakesTheShadowAlongWhereItIsAsked()
    {
        SceneObject ball = Scene().Objects[1];
        double Covered(bool with)
        {
            Mask mask = Run("remove the red ball", new MaskShapeOptions { Grow = 1, WithShadow = with }).Mask!;
            (int dark, int covered) = (0, 0);
            for (int i = 0; i < mask.Values.Length; i++)
            {
                bool shade = ball.ShadowMask[i] >= 40 && ball.VisibleMask[i] == 0;
                dark += shade ? 1 : 0;
                covered += shade && mask.Values[i] != 0 ? 1 : 0;
            }

            return (double)covered / dark;
        }

        Assert.True(Covered(true) > Covered(false) + 0.2);
    }

    private static ToyScene Scene() => ToyScene.Draw(Three, Side, Side);

    private static Mask Outline(int thing) => Mask.FromValues(Scene().Objects[thing].VisibleMask, Side, Side).Binarize();

    private static ImageEdit Run(string instruction, MaskShapeOptions shape)
    {
        ToyScene scene = Scene();
        Picture picture = Picture.FromRgb(scene.Rgb, Side, Side);
        SceneFinder finder = new();
        finder.Know(picture, scene);
        EditRunner runner = new(new RulesPlanner(), finder, new SceneOutliner(scene), new DrawnInpainter((before, _, _) => before.ToRgb()));
        EditOptions options = new() { Shape = shape, Plan = new PlanRequest { CaptionBefore = scene.Caption } };
        return runner.Run(new ImageEdit(picture), instruction, options, new StageContext());
    }

    // The fill laid in as an edit's settings say.
    private static Picture Blended(ImageEdit edit, byte[] fill)
    {
        WorkRegion all = new(0, 0, Side, Side, Side, Side);
        InpaintSettings settings = edit.Settings! with { Feather = edit.Settings!.Feather ?? Feather.Inside };
        return RegionBlend.Blend(edit.Picture, edit.Mask!, RegionPixels.Cut(edit.Picture, edit.Mask!, all), fill, settings, 64);
    }

    // How far pixels at the true edges lie on the way from the new ground to the old one, where no shadow falls.
    private static double OldShare(int? reach)
    {
        ToyScene scene = Scene(), after = ToyScene.Draw(Three with { Background = "water" }, Side, Side);
        ImageEdit done = Run("change the background to water", new MaskShapeOptions { EdgeReach = reach });
        ReadOnlySpan<byte> result = Blended(done, after.RenderBackground()).Rgb;
        (double along, double length) = (0, 0);
        foreach (SceneObject thing in scene.Objects)
        {
            for (int i = 0; i < thing.VisibleMask.Length; i++)
            {
                if (thing.VisibleMask[i] is 0 or 255 || after.Objects.Any(other => other.ShadowMask[i] > 0) || scene.Objects.Any(other => other.ShadowMask[i] > 0))
                {
                    continue;
                }

                for (int c = 3 * i; c < (3 * i) + 3; c++)
                {
                    double old = scene.Rgb[c] - after.Rgb[c];
                    along += (result[c] - after.Rgb[c]) * old;
                    length += old * old;
                }
            }
        }

        return along / length;
    }
}
