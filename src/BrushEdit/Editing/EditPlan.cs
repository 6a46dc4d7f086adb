using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>
/// The plan of an edit, created from an instruction by a planner or written by hand. Every part can be changed. Since its texts also come from plan
/// files, servers and pictures, each is reduced to one plain line (<see cref="PlainText.Line"/>).
/// </summary>
public sealed class EditPlan
{
    private EditType editType;
    private string? target;
    private Selection[] selection = [];
    private string? caption;
    private string? instruction;
    private string? newContent;
    private string? fillCaption;
    private string planner = "User";
    private IReadOnlyList<string> notes = [];

    /// <summary>The user's instruction; null if the plan was written by hand.</summary>
    public string? Instruction
    {
        get => instruction;
        set => instruction = Plain(value);
    }

    /// <summary>Which of the five kinds of edit this is.</summary>
    public EditType EditType
    {
        get => editType;
        set
        {
            FillCaption = value == editType ? FillCaption : null;
            editType = value;
        }
    }

    /// <summary>
    /// What in the picture is edited: a noun phrase of at most five words, or several separated by full stops ("dog. red ball"), in the form that a
    /// detector reads. For a background edit it names the foreground, which stays; null if the whole picture is edited or something is added. Setting
    /// it selects the most certain detection of each phrase.
    /// </summary>
    public string? Target
    {
        get => target;
        set
        {
            string? plain = Plain(value);
            selection = plain == target ? selection : [.. Editing.Selection.OfTarget(plain)];
            target = plain;
        }
    }

    /// <summary>
    /// Which of the objects that the target names are meant, and how many: one selection for each phrase of the target. Setting it also changes the
    /// target.
    /// </summary>
    public Selection[] Selection
    {
        get => selection;
        set
        {
            selection = value ?? [];
            target = selection.Length == 0 ? null : string.Join(". ", selection.Select(one => one.Phrase));
        }
    }

    /// <summary>What is added to the picture, or what the target becomes: "a blue star", "night"; null for a removal or if it is not known.</summary>
    public string? NewContent
    {
        get => newContent;
        set => newContent = Plain(value);
    }

    /// <summary>What the picture shows after the edit. A caption that is set here is passed to the fill unchanged.</summary>
    public string? Caption
    {
        get => caption;
        set
        {
            string? plain = Plain(value);
            FillCaption = plain == caption ? FillCaption : null;
            caption = plain;
        }
    }

    /// <summary>
    /// The caption that the fill uses instead of <c>Caption</c>; null if it uses <c>Caption</c>. For a removal, it describes what is behind the
    /// target: the caption without the objects in it. For an addition, and for a replacement by another kind of object, it names that object alone if
    /// the caption also names others, because a fill draws every object it is prompted with into the hole. Setting another caption or another kind of
    /// edit resets it to null.
    /// </summary>
    public string? FillCaption
    {
        get => fillCaption;
        set => fillCaption = Plain(value);
    }

    /// <summary>Where an addition is placed, in pixels of the picture; null for other edits.</summary>
    public Box? Box { get; set; }

    /// <summary>Who created the plan: a planner's name, or <c>User</c>.</summary>
    public string Planner
    {
        get => planner;
        set => planner = PlainText.Line(value);
    }

    /// <summary>The planner's confidence, in [0, 1].</summary>
    public double Confidence { get; set; } = 1;

    /// <summary>Notes for a reader of the plan: doubts, disagreements, repairs.</summary>
    public IReadOnlyList<string> Notes
    {
        get => notes;
        set => notes = [.. (value ?? []).Select(PlainText.Line)];
    }

    private static string? Plain(string? text) => text is null ? null : PlainText.Line(text);

    /// <summary>Returns the plan with other selections of the same objects.</summary>
    /// <param name="others">The selections.</param>
    internal EditPlan Selecting(Selection[] others)
    {
        EditPlan other = (EditPlan)MemberwiseClone();
        other.selection = others;
        return other;
    }

    /// <summary>Returns the plan for a picture that has moved on its canvas: its box moves with the picture.</summary>
    /// <param name="dx">Pixels to the right.</param>
    /// <param name="dy">Pixels down.</param>
    internal EditPlan Moved(double dx, double dy)
    {
        EditPlan moved = (EditPlan)MemberwiseClone();
        moved.Box = Box?.Move(dx, dy);
        return moved;
    }
}
