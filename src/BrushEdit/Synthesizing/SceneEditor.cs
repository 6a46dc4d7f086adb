using BrushEdit.Editing;

namespace BrushEdit.Synthesizing;

/// <summary>Creates edits: changes the description, renders it again, and determines where the two pictures can differ.</summary>
internal static class SceneEditor
{
    /// <summary>How far masks of removals, replacements and additions are grown, as a fraction of the short side.</summary>
    private const double Margin = 0.03;

    /// <summary>Creates an edit.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="form">The form of the edit.</param>
    /// <param name="seed">Seed of the choices that the other arguments leave open.</param>
    /// <param name="target">Index of the object; if null, the seed determines it.</param>
    public static SceneEdit Make(ToyScene scene, SceneEditForm form, ulong seed, int? target)
    {
        SceneDescription before = scene.Description;
        var random = new SceneRandom(SceneRandom.Mix(seed) ^ before.Texture, 16 + (4 * (ulong)form) + (ulong)scene.Split);
        bool heldOut = scene.Split == SceneSplit.HeldOutPairs;
        switch (form)
        {
            case SceneEditForm.Remove:
                {
                    SceneObject old = Target(scene, random, form, target);
                    ToyScene after = scene.Again(before.Without(old.Index));
                    return new SceneEdit(form, $"remove the {old.Phrase}", [old.Phrase], "", old.Thing, null, old.Box, Touched(scene, old, null), after);
                }

            case SceneEditForm.Add:
                return Add(scene, random, heldOut);
            case SceneEditForm.Recolor:
                {
                    // Both held-out colours of a kind may be taken; any free colour is then used.
                    SceneObject old = Target(scene, random, form, target);
                    string color = Choose(random, SceneVocabulary.Colors, c => SceneVocabulary.IsHeldOut(c, old.Kind) == heldOut && Free(before, c, old.Kind))
                        ?? Choose(random, SceneVocabulary.Colors, c => Free(before, c, old.Kind))!;
                    SceneThing thing = old.Thing with { Color = color };
                    byte[] mask = new byte[scene.Width * scene.Height];
                    old.Touch(mask, shadow: false);
                    ToyScene after = scene.Again(before.With(old.Index, thing));
                    string content = $"{NounForms.Article(thing.Phrase)} {thing.Phrase}";
                    return new SceneEdit(form, $"make the {old.Phrase} {thing.Color}", [old.Phrase], content, old.Thing, thing, old.Box, mask, after);
                }

            case SceneEditForm.Replace:
                return Replace(scene, random, Target(scene, random, form, target), heldOut);
            case SceneEditForm.Background:
                {
                    string ground = Choose(random, SceneVocabulary.Backgrounds, b => b != before.Background && Stands(scene, b))!;
                    ToyScene after = scene.Again(before with { Background = ground, Texture = random.Next() });
                    string phrase = SceneVocabulary.PhraseOf(ground);
                    return new SceneEdit(form, $"change the background to {phrase}", [.. scene.Objects.Select(o => o.Phrase)], phrase, null, null, Whole(scene), Uncovered(scene), after);
                }

            case SceneEditForm.Light:
                {
                    string light = Choose(random, SceneVocabulary.Lights, l => l != before.Light)!;
                    ToyScene after = scene.Again(before with { Light = light });
                    byte[] mask = new byte[scene.Width * scene.Height];
                    mask.AsSpan().Fill(255);
                    return new SceneEdit(form, random.Chance(0.5) ? $"make it {light}" : $"turn it into {light}", [], light, null, null, Whole(scene), mask, after);
                }

            default:
                throw new EditException(EditFault.BadArgument, $"{(int)form} is not a form of edit.", $"Choose from {string.Join(", ", Enum.GetNames<SceneEditForm>())}.", form);
        }
    }

