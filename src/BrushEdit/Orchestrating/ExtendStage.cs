using BrushEdit.Editing;

namespace BrushEdit.Orchestrating;

/// <summary>Enlarges the canvas: the new area joins the mask, and the existing area stays. The fill stage then fills it like any mask.</summary>
/// <param name="margins">The margins to add.</param>
public sealed class ExtendStage(CanvasMargins margins) : IEditStage
{
    /// <inheritdoc/>
    public ImageEdit Complete(ImageEdit edit, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(context);
        if (edit.Extension == margins)
        {
            context.Note?.Invoke($"'{edit.Name}' is already extended by {margins}.");
            return edit;
        }

        if (edit.Result is not null)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"'{edit.Name}' is already filled, at its own size.",
                "Extend its result, as another round: $edit.Next() | Invoke-Inpaint -Extend ...",
                edit);
        }

        context.Note?.Invoke($"{edit.Name}: extended by {margins} pixels.");
        return edit.Extend(margins);
    }
}
