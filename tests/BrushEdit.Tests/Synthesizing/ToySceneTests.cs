using System.Security.Cryptography;
using BrushEdit.Editing;
using BrushEdit.Synthesizing;

namespace BrushEdit.Tests.Synthesizing;

public class ToySceneTests
{
    private static readonly ToySceneOptions Small = new() { Width = 64, Height = 64 };

    public static TheoryData<SceneEditForm> Forms => [.. Enum.GetValues<SceneEditForm>()];

    [Theory]
    [InlineData(1UL, 64, 64, "D9C9817F03488096")]
    [InlineData(77UL, 96, 48, "C017B06187C9DE44")]
    [InlineData(123456789UL, 128, 128, "2A304659B9F79088")]
    public void A_seed_gives_the_same_bytes_on_every_platform(ulong seed, int width, int height, string expected)
    {
        ToyScene scene = ToyScene.Draw(seed, new ToySceneOptions { Width = width, Height = height });
        string hash = Convert.ToHexString(SHA256.HashData(scene.Rgb))[..16];
        Assert.Equal(expected, hash);
        Assert.Equal(scene.Rgb, ToyScene.Draw(scene.Description, width, height).Rgb);
    }

    [Fact]
    public void Scenes_hold_what_they_promise()
    {
        var kinds = new HashSet<string>();
        var colors = new HashSet<string>();
        var backgrounds = new HashSet<string>();
        var counts = new HashSet<int>();
        for (ulong seed = 0; seed < 300; seed++)
        {
            ToyScene scene = ToyScene.Draw(seed, Small);
            Assert.InRange(scene.Objects.Count, 1, 4);
            Assert.Equal(scene.Objects.Count, scene.Objects.Select(o => o.Phrase).Distinct().Count());
            counts.Add(scene.Objects.Count);
            backgrounds.Add($"{scene.Background} {scene.Light}");
            foreach (SceneObject thing in scene.Objects)
            {
                kinds.Add(thing.Kind);
                colors.Add(thing.Color);
                Assert.True(thing.VisibleShare > 0.3, $"seed {seed}: the {thing.Phrase} is hidden");
                Assert.True(thing.Box.X >= 0 && thing.Box.Y >= 0 && thing.Box.Right <= 64 && thing.Box.Bottom <= 64);
                Assert.InRange(Math.Max(thing.Box.Width, thing.Box.Height), 0.7 * 64 * SceneVocabulary.SizeOf(thing.Size), (1.15 * 64 * SceneVocabulary.SizeOf(thing.Size)) + 2);
            }
        }

        Assert.Equal(SceneVocabulary.Kinds.Count, kinds.Count);
        Assert.Equal(SceneVocabulary.Colors.Count, colors.Count);
        Assert.Equal(SceneVocabulary.Backgrounds.Count * SceneVocabulary.Lights.Count, backgrounds.Count);
        Assert.Equal(4, counts.Count);
    }