    private static SceneObject Target(ToyScene scene, SceneRandom random, SceneEditForm form, int? target)
    {
        if (scene.Objects.Count == 0)
        {
            throw new EditException(EditFault.BadArgument, $"The scene '{scene.Caption}' has no object for the edit '{form}'.", "Draw it with MinObjects 1 or more, or ask for another edit.", form);
        }

        if (target is int index)
        {
            return index >= 0 && index < scene.Objects.Count
                ? scene.Objects[index]
                : throw new EditException(EditFault.BadArgument, $"The scene '{scene.Caption}' has no object {index}.", $"Its objects are 0 to {scene.Objects.Count - 1}.", index);
        }

        return random.Pick(scene.Objects);
    }

    private static string? Choose(SceneRandom random, IReadOnlyList<string> words, Func<string, bool> fits)
    {
        string[] fitting = [.. words.Where(fits)];
        return fitting.Length == 0 ? null : random.Pick(fitting);
    }

    private static bool Free(SceneDescription scene, string color, string kind) => !scene.Things.Any(t => t.Color == color && t.Kind == kind);

    private static bool Stands(ToyScene scene, string background) =>
        scene.Description.Things.All(t => t.Y >= SceneComposer.Room(t.Kind, t.Size, background, scene.Frame).Top);

    private static SceneBox Whole(ToyScene scene) => new(0, 0, scene.Width, scene.Height);

    private static SceneEdit Replace(ToyScene scene, SceneRandom random, SceneObject old, bool heldOut)
    {
        string kind = Choose(random, SceneVocabulary.Kinds, k => k != old.Kind && SceneVocabulary.Colors.Any(c => SceneVocabulary.IsHeldOut(c, k) == heldOut && Free(scene.Description, c, k)))!;
        (string color, _) = SceneComposer.NewPair(random, scene.Description, heldOut, kind: kind);
        SceneThing thing = SceneComposer.Pose(random, color, kind, old.Size, old.Thing.X, old.Thing.Y) with { SaySize = false };

        // A taller kind must not leave the picture.
        thing = thing with { Y = Math.Max(thing.Y, SceneComposer.Room(kind, thing.Size, scene.Background, scene.Frame).Top) };
        ToyScene after = scene.Again(scene.Description.With(old.Index, thing));
        SceneObject now = after.Objects[old.Index];
        SceneBox a = old.Box, b = now.Box;
        double x = Math.Min(a.X, b.X), y = Math.Min(a.Y, b.Y);
        var box = new SceneBox(x, y, Math.Max(a.Right, b.Right) - x, Math.Max(a.Bottom, b.Bottom) - y);
        string content = $"{NounForms.Article(thing.Phrase)} {thing.Phrase}";
        return new SceneEdit(SceneEditForm.Replace, $"replace the {old.Phrase} with {content}", [old.Phrase], content, old.Thing, thing, box, Touched(scene, old, now), after);
    }

    private static SceneEdit Add(ToyScene scene, SceneRandom random, bool heldOut)
    {
        SceneDescription before = scene.Description;
        (string color, string kind) = SceneComposer.NewPair(random, before, heldOut);
        (SceneThing thing, string place) = Spot(scene, random, color, kind);
        ToyScene after = scene.Again(before.And(thing));
        SceneObject now = after.Objects[^1];
        byte[] touched = new byte[scene.Width * scene.Height];
        now.Touch(touched, shadow: true);
        SceneBox around = SceneBox.Around(touched, scene.Width, 1);
        int margin = Grow(scene);
        byte[] mask = new byte[touched.Length];
        for (int y = Math.Max(0, (int)around.Y - margin); y < Math.Min(scene.Height, (int)around.Bottom + margin); y++)
        {
            for (int x = Math.Max(0, (int)around.X - margin); x < Math.Min(scene.Width, (int)around.Right + margin); x++)
            {
                mask[(y * scene.Width) + x] = 255;
            }
        }

        return new SceneEdit(SceneEditForm.Add, $"add {thing.Described} {place}", [], thing.Described, null, thing, now.Box, mask, after);
    }

