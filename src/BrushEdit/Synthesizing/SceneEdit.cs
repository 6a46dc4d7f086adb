using BrushEdit.Editing;

namespace BrushEdit.Synthesizing;

/// <summary>The edits for which a scene provides the ground truth.</summary>
public enum SceneEditForm
{
    /// <summary>An object is removed: "remove the red ball".</summary>
    Remove,

    /// <summary>An object is added: "add a blue star to the left of the green tree".</summary>
    Add,

    /// <summary>An object changes its colour: "make the red ball blue".</summary>
    Recolor,

    /// <summary>An object is replaced by another: "replace the red ball with a green tree".</summary>
    Replace,

    /// <summary>The background changes: "change the background to snow".</summary>
    Background,

    /// <summary>The time of day changes: "make it night", "turn it into dusk".</summary>
    Light,
}

/// <summary>An edit of a scene with its instruction and its ground truth.</summary>
public sealed class SceneEdit
{
    internal SceneEdit(SceneEditForm form, string instruction, IReadOnlyList<string> targets, string newContent, SceneThing? oldThing, SceneThing? newThing, SceneBox box, byte[] mask, ToyScene after)
    {
        Form = form;
        Instruction = instruction;
        Targets = targets;
        NewContent = newContent;
        OldThing = oldThing;
        NewThing = newThing;
        Box = box;
        Mask = mask;
        After = after;
    }

    /// <summary>The form of the edit.</summary>
    public SceneEditForm Form { get; }

    /// <summary>The kind of edit that a planner should infer.</summary>
    public EditType Type => TypeOf(Form);

    /// <summary>The instruction in a user's words.</summary>
    public string Instruction { get; }

    /// <summary>
    /// Phrases that name what is edited: the object removed or changed; for a new background the foreground objects,
    /// which stay; empty for an addition and a change of light.
    /// </summary>
    public IReadOnlyList<string> Targets { get; }

    /// <summary>The targets as one text, separated by full stops, as a detector reads it: "red ball. green tree".</summary>
    public string Target => string.Join(". ", Targets);

    /// <summary>The new content: "a blue star", "snow", "night"; empty for a removal.</summary>
    public string NewContent { get; }

    /// <summary>The object that is removed, recoloured or replaced; otherwise null.</summary>
    public SceneThing? OldThing { get; }

    /// <summary>The object that is added, or that the target becomes; otherwise null.</summary>
    public SceneThing? NewThing { get; }

    /// <summary>Caption of the scene after the edit.</summary>
    public string CaptionAfter => After.Caption;

    /// <summary>
    /// The edited box: the added object's extent; the target's extent (and its successor's, if it is replaced); the whole picture for background and
    /// light.
    /// </summary>
    public SceneBox Box { get; }

    /// <summary>
    /// 255 where the true result may differ from the source, 0 if it is equal to it bit for bit; height x width,
    /// row-major. Removal and replacement: object and shadow, grown by 3 % of the short side. Addition: the box of object
    /// and shadow, grown by as much. Recolouring: every pixel that shows the object. Background: every pixel not wholly covered
    /// by an object. Light: everything.
    /// </summary>
    public byte[] Mask { get; }

    /// <summary>The true scene after the edit, with its objects, boxes and masks.</summary>
    public ToyScene After { get; }

    /// <summary>Pixels of the true scene after the edit, interleaved, row-major.</summary>
    public byte[] Rgb => After.Rgb;

    /// <summary>The edit type of a form.</summary>
    public static EditType TypeOf(SceneEditForm form) => form switch
    {
        SceneEditForm.Remove => EditType.Remove,
        SceneEditForm.Add => EditType.Addition,
        SceneEditForm.Recolor or SceneEditForm.Replace => EditType.Local,
        SceneEditForm.Background => EditType.Background,
        SceneEditForm.Light => EditType.Global,
        _ => throw new EditException(EditFault.BadArgument, $"{(int)form} is not a form of edit.", $"Choose from {string.Join(", ", Enum.GetNames<SceneEditForm>())}.", form),
    };
}
