using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell;

/// <summary>What is drawn into a file.</summary>
internal static class ExportPicture
{
    /// <summary>The picture of an edit's content.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="content">Which content.</param>
    /// <exception cref="EditException">The edit lacks it; says which cmdlet gives it.</exception>
    public static Picture Of(ImageEdit edit, ExportContent content) => content switch
    {
        ExportContent.Picture => edit.Picture,
        ExportContent.Mask => MaskOf(edit).ToPicture(),
        ExportContent.Overlay => MaskOf(edit).Overlay(edit.Picture),
        ExportContent.Detections => edit.Detections is null
            ? throw edit.Missing("detections", "Pipe it through Find-Object first.")
            : EditOverlay.Draw(edit, mask: false),
        ExportContent.Comparison => EditSheet.Draw(edit),
        _ => edit.Result ?? throw edit.Missing("result", "Pipe it through Invoke-Inpaint first, or say with -Content what else to write."),
    };

    private static Mask MaskOf(ImageEdit edit) => edit.Mask ?? throw edit.Missing("mask", "Make one with New-EditMask.");
}
