using System.Globalization;
using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Invoke-Inpaint</c>: fills the masked part of pictures with what a caption says.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Inpaint", SupportsShouldProcess = true)]
[OutputType(typeof(ImageEdit))]
public sealed class InvokeInpaintCommand : FillCmdlet
{
    /// <summary>Scales a mask of another size to the picture's.</summary>
    [Parameter]
    public SwitchParameter Fit { get; set; }

    /// <inheritdoc />
    protected override IEnumerable<ImageEdit> Complete(ImageEdit edit)
    {
        FillStage stage = new(Inpainter, Caption, ReadSettings() with { CaptionBefore = string.IsNullOrWhiteSpace(CaptionBefore) ? null : CaptionBefore });
        bool isFilled = edit.Result is not null && !Force;
        edit = isFilled ? edit : WithMask(edit);
        edit = Extend is null ? edit : RunStage(edit, new ExtendStage(Extend));
        string? file = OutputFile(edit);
        if (isFilled && file is not null && !ShouldProcess(edit.Name, $"Write its result into '{file}'"))
        {
            return [];
        }

        if (!isFilled)
        {
            (Mask mask, string caption) = stage.Needs(edit);
            string into = file is null ? string.Empty : $", into '{file}'";
            if (!ShouldProcess(edit.Name, string.Create(CultureInfo.InvariantCulture, $"Fill {mask.Coverage:P1} of it with '{caption}'{into}")))
            {
                return [];
            }
        }

        IReadOnlyList<ImageEdit> done = RunStage(edit, Force, context => [stage.Complete(edit, context)], null, Preview, Screen);
        WriteOutput(done[0], file);
        return done;
    }

    private ImageEdit WithMask(ImageEdit edit)
    {
        if (Mask is null && MaskPattern is null)
        {
            return edit;
        }

        Mask mask = new MaskArgument(SessionState, Fit, MaskPattern).Resolve(Mask, edit.Picture);
        if (ReferenceEquals(mask, edit.Mask))
        {
            return edit;
        }

        TellOf(edit.Name, mask);
        ImageEdit masked = edit.Clone();
        masked.Mask = mask;
        return masked;
    }
}
