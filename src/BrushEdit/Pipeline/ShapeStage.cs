using System.Diagnostics;
using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Segmentation;

namespace BrushEdit.Pipeline;

/// <summary>Shapes the outline into the mask that the kind of edit needs.</summary>
/// <param name="type">The kind; null for the plan's.</param>
/// <param name="box">Where an addition goes; null for the plan's box.</param>
/// <param name="outline">An outline that stands in for the edit's own; null for that.</param>
/// <param name="options">Growth, softness, and the canvas of the model that is to fill the mask.</param>
public sealed class ShapeStage(EditType? type, Box? box, Mask? outline, MaskShapeOptions options) : IEditStage
{
    /// <inheritdoc/>
    public ImageEdit Complete(ImageEdit edit, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(context);
        EditType kind = KindOf(edit, type);
        if (edit.ShapedFor == kind && outline is null && !context.Force)
        {
            context.Note?.Invoke($"'{edit.Name}' has a mask for {kind} already and is passed on as it is; -Force shapes it again.");
            return edit;
        }

        context.Begin(EditStage.Shape, edit, $"Shaping the mask for {kind}");
        Stopwatch clock = Stopwatch.StartNew();
        ShapedMask shaped = MaskForType.Shape(
            kind, edit.Picture.Width, edit.Picture.Height, outline ?? edit.Outline ?? edit.Mask, kind == EditType.Addition ? box ?? edit.Plan?.Box : null, options);
        context.Note?.Invoke(string.Create(
            CultureInfo.InvariantCulture, $"{edit.Name}: mask for {kind}, grown by {shaped.Grown} pixels, {shaped.Mask.Coverage:P1} of the picture."));
        return edit.With("EditMaskForType", clock.Elapsed, parts =>
        {
            if (outline is not null)
            {
                parts.SetMask(outline);
                parts.NoteOverride(nameof(edit.Mask));
            }

            parts.SetShapedMask(shaped.Mask, kind);
            foreach (MaskWarning warning in shaped.Warnings)
            {
                parts.Warn(warning.Message);
            }
        });
    }

    /// <summary>The kind of edit that a mask is for.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="type">As given; null for the plan's.</param>
    /// <exception cref="EditException">Neither says it.</exception>
    public static EditType KindOf(ImageEdit edit, EditType? type)
    {
        ArgumentNullException.ThrowIfNull(edit);
        return type ?? edit.Plan?.EditType
            ?? throw edit.Missing("kind of edit", "Say with -EditType what the mask is for, or give the edit a plan: Get-EditPlan makes one.");
    }
}
