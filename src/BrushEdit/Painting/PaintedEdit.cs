using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Painting;

/// <summary>What the page makes of an edit: a mask, a caption, a box. What is as it was stays as it was; the rest is noted as a user's own.</summary>
/// <param name="Mask">The mask.</param>
/// <param name="Caption">The caption of the fill; null or empty for the plan's caption.</param>
/// <param name="Box">The plan's box; null for none.</param>
internal sealed record PaintedEdit(Mask Mask, string? Caption, Box? Box)
{
    private const string Stage = "PaintMask";

    /// <summary>Returns the caption for the fill of an edit.</summary>
    /// <param name="edit">The edit.</param>
    public static string? CaptionOf(ImageEdit edit) => edit.Plan?.FillCaption ?? edit.Plan?.Caption;

    /// <summary>Applies the changes to an edit.</summary>
    /// <param name="edit">The edit; it is not changed.</param>
    /// <param name="time">The time the painting took.</param>
    /// <exception cref="EditException">The mask is empty (BadMask).</exception>
    public ImageEdit AddTo(ImageEdit edit, TimeSpan time)
    {
        if (Mask.IsEmpty)
        {
            throw new EditException(EditFault.BadMask, $"Nothing is painted in '{edit.Name}'.", "Paint the part to edit, or cancel.", Mask);
        }

        bool isPainted = edit.Mask is null || !edit.Mask.SameAs(Mask);
        bool isCaptioned = !string.IsNullOrWhiteSpace(Caption) && Caption != CaptionOf(edit);
        bool isPlaced = Box is { IsEmpty: false } && edit.Plan is not null && edit.Plan.Box != Box;
        if (!isPainted && !isCaptioned && !isPlaced)
        {
            return edit;
        }

        return edit.With(Stage, time, parts =>
        {
            if (isPainted)
            {
                parts.SetMask(Mask);
                parts.NoteOverride("Mask (painted)");
            }

            if (isCaptioned || isPlaced)
            {
                EditPlan plan = edit.Plan is { } known ? known.Selecting(known.Selection) : new EditPlan { EditType = EditType.Local };
                plan.Caption = isCaptioned ? Caption : plan.Caption;
                plan.Box = isPlaced ? Box : plan.Box;
                parts.SetPlan(plan);
                parts.NoteOverride(isCaptioned && isPlaced ? "Plan (caption and box)" : isCaptioned ? "Plan (caption)" : "Plan (box)");
            }
        });
    }
}
