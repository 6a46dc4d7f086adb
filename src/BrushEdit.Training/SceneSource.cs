using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Planning;
using BrushEdit.Segmenting;
using BrushEdit.Synthesizing;

namespace BrushEdit.Training;

/// <summary>
/// Examples drawn from scenes: every kind of edit with its true result, and random brush masks. Captions are the planner's for the
/// edit's instruction, or describe what is in the hole and what it stands on, or the whole picture. Masks are the true ones or looser, as
/// masks that are found or planned are. Scenes are drawn larger than the canvas, up to two and a half times the side, and cut and scaled
/// around the hole by the rule that pictures are edited by, so that what is filled has the size it will have then.
/// </summary>
/// <param name="seed">Decides all examples.</param>
/// <param name="size">The side in pixels.</param>
/// <param name="whole">Whether all examples are edits of whole pictures: a new background, another light, or brush strokes anywhere.</param>
/// <param name="split">The family the scenes are of.</param>
public sealed class SceneSource(ulong seed, int size, bool whole = false, SceneSplit split = SceneSplit.Train) : ITrainingSource
{
    private static readonly (double Share, SceneEditForm? Form)[] WholeMixture = [(0.8, SceneEditForm.Background), (0.12, SceneEditForm.Light), (0.08, null)];

    private static readonly (double Share, SceneEditForm? Form)[] Mixture =
    [
        (0.13, SceneEditForm.Remove),
        (0.46, SceneEditForm.Add),
        (0.07, SceneEditForm.Recolor),
        (0.26, SceneEditForm.Replace),
        (0.02, SceneEditForm.Background),
        (0.02, SceneEditForm.Light),
        (0.04, null),
    ];

    private const double OwnSizeShare = 0.05;

    private const double LooseShare = 0.1;

    private const double RoomShare = 0.7;

    // Edits by instruction bring the planner's caption; a caption of the user's own tells of the whole picture, or of what is in the hole.
    private const double PlannedShare = 0.7;
    private const double WholeCaptionShare = 0.12;

    private static readonly double Margin = new InpaintSettings().ContextMargin;

    /// <inheritdoc/>
    public int Width => size;

    /// <inheritdoc/>
    public int Height => size;

    /// <inheritdoc/>
    public TrainingSample Sample(long index)
    {
        ulong own = (seed << 40) + (ulong)index;
        Random random = new(Mix(own));
        SceneEditForm? chosen = Choose(random);
        bool uncut = chosen is SceneEditForm.Background or SceneEditForm.Light;
        int side = uncut || whole || random.NextDouble() < OwnSizeShare ? size : random.Next(3 * size / 2, (5 * size / 2) + 1);
        ToyScene scene = ToyScene.Draw(own, new ToySceneOptions { Width = side, Height = side, MinObjects = 1, MaxObjects = 3, Split = split });
        if (chosen is not { } form)
        {
            return Cut(scene.Rgb, BrushMasks.Draw(random, side, side), side, scene.Caption, random);
        }

        SceneEdit edit = scene.Edit(form, own);
        string caption = Caption(edit, random);
        return form == SceneEditForm.Light
            ? new TrainingSample(edit.Rgb, edit.Mask, caption, scene.Rgb)
            : Cut(edit.Rgb, uncut ? edit.Mask : Loosen(scene, edit, random), side, caption, random);
    }

    /// <summary>
    /// The edit's mask or, as often, a looser one: for an addition a box that is nearer to a square, as planned ones are, and a little
    /// larger; for a replacement the room that it is given where nothing is known of the new thing; else a few pixels more all round.
    /// </summary>
    internal static byte[] Loosen(ToyScene scene, SceneEdit edit, Random random)
    {
        int width = edit.After.Width;
        int height = edit.After.Height;
        if (edit.Form == SceneEditForm.Replace && random.NextDouble() < RoomShare)
        {
            return WithRoom(scene, edit);
        }

        if (random.Next(2) == 0)
        {
            return edit.Mask;
        }

        if (edit.Form != SceneEditForm.Add)
        {
            return Mask.FromValues(edit.Mask, width, height).Grow(random.Next(1, 1 + (width / 20))).Values.ToArray();
        }

        Box box = Mask.FromValues(edit.Mask, width, height).Bounds!.Value;
        double longer = Math.Max(box.Width, box.Height);
        double square = random.NextDouble();
        (int left, int right) = Widen(random, box.X, box.Right, square * (longer - box.Width), width);
        (int top, int bottom) = Widen(random, box.Y, box.Bottom, square * (longer - box.Height), height);
        byte[] loose = new byte[width * height];
        Fill(loose, width, Box.FromCorners(left, top, right, bottom));
        return loose;
    }

