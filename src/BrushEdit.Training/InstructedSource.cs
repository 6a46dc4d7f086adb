using BrushEdit.Synthesizing;

namespace BrushEdit.Training;

/// <summary>
/// Edits of whole drawn pictures by instruction, every kind equally often: the true result, the picture before, the instruction as the caption, and
/// as the hole the part that changes.
/// </summary>
/// <param name="seed">Determines all examples.</param>
/// <param name="size">The side in pixels.</param>
/// <param name="split">The family the scenes are of.</param>
public sealed class InstructedSource(ulong seed, int size, SceneSplit split = SceneSplit.Train) : ITrainingSource
{
    private static readonly SceneEditForm[] Forms = Enum.GetValues<SceneEditForm>();

    /// <inheritdoc/>
    public int Width => size;

    /// <inheritdoc/>
    public int Height => size;

    /// <inheritdoc/>
    public TrainingSample Sample(long index)
    {
        ulong own = (seed << 40) + (ulong)index;
        Random random = new(SampleSeed.Of(own));
        ToyScene scene = ToyScene.Draw(own, new ToySceneOptions { Width = size, Height = size, MinObjects = 1, MaxObjects = 3, Split = split });
        SceneEdit edit = scene.Edit(Forms[random.Next(Forms.Length)], own);
        return new TrainingSample(edit.Rgb, edit.Mask, edit.Instruction, scene.Rgb);
    }
}
