using System.Globalization;
using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Pipeline;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Invoke-Inpaint</c>: fills the masked part of pictures with what a caption says.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Inpaint", DefaultParameterSetName = EditSet, SupportsShouldProcess = true)]
[OutputType(typeof(ImageEdit))]
public sealed class InvokeInpaintCommand : FillCmdlet
{
    /// <summary>Where: a mask, a mask picture's file, or a folder of them.</summary>
    // Not by name from an edit, which has its own: the binder looks into the other sets only where nothing of the default one binds.
    [Parameter(ParameterSetName = EditSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PictureSet)]
    [Alias("MaskFolder")]
    public object? Mask { get; set; }

    /// <summary>How masks in a folder are named.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MaskPattern { get; set; }

    /// <summary>Scales a mask of another size to the picture's.</summary>
    [Parameter]
    public SwitchParameter Fit { get; set; }

    /// <summary>What the picture shows after the edit.</summary>
    [Parameter(ParameterSetName = EditSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PictureSet)]
    [Alias("Prompt")]
    public string? Caption { get; set; }

    /// <inheritdoc />
    protected override IEnumerable<ImageEdit> Complete(ImageEdit edit)
    {
        FillStage stage = new(Inpainter, Caption, Settings);
        bool isFilled = edit.Result is not null && !Force;
        edit = isFilled ? edit : WithMask(edit);
        edit = Extend is null ? edit : RunStage(edit, new ExtendStage(Extend));
        if (!isFilled)
        {
            (Mask mask, string caption) = stage.Needs(edit);
            if (!ShouldProcess(edit.Name, string.Create(CultureInfo.InvariantCulture, $"Fill {mask.Coverage:P1} of it with '{caption}'")))
            {
                return [];
            }
        }

        return RunStage(edit, Force, context => [stage.Complete(edit, context)], null, Preview);
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