    // The true mask joined with the room that a replacement is given where the new thing's extent is not known.
    private static byte[] WithRoom(ToyScene scene, SceneEdit edit)
    {
        Box Extent(SceneObject thing) => Mask.FromValues(thing.VisibleMask, scene.Width, scene.Height).Binarize().Bounds ?? default;
        SceneObject old = scene.Objects.First(thing => thing.Thing == edit.OldThing);
        Box[] others = [.. scene.Objects.Where(thing => thing != old).Select(Extent).Where(box => !box.IsEmpty)];
        byte[] mask = [.. edit.Mask];
        Fill(mask, scene.Width, ReplacementRoom.Of(Extent(old), scene.Width, scene.Height, others).Clip(scene.Width, scene.Height));
        return mask;
    }

    private static void Fill(byte[] mask, int width, Box box)
    {
        for (int row = box.PixelTop; row < box.PixelBottom; row++)
        {
            mask.AsSpan((row * width) + box.PixelLeft, box.PixelWidth).Fill(255);
        }
    }

    // More room in all, at random on one side or the other, and up to a tenth of the extent more on each.
    private static (int Low, int High) Widen(Random random, double low, double high, double more, int limit)
    {
        double extent = high - low;
        double before = random.NextDouble() * more;
        return (
            (int)Math.Max(0, low - before - (random.NextDouble() * LooseShare * extent)),
            (int)Math.Min(limit, high + (more - before) + (random.NextDouble() * LooseShare * extent)));
    }

    /// <summary>Cuts and scales the canvas out of a scene, around its hole, with a little more or less of what surrounds it.</summary>
    private TrainingSample Cut(byte[] rgb, byte[] hole, int side, string caption, Random random)
    {
        Mask mask = Mask.FromValues(hole, side, side);
        Box bounds = mask.Bounds ?? new Box(0, 0, side, side);
        double margin = Margin * (0.8 + (0.4 * random.NextDouble()));
        WorkRegion region = WorkRegion.Choose(side, side, bounds, size, 1, margin, wholePicture: false);
        RegionPixels cut = RegionPixels.Cut(Picture.FromRgb(rgb, side, side), mask, region);
        return new TrainingSample(cut.Rgb, Array.ConvertAll(cut.Hole, isHole => isHole ? (byte)255 : (byte)0), caption);
    }

    // System.Random with a given seed is the same everywhere; HashCode is not, from one process to the next.
    private static int Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return (int)((value ^ (value >> 31)) & int.MaxValue);
    }

    private SceneEditForm? Choose(Random random)
    {
        double drawn = random.NextDouble();
        foreach ((double share, SceneEditForm? form) in whole ? WholeMixture : Mixture)
        {
            drawn -= share;
            if (drawn < 0)
            {
                return form;
            }
        }

        return null;
    }

    private static string Caption(SceneEdit edit, Random random)
    {
        double drawn = random.NextDouble();
        if (drawn < PlannedShare)
        {
            return RulesPlanner.Plan(new PlanRequest { Instruction = edit.Instruction }).Caption ?? string.Empty;
        }

        SceneDescription after = edit.After.Description;
        bool hasOwnContent = edit.Form is SceneEditForm.Remove or SceneEditForm.Add or SceneEditForm.Recolor or SceneEditForm.Replace;
        if (!hasOwnContent || drawn < PlannedShare + WholeCaptionShare)
        {
            return after.Caption;
        }

        return (after with { Things = edit.NewThing is null ? [] : [edit.NewThing] }).Caption;
    }
}
