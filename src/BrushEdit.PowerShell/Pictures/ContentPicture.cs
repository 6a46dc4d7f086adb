using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell;

/// <summary>Draws a part of an edit: what is written to a file or shown in a terminal.</summary>
internal static class ContentPicture
{
    /// <summary>The picture of a part.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="content">Which part.</param>
    /// <param name="boxes">Whether an overlay shows the boxes that were found as well as the mask; one of the two is then sufficient.</param>
    /// <exception cref="EditException">The edit has no such part yet; the error names the cmdlet that makes it.</exception>
    public static Picture Of(ImageEdit edit, ExportContent content, bool boxes = false) => content switch
    {
        ExportContent.Picture => edit.Picture,
        ExportContent.Mask => MaskOf(edit).ToPicture(),
        ExportContent.Overlay when boxes && edit.Detections is { Length: > 0 } => EditOverlay.Draw(edit),
        ExportContent.Overlay => MaskOf(edit).Overlay(edit.Picture),
        ExportContent.Detections => edit.Detections is null
            ? throw edit.Missing("detections", "Pipe it through Find-Object first.")
            : EditOverlay.Draw(edit, mask: false),
        ExportContent.Comparison => EditSheet.Draw(edit),
        _ => edit.Result ?? throw edit.Missing("result", "Pipe it through Invoke-Inpaint first, or select other content with -Content."),
    };

    /// <summary>The most informative part of an edit: its result, else its mask and boxes, else the picture.</summary>
    /// <param name="edit">The edit.</param>
    public static ExportContent Latest(ImageEdit edit) =>
        edit.Result is not null ? ExportContent.Result
        : edit.Mask is not null || edit.Detections is { Length: > 0 } ? ExportContent.Overlay
        : ExportContent.Picture;

    private static Mask MaskOf(ImageEdit edit) => edit.Mask ?? throw edit.Missing("mask", "Make one with New-EditMask.");
}
