using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Synthesizing;

namespace BrushEdit.PowerShell;

/// <summary>
/// A drawn scene with one edit of it and the truth of that edit, as <c>New-ToyScene</c> returns it. Its properties bind to the parameters
/// of the other cmdlets: <c>Picture</c>, <c>Mask</c>, <c>Caption</c>, <c>Instruction</c>, <c>Target</c>, <c>Box</c>.
/// </summary>
public sealed class ToySceneEdit
{
    internal ToySceneEdit(ToyScene scene, SceneEdit edit)
    {
        Scene = scene;
        Edit = edit;
        Picture = Picture.FromRgb(scene.Rgb, scene.Width, scene.Height);
        Truth = Picture.FromRgb(edit.Rgb, scene.Width, scene.Height);
        Mask = Mask.FromValues(edit.Mask, scene.Width, scene.Height);
    }

    /// <summary>The scene before the edit.</summary>
    public Picture Picture { get; }

    /// <summary>The scene's width and height for display: <c>64 x 48</c>.</summary>
    public string Size => Picture.Size;

    /// <summary>Where the true result may differ from the scene: white = edit.</summary>
    public Mask Mask { get; }

    /// <summary>What the scene shows after the edit.</summary>
    public string Caption => Edit.CaptionAfter;

    /// <summary>What a user would say.</summary>
    public string Instruction => Edit.Instruction;

    /// <summary>The kind of edit.</summary>
    public EditType EditType => Edit.Type;

    /// <summary>The phrases for what is edited, with full stops between; empty for an addition and a change of light.</summary>
    public string Target => Edit.Target;

    /// <summary>Where, in pixels.</summary>
    public Box Box => new(Edit.Box.X, Edit.Box.Y, Edit.Box.Width, Edit.Box.Height);

    /// <summary>The true scene after the edit.</summary>
    public Picture Truth { get; }

    /// <summary>What the scene shows before the edit, in words.</summary>
    public string SceneCaption => Scene.Caption;

    /// <summary>The objects of the scene before the edit.</summary>
    public IReadOnlyList<SceneObject> Objects => Scene.Objects;

    /// <summary>The seed the scene was drawn from.</summary>
    public ulong Seed => Scene.Seed;

    /// <summary>The scene before the edit, with everything known about it.</summary>
    public ToyScene Scene { get; }

    /// <summary>The edit, with everything known about it.</summary>
    public SceneEdit Edit { get; }
}
