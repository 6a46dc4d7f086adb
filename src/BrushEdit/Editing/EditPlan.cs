using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>
/// The plan of an edit: made from an instruction by a planner, or given by hand. Every part can be changed. Since its texts also come from
/// plan files, servers and pictures, each is reduced to one plain line (<see cref="PlainText.Line"/>).
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

    /// <summary>The user's words; null if the plan was given by hand.</summary>
    public string? Instruction
    {
        get => instruction;
        set => instruction = Plain(value);
    }

    /// <summary>Which of the five kinds of edit it is.</summary>
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
    /// What in the picture is edited, a noun phrase of at most five words, or several with full stops between ("dog. red ball"),
    /// as a detector reads them; for a background the foreground, which stays; null if the whole picture is edited or
    /// something is added. Another one set here selects of each phrase the most certain find.
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
    /// Which of the things that the target names are meant, and how many: one part for each phrase of the target. Others set here make
    /// another target.
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

    /// <summary>What comes into the picture, or what the target becomes: "a blue star", "night"; null for a removal or where it is not known.</summary>
    public string? NewContent
    {
        get => newContent;
        set => newContent = Plain(value);
    }

    /// <summary>What the picture shows after the edit. Another one set here goes to the fill as it is.</summary>
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
    /// The caption of the fill instead of the caption; null if it is told the caption. For a removal what lies behind the target, the
    /// caption without the things in it; for an addition, and a replacement by another kind of thing, that thing alone where the others are:
    /// a fill that is told of other things draws them into the hole. Another caption or another kind of edit sets it back to null.
    /// </summary>
    public string? FillCaption
    {
        get => fillCaption;
        set => fillCaption = Plain(value);
    }

    /// <summary>Where an addition goes, in pixels of the picture; null otherwise.</summary>
    public Box? Box { get; set; }

    /// <summary>Who made the plan: a planner's name, or <c>User</c>.</summary>
    public string Planner
    {
        get => planner;
        set => planner = PlainText.Line(value);
    }

    /// <summary>How sure the planner is, in [0, 1].</summary>
    public double Confidence { get; set; } = 1;

    /// <summary>What a reader of the plan should know: doubts, disagreements, repairs.</summary>
    public IReadOnlyList<string> Notes
    {
        get => notes;
        set => notes = [.. (value ?? []).Select(PlainText.Line)];
    }

    private static string? Plain(string? text) => text is null ? null : PlainText.Line(text);

    /// <summary>The plan with other selections of the same things.</summary>
    /// <param name="others">The selections.</param>
    internal EditPlan Selecting(Selection[] others)
    {
        EditPlan other = (EditPlan)MemberwiseClone();
        other.selection = others;
        return other;
    }

    /// <summary>The plan for a picture that has moved on its canvas: its box moves with it.</summary>
    /// <param name="dx">Pixels to the right.</param>
    /// <param name="dy">Pixels down.</param>
    internal EditPlan Moved(double dx, double dy)
    {
        EditPlan moved = (EditPlan)MemberwiseClone();
        moved.Box = Box?.Move(dx, dy);
        return moved;
    }
}
