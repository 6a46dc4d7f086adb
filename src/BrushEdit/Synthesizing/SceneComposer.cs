namespace BrushEdit.Synthesizing;

/// <summary>Creates scene descriptions from seeds: chooses objects, and places with room for them.</summary>
internal static class SceneComposer
{
    private const double Border = 0.012;
    private static readonly double[] CountWeights = [0.12, 0.26, 0.28, 0.22, 0.16];

    /// <summary>Chooses the objects, background and light of a scene.</summary>
    public static SceneDescription Compose(ulong seed, ToySceneOptions options)
    {
        options.Check();
        var random = new SceneRandom(seed, (ulong)options.Split);
        double side = Math.Min(options.Width, options.Height);
        var frame = new SceneFrame(options.Width / side, options.Height / side);
        string background = random.Pick(SceneVocabulary.Backgrounds);
        string light = random.Chance(0.5) ? "day" : random.Chance(0.5) ? "dusk" : "night";
        var scene = new SceneDescription([], options.Background ?? background, options.Light ?? light, random.Next(), random.Chance(0.5));
        int count = Count(random, options.MinObjects, options.MaxObjects);
        for (int i = 0; i < count; i++)
        {
            (string color, string kind) = NewPair(random, scene, options.Split == SceneSplit.HeldOutPairs && (i == 0 || random.Chance(0.3)));
            double draw = random.Unit();
            int size = draw < 0.26 ? 0 : draw < 0.70 ? 1 : 2;
            bool needed = scene.Things.Count < options.MinObjects;
            if (Place(random, scene, frame, color, kind, size, needed) is SceneThing thing)
            {
                scene = scene.And(thing);
            }
        }

        return scene;
    }

    /// <summary>A colour-kind pair that the scene does not contain; held out of training, or not, as requested.</summary>
    public static (string Color, string Kind) NewPair(SceneRandom random, SceneDescription scene, bool heldOut, string? color = null, string? kind = null)
    {
        while (true)
        {
            string c = color ?? random.Pick(SceneVocabulary.Colors), k = kind ?? random.Pick(SceneVocabulary.Kinds);
            if (SceneVocabulary.IsHeldOut(c, k) == heldOut && !scene.Things.Any(t => t.Color == c && t.Kind == k))
            {
                return (c, k);
            }
        }
    }

    /// <summary>An object at a place, with random mirroring, lean and mention of its size.</summary>
    public static SceneThing Pose(SceneRandom random, string color, string kind, string size, double x, double y)
    {
        double tilt = kind is "house" or "car" or "cube" or "cup" or "tree" ? random.Between(-0.03, 0.03) : random.Between(-0.16, 0.16);
        bool flip = random.Chance(0.5);
        return new SceneThing(kind, color, size, x, y, flip, tilt, random.Chance(0.4));
    }

    /// <summary>The overlap of two objects' squares as a fraction of the smaller one, 0 to 1.</summary>
    public static double Overlap(SceneThing a, SceneThing b)
    {
        (double ax0, double ay0, double ax1, double ay1) = Square(a);
        (double bx0, double by0, double bx1, double by1) = Square(b);
        double w = Math.Min(ax1, bx1) - Math.Max(ax0, bx0), h = Math.Min(ay1, by1) - Math.Max(ay0, by0);
        double smaller = Math.Min((ax1 - ax0) * (ay1 - ay0), (bx1 - bx0) * (by1 - by0));
        return w <= 0 || h <= 0 ? 0 : w * h / smaller;
    }

    /// <summary>An object's extent in short sides, slightly tighter than its square, since outlines leave the corners free.</summary>
    public static (double Left, double Top, double Right, double Bottom) Square(SceneThing thing)
    {
        double half = SceneVocabulary.SizeOf(thing.Size) / 2;
        (_, float bottom) = SceneShape.Foot(thing.Kind);
        double cy = thing.Y - (bottom * half), rise = Math.Min(1.0, bottom + 0.1) * half;
        return (thing.X - (0.94 * half), cy - (0.94 * rise), thing.X + (0.94 * half), cy + (0.94 * rise));
    }

    /// <summary>The area, in short sides, where an object of this kind and size can stand in a picture.</summary>
    public static (double Left, double Top, double Right, double Bottom) Room(string kind, string size, string background, SceneFrame frame)
    {
        double half = SceneVocabulary.SizeOf(size) / 2;
        (_, float bottom) = SceneShape.Foot(kind);
        double top = Math.Max(half * (1 + bottom), (SceneGround.Horizon(background) * frame.Height) + 0.05) + Border;
        return (half + Border, top, frame.Width - half - Border, frame.Height - Border - (0.12 * half));
    }

    private static int Count(SceneRandom random, int min, int max)
    {
        double draw = random.Unit() * CountWeights[min..(max + 1)].Sum();
        int count = min;
        while (count < max && draw >= CountWeights[count])
        {
            draw -= CountWeights[count++];
        }

        return count;
    }

    private static SceneThing? Place(SceneRandom random, SceneDescription scene, SceneFrame frame, string color, string kind, int size, bool needed)
    {
        for (int s = size; s >= 0; s--)
        {
            for (int attempt = 0; attempt < 16; attempt++)
            {
                SceneThing thing = Somewhere(random, scene, frame, color, kind, SceneVocabulary.Sizes[s]);
                if (scene.Things.All(t => Apart(t, thing, 0.30)))
                {
                    return thing;
                }
            }
        }

        return needed ? Least(random, scene, frame, color, kind) : null;
    }

    /// <summary>A small object at the least covered of 80 random places, for scenes without a free place.</summary>
    public static SceneThing Least(SceneRandom random, SceneDescription scene, SceneFrame frame, string color, string kind) =>
        Enumerable.Range(0, 80).Select(_ => Somewhere(random, scene, frame, color, kind, "small"))
            .MinBy(thing => scene.Things.Sum(t => Overlap(t, thing)))!;

    private static SceneThing Somewhere(SceneRandom random, SceneDescription scene, SceneFrame frame, string color, string kind, string size)
    {
        (double left, double top, double right, double bottom) = Room(kind, size, scene.Background, frame);
        return Pose(random, color, kind, size, random.Between(left, right), random.Between(top, bottom));
    }

    // Objects may overlap a little, but then one must clearly be in front.
    private static bool Apart(SceneThing a, SceneThing b, double most)
    {
        double overlap = Overlap(a, b);
        return overlap <= (Math.Abs(a.Y - b.Y) < 0.03 ? 0.02 : most);
    }
}

/// <summary>A picture's size in units of its short side; at least one of the two values is 1.</summary>
internal readonly record struct SceneFrame(double Width, double Height);
