using BrushEdit.Synthesizing;

namespace BrushEdit.Tests.Synthesizing;

public class SceneTruthTests
{
    private const int Scenes = 120;

    private static ToyScene Draw(int i) => ToyScene.Draw((ulong)i, new ToySceneOptions { Width = 64, Height = 64, Split = i % 4 == 3 ? SceneSplit.HeldOutPairs : SceneSplit.HeldOutSeeds });

    [Theory]
    [InlineData(SceneEditForm.Remove)]
    [InlineData(SceneEditForm.Add)]
    [InlineData(SceneEditForm.Recolor)]
    [InlineData(SceneEditForm.Replace)]
    [InlineData(SceneEditForm.Background)]
    [InlineData(SceneEditForm.Light)]
    public void The_truth_passes_and_the_source_fails(SceneEditForm form)
    {
        int yes = 0, no = 0;
        for (int i = 0; i < Scenes; i++)
        {
            ToyScene scene = Draw(i);
            SceneEdit edit = scene.Edit(form, (ulong)i);
            SceneVerdict truth = SceneTruth.Judge(scene, edit, edit.Rgb);
            Assert.True(truth.KeptEqual);
            Assert.Equal(double.PositiveInfinity, truth.HolePsnr);
            yes += truth.Success ? 1 : 0;
            no += SceneTruth.Judge(scene, edit, scene.Rgb).Success ? 0 : 1;
        }

        // Occluded targets of local edits show only a part of their outline.
        double least = form is SceneEditForm.Recolor or SceneEditForm.Replace ? 0.95 : 0.97;
        Assert.True(yes > least * Scenes, $"{yes} of {Scenes} true results pass");
        Assert.True(no > 0.97 * Scenes, $"{no} of {Scenes} unchanged pictures fail");
    }

    [Fact]
    public void A_wrong_colour_or_kind_is_refused()
    {
        int color = 0, kind = 0;
        for (int i = 0; i < Scenes; i++)
        {
            ToyScene scene = Draw(i);
            SceneEdit edit = scene.Edit(SceneEditForm.Add, (ulong)i);
            SceneThing wanted = edit.NewThing!;
            int index = edit.After.Objects.Count - 1;
            string otherColor = SceneVocabulary.Colors.First(c => c != wanted.Color && !scene.Objects.Any(o => o.Phrase == $"{c} {wanted.Kind}"));
            string otherKind = SceneVocabulary.Kinds.Skip(i % 7).First(k => k != wanted.Kind && !scene.Objects.Any(o => o.Phrase == $"{wanted.Color} {k}"));
            SceneVerdict wrongColor = Judge(wanted with { Color = otherColor });
            SceneVerdict wrongKind = Judge(wanted with { Kind = otherKind });
            color += wrongColor.ColorFound || wrongColor.Success ? 0 : 1;
            kind += wrongKind.KindFound || wrongKind.Success ? 0 : 1;

            SceneVerdict Judge(SceneThing thing) => SceneTruth.Judge(scene, edit, ToyScene.Draw(edit.After.Description.With(index, thing), 64, 64).Rgb);
        }

        Assert.True(color > 0.95 * Scenes, $"{color} of {Scenes} wrong colours are refused");
        Assert.True(kind > 0.95 * Scenes, $"{kind} of {Scenes} wrong kinds are refused");
    }

    [Fact]
    public void A_grey_hole_is_nothing()
    {
        int refused = 0;
        for (int i = 0; i < 40; i++)
        {
            ToyScene scene = Draw(i);
            SceneEdit edit = scene.Edit(SceneEditForm.Add, (ulong)i), removal = scene.Edit(SceneEditForm.Remove, (ulong)i);
            refused += SceneTruth.Judge(scene, edit, Fill(scene, edit.Mask)).Success || SceneTruth.Judge(scene, removal, Fill(scene, removal.Mask)).Success ? 0 : 1;
        }

        Assert.True(refused >= 36, $"{refused} of 40");

        static byte[] Fill(ToyScene scene, byte[] mask)
        {
            byte[] rgb = (byte[])scene.Rgb.Clone();
            for (int i = 0; i < mask.Length; i++)
            {
                if (mask[i] != 0)
                {
                    rgb.AsSpan(3 * i, 3).Fill(20);
                }
            }

            return rgb;
        }
    }

    [Fact]
    public void A_touched_pixel_outside_the_mask_is_seen()
    {
        ToyScene scene = Draw(1);
        SceneEdit edit = scene.Edit(SceneEditForm.Remove);
        byte[] result = (byte[])edit.Rgb.Clone();
        result[3 * Array.IndexOf(edit.Mask, (byte)0)] ^= 1;
        Assert.False(SceneTruth.Judge(scene, edit, result).KeptEqual);
        Assert.True(SceneTruth.Judge(scene, edit, result).Success);
    }

    [Fact]
    public void Psnr_is_what_it_says()
    {
        byte[] a = [10, 10, 10, 200, 200, 200], b = [10, 10, 10, 190, 200, 200];
        Assert.Equal(10 * Math.Log10(255.0 * 255 * 3 / 100), SceneTruth.Psnr(a, b, [0, 255]), 9);
        Assert.Equal(double.PositiveInfinity, SceneTruth.Psnr(a, b, [255, 0]));
    }

    [Fact]
    public void A_result_of_another_size_is_an_error()
    {
        ToyScene scene = Draw(1);
        EditException error = Assert.Throws<EditException>(() => SceneTruth.Judge(scene, scene.Edit(SceneEditForm.Remove), new byte[12]));
        Assert.Equal(EditFault.BadPicture, error.Kind);
    }
}