    // A free place next to one of the objects, otherwise in a named third of the picture.
    private static (SceneThing Thing, string Place) Spot(ToyScene scene, SceneRandom random, string color, string kind)
    {
        SceneDescription before = scene.Description;
        SceneFrame frame = scene.Frame;
        double draw = random.Unit();
        int largest = draw < 0.25 ? 0 : draw < 0.75 ? 1 : 2;
        for (int s = largest; s >= 0; s--)
        {
            string size = SceneVocabulary.Sizes[s];
            (double left, double top, double right, double bottom) = SceneComposer.Room(kind, size, before.Background, frame);
            for (int attempt = 0; attempt < 24; attempt++)
            {
                bool beside = before.Things.Count > 0 && attempt < 14;
                double x = random.Between(left, right), y = random.Between(top, bottom);
                string place = Third(x, frame);
                if (beside)
                {
                    SceneThing anchor = random.Pick(before.Things);
                    bool toLeft = random.Chance(0.5);
                    double away = (0.5 * (SceneVocabulary.SizeOf(anchor.Size) + SceneVocabulary.SizeOf(size))) + random.Between(0.01, 0.12);
                    x = anchor.X + (toLeft ? -away : away);
                    y = Math.Clamp(anchor.Y + random.Between(-0.08, 0.08), top, bottom);
                    place = $"to the {(toLeft ? "left" : "right")} of the {anchor.Phrase}";
                    if (x < left || x > right || Math.Abs(y - anchor.Y) > 0.12)
                    {
                        continue;
                    }
                }

                SceneThing thing = SceneComposer.Pose(random, color, kind, size, x, y);
                if (before.Things.All(t => SceneComposer.Overlap(t, thing) <= 0.03))
                {
                    return (thing, place);
                }
            }
        }

        SceneThing last = SceneComposer.Least(random, before, frame, color, kind);
        return (last, Third(last.X, frame));
    }

    private static string Third(double x, SceneFrame frame) =>
        x < frame.Width / 3 ? "on the left" : x > 2 * frame.Width / 3 ? "on the right" : "in the middle";

    private static int Grow(ToyScene scene) => Math.Max(1, (int)Math.Round(Margin * Math.Min(scene.Width, scene.Height)));

    private static byte[] Touched(ToyScene scene, SceneObject old, SceneObject? now)
    {
        byte[] map = new byte[scene.Width * scene.Height];
        old.Touch(map, shadow: true);
        now?.Touch(map, shadow: true);

        return Dilate(map, scene.Width, scene.Height, Grow(scene));
    }

    private static byte[] Uncovered(ToyScene scene)
    {
        byte[] map = new byte[scene.Width * scene.Height];
        map.AsSpan().Fill(255);
        foreach (SceneObject thing in scene.Objects)
        {
            thing.Clear(map);
        }

        return map;
    }

    /// <summary>Dilates the marked pixels by a square of this radius.</summary>
    private static byte[] Dilate(byte[] map, int width, int height, int radius)
    {
        byte[] rows = new byte[map.Length];
        for (int y = 0; y < height; y++)
        {
            int until = -1;
            for (int x = -radius; x < width; x++)
            {
                if (x + radius < width && map[(y * width) + x + radius] != 0)
                {
                    until = x + (2 * radius);
                }

                if (x >= 0 && x <= until)
                {
                    rows[(y * width) + x] = 255;
                }
            }
        }

        byte[] grown = new byte[map.Length];
        int[] last = new int[width];
        Array.Fill(last, -1);
        for (int y = -radius; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                if (y + radius < height && rows[((y + radius) * width) + x] != 0)
                {
                    last[x] = y + (2 * radius);
                }

                if (y >= 0 && y <= last[x])
                {
                    grown[(y * width) + x] = 255;
                }
            }
        }

        return grown;
    }
}
