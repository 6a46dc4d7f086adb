using BrushEdit.Imaging;
using BrushEdit.Synthesizing;

namespace BrushEdit.Training;

/// <summary>
/// True results that are spoilt the way fills fail: an object whose outline is bent, of which a part is missing or belongs to another kind,
/// or that is blurred; a new background in another light than the objects on it. Only the look of failed fills is imitated;
/// no rule that measures edits is used here.
/// </summary>
internal static class SpoiltEdit
{
    // Relative to the object's longer side. Between the two is the range that is neither clearly good nor bad.
    private const double MostHarmlessBend = 0.035;
    private const double LeastBend = 0.1;
    private const double MostBend = 0.24;
    private const double MostHarmlessBlur = 0.02;
    private const double LeastBlur = 0.07;
    private const double MostBlur = 0.16;
    private const int Grid = 4;

    /// <summary>A bad result of an edit.</summary>
    /// <param name="scene">The scene before.</param>
    /// <param name="edit">The edit.</param>
    /// <param name="random">Decides how it is spoilt.</param>
    /// <returns>Interleaved RGB.</returns>
    public static byte[] Bad(ToyScene scene, SceneEdit edit, Random random)
    {
        byte[] clean = Clean(scene, edit, random);
        if (edit.Form == SceneEditForm.Background && random.NextDouble() < 0.5)
        {
            return clean;
        }

        Change change = new(clean, edit.Rgb, scene.Width, scene.Height);
        return random.NextDouble() switch
        {
            < 0.4 => change.Bent(random, Between(random, LeastBend, MostBend)),
            < 0.6 => change.Joined(clean, random),
            < 0.8 when edit.NewThing is { } thing && edit.Form != SceneEditForm.Recolor => change.Joined(OfAnotherKind(edit, thing, random), random),
            _ => change.Blurred(Between(random, LeastBlur, MostBlur)),
        };
    }

    /// <summary>A good result of an edit, as a fill would draw it: bent and blurred a little.</summary>
    /// <param name="scene">The scene before.</param>
    /// <param name="edit">The edit.</param>
    /// <param name="random">Decides how much.</param>
    /// <returns>Interleaved RGB.</returns>
    public static byte[] Good(ToyScene scene, SceneEdit edit, Random random)
    {
        Change bent = new(Clean(scene, edit, random: null), edit.Rgb, scene.Width, scene.Height);
        byte[] rgb = bent.Bent(random, random.NextDouble() * MostHarmlessBend);
        return random.Next(2) == 0 ? rgb : new Change(Clean(scene, edit, random: null), rgb, scene.Width, scene.Height).Blurred(random.NextDouble() * MostHarmlessBlur);
    }

    // What the place looks like where the edit's own content is missing: for a new ground, that ground in another light.
    private static byte[] Clean(ToyScene scene, SceneEdit edit, Random? random) => edit.Form switch
    {
        SceneEditForm.Replace => scene.RenderWithout(scene.Objects.First(one => one.Phrase == edit.OldThing!.Phrase).Index),
        SceneEditForm.Background => OtherLight(edit, random),
        _ => scene.Rgb,
    };

    private static byte[] OtherLight(SceneEdit edit, Random? random)
    {
        if (random is null)
        {
            return [.. edit.Rgb.Select(value => (byte)(value / 2))];
        }

        string[] others = [.. SceneVocabulary.Lights.Where(light => light != edit.After.Light)];
        byte[] lit = edit.After.Again(edit.After.Description with { Light = others[random.Next(others.Length)] }).Rgb;
        byte[] rgb = [.. edit.Rgb];
        for (int i = 0; i < rgb.Length; i++)
        {
            if (edit.Mask[i / 3] != 0)
            {
                rgb[i] = lit[i];
            }
        }

        return rgb;
    }

    private static byte[] OfAnotherKind(SceneEdit edit, SceneThing thing, Random random)
    {
        string[] others = [.. SceneVocabulary.Kinds.Where(kind => kind != thing.Kind && !SceneVocabulary.IsHeldOut(thing.Color, kind))];
        int index = edit.After.Objects.First(one => one.Thing == thing).Index;
        return edit.After.Again(edit.After.Description.With(index, thing with { Kind = others[random.Next(others.Length)] })).Rgb;
    }

    private static double Between(Random random, double low, double high) => low + (random.NextDouble() * (high - low));

    /// <summary>What an edit added to a clean picture, and where.</summary>
    private sealed class Change(byte[] clean, byte[] rgb, int width, int height)
    {
        private const int Noticed = 12;
        private readonly Box extent = Extent(clean, rgb, width, height);

        private double Longer => Math.Max(extent.Width, extent.Height);

