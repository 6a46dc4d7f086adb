using BrushEdit.Scenes;

namespace BrushEdit.Training;

/// <summary>
/// Examples drawn from scenes: every kind of edit with its true result, and random brush masks. Half of the captions tell the
/// whole picture, half only what is in the hole and what it stands on.
/// </summary>
/// <param name="seed">Decides all examples.</param>
/// <param name="size">Pixels a side.</param>
public sealed class SceneSource(ulong seed, int size) : ITrainingSource
{
    private static readonly (double Share, SceneEditForm? Form)[] Mixture =
    [
        (0.32, SceneEditForm.Remove),
        (0.30, SceneEditForm.Add),
        (0.10, SceneEditForm.Recolor),
        (0.10, SceneEditForm.Replace),
        (0.05, SceneEditForm.Background),
        (0.03, SceneEditForm.Light),
        (0.10, null),
    ];

    /// <inheritdoc/>
    public int Width => size;

    /// <inheritdoc/>
    public int Height => size;

    /// <inheritdoc/>
    public TrainingSample Sample(long index)
    {
        ulong own = (seed << 40) + (ulong)index;
        Random random = new(Mix(own));
        ToyScene scene = ToyScene.Draw(own, new ToySceneOptions { Width = size, Height = size, MinObjects = 1, MaxObjects = 3 });
        if (Choose(random) is not { } form)
        {
            return new TrainingSample(scene.Rgb, BrushMasks.Draw(random, size, size), scene.Caption);
        }

        SceneEdit edit = scene.Edit(form, own);
        return new TrainingSample(edit.Rgb, edit.Mask, Caption(edit, random));
    }

    // System.Random with a given seed is the same everywhere; HashCode is not, from one process to the next.
    private static int Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return (int)((value ^ (value >> 31)) & int.MaxValue);
    }

    private static SceneEditForm? Choose(Random random)
    {
        double drawn = random.NextDouble();
        foreach ((double share, SceneEditForm? form) in Mixture)
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
        SceneDescription after = edit.After.Description;
        bool hasOwnContent = edit.Form is SceneEditForm.Remove or SceneEditForm.Add or SceneEditForm.Recolor or SceneEditForm.Replace;
        if (!hasOwnContent || random.NextDouble() < 0.5)
        {
            return after.Caption;
        }

        return (after with { Things = edit.NewThing is null ? [] : [edit.NewThing] }).Caption;
    }
}
