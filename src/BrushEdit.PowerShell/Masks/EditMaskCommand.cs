using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.PowerShell.Infrastructure;
using ImageMask = BrushEdit.Imaging.Mask;

namespace BrushEdit.PowerShell;

/// <summary>
/// <c>Edit-Mask</c>: grows, shrinks, moves, inverts or squares a mask, or an edit's mask. Operations that are given together run in a fixed
/// order: fit, grow, shrink, hull, move, invert. With <c>-Paint</c> the user paints it in the browser.
/// </summary>
[Cmdlet(VerbsData.Edit, "Mask", DefaultParameterSetName = ChangeSet, SupportsShouldProcess = true)]
[OutputType(typeof(Mask), typeof(ImageEdit))]
public sealed partial class EditMaskCommand : PictureCmdlet
{
    private const string ChangeSet = "Change";
    private const string PaintSet = "Paint";

    private MaskArgument masks = null!;

    /// <summary>A mask, or its file; in place of the one that an edit has.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? Mask { get; set; }

    /// <summary>How masks in a folder are named.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MaskPattern { get; set; }

    /// <summary>The picture whose size a mask is scaled to.</summary>
    [Parameter(ParameterSetName = ChangeSet)]
    [PictureTransformation]
    public Picture? Fit { get; set; }

    /// <summary>Pixels to grow by.</summary>
    [Parameter(ParameterSetName = ChangeSet)]
    [ValidateRange(0, 100_000)]
    public int Grow { get; set; }

    /// <summary>Pixels to shrink by.</summary>
    [Parameter(ParameterSetName = ChangeSet)]
    [ValidateRange(0, 100_000)]
    public int Shrink { get; set; }

    /// <summary>The structuring element of growing and shrinking.</summary>
    [Parameter(ParameterSetName = ChangeSet)]
    public MorphologyElement Element { get; set; } = MorphologyElement.Disk;

    /// <summary>Replaces the mask by the box around it.</summary>
    [Parameter(ParameterSetName = ChangeSet)]
    public SwitchParameter BoxHull { get; set; }

    /// <summary>Replaces the mask by an ellipse around it.</summary>
    [Parameter(ParameterSetName = ChangeSet)]
    public SwitchParameter EllipseHull { get; set; }

    /// <summary>Pixels to the right and down.</summary>
    [Parameter(ParameterSetName = ChangeSet)]
    [PointTransformation]
    public (double X, double Y)[] Move { get; set; } = [];

    /// <summary>Swaps the areas to edit and to keep.</summary>
    [Parameter(ParameterSetName = ChangeSet)]
    public SwitchParameter Invert { get; set; }

    private bool ChangesAnything => Fit is not null || Grow > 0 || Shrink > 0 || BoxHull || EllipseHull || Move.Length > 0 || Invert;

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        masks = new MaskArgument(SessionState, fit: false, MaskPattern);
        Demand(Paint ? BeginPainting : CheckArguments);
    }

    /// <inheritdoc />
    private protected override bool TakesMasks => !Paint;

    /// <inheritdoc />
    private protected override void ProcessAlone()
    {
        if (Mask is null || Paint)
        {
            base.ProcessAlone();
        }

        ImageMask given = masks.Alone(Mask!);
        TellOf(null, given);
        WriteObject(Change(given));
    }

    /// <inheritdoc />
    private protected override void Process(SourceItem item)
    {
        if (Paint)
        {
            PaintMask(Open(item), Mask);
            return;
        }

        if (item.Mask is { } alone)
        {
            WriteObject(Change(masks.Alone(alone)));
        }
        else if (item.Row?.BaseObject is ToySceneEdit && Mask is not null)
        {
            WriteObject(Change(masks.Alone(Mask)));
        }
        else if (item.IsEdit || Mask is not null || MaskPattern is not null)
        {
            WriteObject(Change(masks.Give(Open(item), Mask)));
        }
        else
        {
            // A picture or a file is treated as a drawn mask.
            WriteObject(Change(ImageMask.FromPicture(Open(item).Picture)));
        }
    }

    private void CheckArguments()
    {
        if (!ChangesAnything)
        {
            throw new EditException(
                EditFault.BadArgument, "No change of the mask is given.", "Give at least one of -Grow, -Shrink, -BoxHull, -EllipseHull, -Move, -Invert, -Fit.");
        }

        if (BoxHull && EllipseHull)
        {
            throw new EditException(EditFault.BadArgument, "-BoxHull and -EllipseHull are both given.", "Give -BoxHull or -EllipseHull.");
        }

        if (Move.Length > 1)
        {
            throw new EditException(EditFault.BadArgument, $"-Move takes two numbers, but {2 * Move.Length} were given.", "Give two: pixels to the right and pixels down.", Move);
        }
    }

    private ImageEdit Change(ImageEdit edit)
    {
        ImageEdit copy = edit.Clone();
        copy.Mask = Change(edit.Mask ?? throw edit.Missing("mask", "Make one with New-EditMask."));
        return copy;
    }

    private ImageMask Change(ImageMask mask)
    {
        ImageMask changed = Fit is null ? mask : mask.Fit(Fit.Width, Fit.Height);
        changed = Grow > 0 ? changed.Grow(Grow, Element) : changed;
        changed = Shrink > 0 ? changed.Shrink(Shrink, Element) : changed;
        changed = BoxHull ? changed.BoxHull() : EllipseHull ? changed.EllipseHull() : changed;
        foreach ((double x, double y) in Move)
        {
            changed = changed.Move((int)Math.Round(x), (int)Math.Round(y));
        }

        changed = Invert ? changed.Invert() : changed;
        return changed.IsEmpty
            ? throw new EditException(EditFault.BadMask, $"Nothing is left of the mask of {mask.Width} x {mask.Height} pixels.", "Shrink or move it less.", mask)
            : changed;
    }
}