        /// <summary>The change, moved by a smooth random field.</summary>
        /// <param name="random">Decides the field.</param>
        /// <param name="amount">The field's deviation, of the longer side.</param>
        public byte[] Bent(Random random, double amount)
        {
            double[] across = Field(random, amount * Longer), down = Field(random, amount * Longer);
            return Made((x, y, c) =>
            {
                (double u, double v) = ((x - extent.X) / extent.Width, (y - extent.Y) / extent.Height);
                return Added(x + At(across, u, v), y + At(down, u, v), c);
            });
        }

        /// <summary>The change on one side of a wavy line, another picture on its other side.</summary>
        /// <param name="other">The other picture.</param>
        /// <param name="random">Decides the line, which leaves between a third and two thirds.</param>
        public byte[] Joined(byte[] other, Random random)
        {
            double angle = random.NextDouble() * 2 * Math.PI, shift = (random.NextDouble() - 0.5) * 0.3;
            double[] wave = Field(random, 0.15);
            return Made((x, y, c) =>
            {
                (double u, double v) = ((x - extent.X) / extent.Width, (y - extent.Y) / extent.Height);
                double side = ((u - 0.5) * Math.Cos(angle)) + ((v - 0.5) * Math.Sin(angle)) + shift + At(wave, u, v);
                double share = Math.Clamp((side * 12) + 0.5, 0, 1);
                int place = (((y * width) + x) * 3) + c;
                return (share * (rgb[place] - clean[place])) + ((1 - share) * (other[place] - clean[place]));
            });
        }

        /// <summary>The change, blurred.</summary>
        /// <param name="amount">The radius, of the longer side.</param>
        public byte[] Blurred(double amount)
        {
            double radius = Math.Max(0.3, amount * Longer);
            (double X, double Y)[] taps = [.. from i in Enumerable.Range(0, 5) from j in Enumerable.Range(0, 5) select ((i - 2) * radius / 2, (j - 2) * radius / 2)];
            return Made((x, y, c) => taps.Average(tap => Added(x + tap.X, y + tap.Y, c)));
        }

        private byte[] Made(Func<int, int, int, double> added)
        {
            byte[] made = [.. clean];
            int room = (int)(0.3 * Longer);
            for (int y = Math.Max(0, extent.PixelTop - room); y < Math.Min(height, extent.PixelBottom + room); y++)
            {
                for (int x = Math.Max(0, extent.PixelLeft - room); x < Math.Min(width, extent.PixelRight + room); x++)
                {
                    for (int c = 0; c < 3; c++)
                    {
                        int place = (((y * width) + x) * 3) + c;
                        made[place] = (byte)Math.Clamp(Math.Round(clean[place] + added(x, y, c)), 0, 255);
                    }
                }
            }

            return made;
        }

        // The change at a place between pixels, bilinear.
        private double Added(double x, double y, int c)
        {
            int left = Math.Clamp((int)Math.Floor(x), 0, width - 2), top = Math.Clamp((int)Math.Floor(y), 0, height - 2);
            double right = Math.Clamp(x - left, 0, 1), bottom = Math.Clamp(y - top, 0, 1);
            double One(int i, int j)
            {
                int place = ((((top + j) * width) + left + i) * 3) + c;
                return rgb[place] - clean[place];
            }

            return ((1 - bottom) * (((1 - right) * One(0, 0)) + (right * One(1, 0)))) + (bottom * (((1 - right) * One(0, 1)) + (right * One(1, 1))));
        }

        private static double[] Field(Random random, double deviation) =>
            [.. Enumerable.Range(0, Grid * Grid).Select(_ => deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];

        // A grid's value at a place in [0, 1] x [0, 1], smooth between its points.
        private static double At(double[] field, double u, double v)
        {
            double x = Math.Clamp(u, 0, 1) * (Grid - 1), y = Math.Clamp(v, 0, 1) * (Grid - 1);
            int i = Math.Min(Grid - 2, (int)x), j = Math.Min(Grid - 2, (int)y);
            double a = Smooth(x - i), b = Smooth(y - j);
            return ((1 - b) * (((1 - a) * field[(j * Grid) + i]) + (a * field[(j * Grid) + i + 1])))
                + (b * (((1 - a) * field[((j + 1) * Grid) + i]) + (a * field[((j + 1) * Grid) + i + 1])));
        }

        private static double Smooth(double t) => t * t * (3 - (2 * t));

        private static Box Extent(byte[] clean, byte[] rgb, int width, int height)
        {
            byte[] changed = new byte[width * height];
            for (int i = 0; i < clean.Length; i++)
            {
                if (Math.Abs(clean[i] - rgb[i]) > Noticed)
                {
                    changed[i / 3] = 255;
                }
            }

            return Mask.FromValues(changed, width, height).Bounds ?? new Box(0, 0, width, height);
        }
    }
}
