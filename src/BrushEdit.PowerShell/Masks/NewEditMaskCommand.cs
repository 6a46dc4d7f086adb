using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>
/// <c>New-EditMask</c>: a mask from a box, an ellipse, a polygon, a mask picture or a picture's own alpha channel. White (255) is
/// what is edited.
/// </summary>
[Cmdlet(VerbsCommon.New, "EditMask", DefaultParameterSetName = BoxSet)]
[OutputType(typeof(Mask), typeof(ImageEdit))]
public sealed class NewEditMaskCommand : EditCmdlet
{
    private const string BoxSet = "Box";
    private const string EllipseSet = "Ellipse";
    private const string PolygonSet = "Polygon";
    private const string PathSet = "Path";
    private const string AlphaSet = "Alpha";

    /// <summary>Rectangles as x, y, width, height in pixels.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BoxSet)]
    [BoxTransformation]
    public Box[] Box { get; set; } = [];

    /// <summary>Ellipses by the boxes around them.</summary>
    [Parameter(Mandatory = true, ParameterSetName = EllipseSet)]
    [BoxTransformation]
    public Box[] Ellipse { get; set; } = [];

    /// <summary>Corners x, y of a polygon in pixels, at least three.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PolygonSet)]
    [PointTransformation]
    public (double X, double Y)[] Polygon { get; set; } = [];

    /// <summary>A mask picture: white = edit.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet)]
    public string Path { get; set; } = string.Empty;

    /// <summary>The picture's own alpha channel: transparent = edit.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AlphaSet)]
    public SwitchParameter Alpha { get; set; }

    /// <summary>An edit that gets the mask and is passed on.</summary>
    [Parameter(ValueFromPipeline = true)]
    [EditTransformation]
    public ImageEdit? InputObject { get; set; }

    /// <summary>The picture the mask is for; its size is the mask's.</summary>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [PictureTransformation]
    public Picture? Picture { get; set; }

    /// <summary>Pixels across, where no picture is given.</summary>
    [Parameter(ParameterSetName = BoxSet)]
    [Parameter(ParameterSetName = EllipseSet)]
    [Parameter(ParameterSetName = PolygonSet)]
    [ValidateRange(1, 100_000)]
    public int Width { get; set; }

    /// <summary>Pixels down, where no picture is given.</summary>
    [Parameter(ParameterSetName = BoxSet)]
    [Parameter(ParameterSetName = EllipseSet)]
    [Parameter(ParameterSetName = PolygonSet)]
    [ValidateRange(1, 100_000)]
    public int Height { get; set; }

    /// <summary>Soft edges of a polygon: values follow the area covered.</summary>
    [Parameter(ParameterSetName = PolygonSet)]
    public SwitchParameter Antialias { get; set; }

    /// <summary>Scales a mask picture of another size to the picture's.</summary>
    [Parameter(ParameterSetName = PathSet)]
    public SwitchParameter Fit { get; set; }

    /// <summary>How masks in a folder are named.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    public string? MaskPattern { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        object? made = null;
        if (Attempt(InputObject ?? (object?)Picture, () => made = InputObject is null ? Make(Picture) : Complete(InputObject)))
        {
            WriteObject(made);
        }
    }

    private ImageEdit Complete(ImageEdit edit)
    {
        ImageEdit copy = edit.Clone();
        copy.Mask = Make(edit.Picture);
        return copy;
    }

    private Mask Make(Picture? picture)
    {
        if (ParameterSetName == AlphaSet)
        {
            return picture?.AlphaMask()
                ?? throw new EditException(EditFault.BadArgument, "There is no picture to take the alpha channel of.", "Pipe the picture in, or give -Picture.");
        }

        if (ParameterSetName == PathSet)
        {
            Mask read = picture is null
                ? Mask.Open(new PathResolver(SessionState).Output(Path))
                : new MaskArgument(SessionState, Fit, MaskPattern).Resolve(Path, picture);
            TellOf(picture?.Path is { } path ? System.IO.Path.GetFileName(path) : null, read);
            return read;
        }

        (int width, int height) = Size(picture);
        Mask mask = ParameterSetName switch
        {
            BoxSet => Box.Select(b => Mask.FromBox(width, height, b)).Aggregate((a, b) => a.Union(b)),
            EllipseSet => Ellipse.Select(b => Mask.FromEllipse(width, height, b)).Aggregate((a, b) => a.Union(b)),
            _ => Mask.FromPolygon(width, height, Polygon, Antialias),
        };
        if (mask.IsEmpty)
        {
            throw new EditException(
                EditFault.BadMask, $"The {ParameterSetName.ToLowerInvariant()} covers nothing of {width} x {height} pixels.", "Give coordinates in pixels, from the picture's top left.", mask);
        }

        return mask;
    }

    private (int Width, int Height) Size(Picture? picture)
    {
        if (picture is not null)
        {
            return Width == 0 && Height == 0
                ? (picture.Width, picture.Height)
                : throw new EditException(EditFault.BadArgument, "A picture and a size are both given.", "Leave -Width and -Height away: the picture has its own size.", picture);
        }

        return Width > 0 && Height > 0
            ? (Width, Height)
            : throw new EditException(EditFault.BadArgument, "The mask's size is not known.", "Pipe the picture in, or give -Width and -Height.");
    }
}