    [Fact]
    public void Masks_cover_exactly_what_an_object_changes()
    {
        for (ulong seed = 0; seed < 40; seed++)
        {
            ToyScene scene = ToyScene.Draw(seed, Small);
            foreach (SceneObject thing in scene.Objects)
            {
                byte[] without = scene.RenderWithout(thing.Index);
                byte[] visible = thing.VisibleMask, shadow = thing.ShadowMask;
                int seen = 0, changed = 0;
                for (int i = 0; i < visible.Length; i++)
                {
                    bool differs = !scene.Rgb.AsSpan(3 * i, 3).SequenceEqual(without.AsSpan(3 * i, 3));

                    // A share below half a level of the mask may still move a colour by one step.
                    int most = Enumerable.Range(3 * i, 3).Max(c => Math.Abs(scene.Rgb[c] - without[c]));
                    Assert.True(visible[i] > 0 || shadow[i] > 0 || most <= 1, $"seed {seed}: pixel {i} changes by {most} outside the masks of the {thing.Phrase}");
                    seen += visible[i] >= 250 ? 1 : 0;
                    changed += visible[i] >= 250 && differs ? 1 : 0;
                }

                Assert.True(changed > 0.9 * seen, $"seed {seed}: the {thing.Phrase} shows {seen} pixels, of which {changed} change without it");
                Assert.All(visible.Zip(thing.FullMask), pair => Assert.True(pair.First <= pair.Second));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void An_edit_equals_its_source_outside_its_mask_and_differs_inside(SceneEditForm form)
    {
        foreach (SceneSplit split in Enum.GetValues<SceneSplit>())
        {
            for (ulong seed = 0; seed < 40; seed++)
            {
                ToyScene scene = ToyScene.Draw(seed, Small with { Split = split, Width = seed % 2 == 0 ? 64 : 100 });
                SceneEdit edit = scene.Edit(form, seed);
                Assert.Equal(scene.Rgb.Length, edit.Rgb.Length);
                bool differs = false;
                for (int i = 0; i < edit.Mask.Length; i++)
                {
                    bool same = scene.Rgb.AsSpan(3 * i, 3).SequenceEqual(edit.Rgb.AsSpan(3 * i, 3));
                    Assert.True(same || edit.Mask[i] == 255, $"seed {seed}: '{edit.Instruction}' changes pixel {i} outside its mask");
                    differs |= !same;
                }

                Assert.True(differs, $"seed {seed}: '{edit.Instruction}' changes nothing");
                Assert.All(edit.Mask, m => Assert.True(m is 0 or 255));
                Assert.Equal(SceneEdit.TypeOf(form), edit.Type);
            }
        }
    }

    [Fact]
    public void Edits_say_and_do_the_same()
    {
        for (ulong seed = 0; seed < 60; seed++)
        {
            ToyScene scene = ToyScene.Draw(seed, Small);
            SceneEdit removal = scene.Edit(EditType.Remove, seed);
            Assert.DoesNotContain(removal.Target, removal.CaptionAfter, StringComparison.Ordinal);
            Assert.Equal(scene.Objects.Count - 1, removal.After.Objects.Count);
            SceneEdit addition = scene.Edit(EditType.Addition, seed);
            Assert.Contains(addition.NewContent, addition.CaptionAfter, StringComparison.Ordinal);
            Assert.Contains(addition.NewContent, addition.Instruction, StringComparison.Ordinal);
            Assert.Equal(addition.NewThing, addition.After.Objects[^1].Thing);
            Assert.Equal(addition.Box, addition.After.Objects[^1].Box);
            SceneEdit recolor = scene.Edit(SceneEditForm.Recolor, seed);
            Assert.Equal($"make the {recolor.Target} {recolor.NewThing!.Color}", recolor.Instruction);
            Assert.NotEqual(recolor.OldThing!.Color, recolor.NewThing.Color);
            SceneEdit replace = scene.Edit(SceneEditForm.Replace, seed);
            Assert.NotEqual(replace.OldThing!.Kind, replace.NewThing!.Kind);
            Assert.NotEqual(scene.Background, scene.Edit(EditType.Background, seed).After.Background);
            SceneEdit light = scene.Edit(EditType.Global, seed);
            Assert.NotEqual(scene.Light, light.After.Light);
            Assert.EndsWith(light.NewContent, light.Instruction, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_place_in_an_instruction_is_where_the_thing_goes()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            ToyScene scene = ToyScene.Draw(seed, Small);
            SceneEdit edit = scene.Edit(SceneEditForm.Add, seed);
            SceneObject? anchor = scene.Objects.FirstOrDefault(o => edit.Instruction.EndsWith($" of the {o.Phrase}", StringComparison.Ordinal));
            double x = edit.NewThing!.X;
            if (anchor is not null)
            {
                Assert.Equal(edit.Instruction.Contains("to the left", StringComparison.Ordinal), x < anchor.Thing.X);
            }
            else
            {
                string third = x < 1.0 / 3 ? "on the left" : x > 2.0 / 3 ? "on the right" : "in the middle";
                Assert.EndsWith(third, edit.Instruction, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Every_word_is_of_the_vocabulary()
    {
        var words = SceneVocabulary.Words.ToHashSet();
        for (ulong seed = 0; seed < 60; seed++)
        {
            ToyScene scene = ToyScene.Draw(seed, Small with { MinObjects = 1, Split = (SceneSplit)(seed % 3) });
            foreach (SceneEditForm form in Enum.GetValues<SceneEditForm>())
            {
                SceneEdit edit = scene.Edit(form, seed);
                string all = $"{scene.Caption} {edit.Instruction} {edit.CaptionAfter} {edit.NewContent}";
                Assert.All(all.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries), word => Assert.Contains(word, words));
            }
        }
    }

    [Fact]
    public void Held_out_pairs_stay_out_of_training_and_are_what_they_measure()
    {
        for (ulong seed = 0; seed < 150; seed++)
        {
            foreach (SceneSplit split in Enum.GetValues<SceneSplit>())
            {
                ToyScene scene = ToyScene.Draw(seed, Small with { Split = split });
                IEnumerable<SceneThing> drawn = scene.Description.Things;
                SceneThing[] brought = [.. new[] { SceneEditForm.Add, SceneEditForm.Recolor, SceneEditForm.Replace }.Select(form => scene.Edit(form, seed).NewThing!)];
                if (split == SceneSplit.HeldOutPairs)
                {
                    bool bothTaken = SceneVocabulary.Colors.Where(c => SceneVocabulary.IsHeldOut(c, brought[1].Kind)).All(c => drawn.Any(t => t.Phrase == $"{c} {brought[1].Kind}"));
                    Assert.All(drawn.Take(1).Concat(bothTaken ? [brought[0], brought[2]] : brought), t => Assert.True(SceneVocabulary.IsHeldOut(t.Color, t.Kind)));
                }
                else
                {
                    Assert.All(drawn.Concat(brought), t => Assert.False(SceneVocabulary.IsHeldOut(t.Color, t.Kind)));
                }
            }
        }

        foreach (string kind in SceneVocabulary.Kinds)
        {
            Assert.InRange(SceneVocabulary.Colors.Count(c => SceneVocabulary.IsHeldOut(c, kind)), 1, 2);
        }

        Assert.All(SceneVocabulary.Colors, c => Assert.InRange(SceneVocabulary.Kinds.Count(k => SceneVocabulary.IsHeldOut(c, k)), 1, 4));
    }

    [Fact]
    public void Families_do_not_share_scenes()
    {
        var pictures = new HashSet<string>();
        for (ulong seed = 0; seed < 60; seed++)
        {
            foreach (SceneSplit split in Enum.GetValues<SceneSplit>())
            {
                Assert.True(pictures.Add(Convert.ToHexString(SHA256.HashData(ToyScene.Draw(seed, Small with { Split = split }).Rgb))));
            }
        }
    }

    [Theory]
    [InlineData(32, 32)]
    [InlineData(32, 200)]
    [InlineData(333, 47)]
    [InlineData(2048, 32)]
    [InlineData(512, 384)]
    public void Any_size_is_drawn(int width, int height)
    {
        for (ulong seed = 0; seed < 4; seed++)
        {
            ToyScene scene = ToyScene.Draw(seed, new ToySceneOptions { Width = width, Height = height, MinObjects = 2 });
            Assert.Equal(3 * width * height, scene.Rgb.Length);
            Assert.True(scene.Objects.Count >= 2);
            foreach (SceneEditForm form in Enum.GetValues<SceneEditForm>())
            {
                SceneEdit edit = scene.Edit(form, seed);
                Assert.Equal(width * height, edit.Mask.Length);
                Assert.Contains((byte)255, edit.Mask);
            }
        }
    }

    [Fact]
    public void A_scene_is_the_same_at_another_size()
    {
        ToyScene small = ToyScene.Draw(9, Small), large = ToyScene.Draw(9, new ToySceneOptions { Width = 256, Height = 256 });
        Assert.Equal(small.Caption, large.Caption);
        Assert.Equal(small.Description.Things, large.Description.Things);
        double sum = 0;
        for (int i = 0; i < 64 * 64; i++)
        {
            for (int c = 0; c < 3; c++)
            {
                int total = 0;
                for (int k = 0; k < 16; k++)
                {
                    total += large.Rgb[(3 * ((((4 * (i / 64)) + (k / 4)) * 256) + (4 * (i % 64)) + (k % 4))) + c];
                }

                sum += Math.Abs((total / 16.0) - small.Rgb[(3 * i) + c]);
            }
        }

        Assert.True(sum / (3 * 64 * 64) < 8, $"mean difference {sum / (3 * 64 * 64):F2}");
    }

    [Fact]
    public void Fixed_background_and_light_are_kept()
    {
        foreach (string background in SceneVocabulary.Backgrounds)
        {
            ToyScene scene = ToyScene.Draw(3, Small with { Background = background, Light = "dusk", MinObjects = 0, MaxObjects = 0 });
            Assert.Equal(background, scene.Background);
            Assert.Empty(scene.Objects);
            Assert.EndsWith("at dusk", scene.Caption, StringComparison.Ordinal);
            Assert.Equal(scene.Rgb, scene.RenderBackground());
        }
    }

    [Fact]
    public void Bad_options_are_named()
    {
        AssertBad("Width", () => ToyScene.Draw(1, new ToySceneOptions { Width = 31 }));
        AssertBad("Height", () => ToyScene.Draw(1, new ToySceneOptions { Height = 2049 }));
        AssertBad("5 objects", () => ToyScene.Draw(1, new ToySceneOptions { MaxObjects = 5 }));
        AssertBad("3 to 2", () => ToyScene.Draw(1, new ToySceneOptions { MinObjects = 3, MaxObjects = 2 }));
        AssertBad("lava", () => ToyScene.Draw(1, new ToySceneOptions { Background = "lava" }));
        AssertBad("noon", () => ToyScene.Draw(1, new ToySceneOptions { Light = "noon" }));
        AssertBad("Split", () => ToyScene.Draw(1, new ToySceneOptions { Split = (SceneSplit)9 }));
        ToyScene empty = ToyScene.Draw(1, Small with { MinObjects = 0, MaxObjects = 0 });
        AssertBad("no object", () => empty.Edit(EditType.Remove));
        AssertBad("no object 7", () => ToyScene.Draw(1, Small).Edit(SceneEditForm.Recolor, 0, 7));
        AssertBad("edit type", () => empty.Edit((EditType)17));
        SceneThing ball = new("ball", "red", "small", 0.5, 0.7, false, 0, false);
        AssertBad("2 times", () => ToyScene.Draw(empty.Description with { Things = [ball, ball with { X = 0.2 }] }, 64, 64));
        AssertBad("spoon", () => ToyScene.Draw(empty.Description with { Things = [ball with { Kind = "spoon" }] }, 64, 64));
        AssertBad("mauve", () => ToyScene.Draw(empty.Description with { Things = [ball with { Color = "mauve" }] }, 64, 64));
        AssertBad("huge", () => ToyScene.Draw(empty.Description with { Things = [ball with { Size = "huge" }] }, 64, 64));
    }

    private static void AssertBad(string names, Action action)
    {
        EditException error = Assert.Throws<EditException>(action);
        Assert.Equal(EditFault.BadArgument, error.Kind);
        Assert.Contains(names, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Remedy);
    }
}
