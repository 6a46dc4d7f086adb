using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.PowerShell.Infrastructure;
using ImageMask = BrushEdit.Imaging.Mask;

namespace BrushEdit.PowerShell;

/// <summary>
/// <c>New-EditMask</c>: a mask from a box, an ellipse, a polygon, a mask picture or a picture's own alpha channel. White (255) is
/// what is edited.
/// </summary>
[Cmdlet(VerbsCommon.New, "EditMask")]
[OutputType(typeof(Mask), typeof(ImageEdit))]
public sealed class NewEditMaskCommand : PictureCmdlet
{
    private const string Shapes = "-Box, -Ellipse, -Polygon, -Alpha and -Mask";

    private bool isShapeTyped;

    /// <summary>Rectangles as x, y, width, height in pixels.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [BoxTransformation]
    public Box[] Box { get; set; } = [];

    /// <summary>Ellipses by the boxes around them.</summary>
    [Parameter]
    [BoxTransformation]
    public Box[] Ellipse { get; set; } = [];

    /// <summary>Corners x, y of a polygon in pixels, at least three.</summary>
    [Parameter]
    [PointTransformation]
    public (double X, double Y)[] Polygon { get; set; } = [];

    /// <summary>The picture's own alpha channel: transparent = edit.</summary>
    [Parameter]
    public SwitchParameter Alpha { get; set; }

    /// <summary>A mask picture (white = edit), or a folder of them.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? Mask { get; set; }

    /// <summary>The width in pixels, if no picture is given.</summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int Width { get; set; }

    /// <summary>The height in pixels, if no picture is given.</summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int Height { get; set; }

    /// <summary>Soft edges of a polygon: values follow the area covered.</summary>
    [Parameter]
    public SwitchParameter Antialias { get; set; }

    /// <summary>Scales a mask picture of another size to the picture's.</summary>
    [Parameter]
    public SwitchParameter Fit { get; set; }

    /// <summary>How masks in a folder are named.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MaskPattern { get; set; }

    // A pattern alone means masks that are stored beside their pictures.
    private bool OfMask => Mask is not null || MaskPattern is not null;

    // Without a shape, a file is the mask picture itself.
    private int ShapesGiven => new[] { Box.Length > 0, Ellipse.Length > 0, Polygon.Length > 0, Alpha.IsPresent, OfMask }.Count(given => given);

    private bool MayTakeMask => ShapesGiven == 0 || (ShapesGiven == 1 && Mask is null && MaskPattern is not null);

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (MayTakeMask && Path is [{ File: { } file }] && (Picture ?? InputObject) is not null && !IsPiped)
        {
            (Mask, Path) = (file, null);
            Recount(nameof(Path), nameof(Mask));
        }

        isShapeTyped = ShapesGiven > 0;
        Demand(() => RequireOneShape());
    }

    /// <inheritdoc />
    // 'Import-EditImage photo.jpg | New-EditMask mask.png'
    private protected override string? TakeWords(string[] words)
    {
        if (!MayTakeMask || words.Length > 1)
        {
            return null;
        }

        Mask = words[0];
        return nameof(Mask);
    }

    /// <inheritdoc />
    // What was typed takes precedence over another kind of shape in a row. A scene's truth is not used to make a mask.
    private protected override bool Takes(string parameter, bool ofScene) => !ofScene && (!isShapeTyped || (parameter == nameof(Mask) && !IsTyped(parameter) && MayTakeMask));

    /// <inheritdoc />
    private protected override void ProcessAlone()
    {
        if (ShapesGiven == 0)
        {
            base.ProcessAlone();
        }

        WriteObject(Make(null));
    }

    /// <inheritdoc />
    private protected override void Process(SourceItem item)
    {
        if (ShapesGiven == 0 && item.Path is { } file)
        {
            ImageMask read = ImageMask.Open(file);
            TellOf(null, read);
            WriteObject(read);
            return;
        }

        if (!RequireOneShape())
        {
            throw new EditException(EditFault.BadArgument, "No kind of mask is given.", $"Give one of {Shapes}.");
        }

        ImageEdit edit = Open(item);
        if (!item.IsEdit && item.Path is null)
        {
            WriteObject(Make(edit.Picture));
            return;
        }

        edit = edit.Clone();
        edit.Mask = Make(edit.Picture);
        WriteObject(edit);
    }

    private bool RequireOneShape() => ShapesGiven <= 1
        ? ShapesGiven == 1
        : throw new EditException(EditFault.BadArgument, "A mask is made from one source, but several are given.", $"Give one of {Shapes}, and Edit-Mask for more.");

    private ImageMask Make(Picture? picture)
    {
        if (Alpha)
        {
            return picture?.AlphaMask()
                ?? throw new EditException(EditFault.BadArgument, "There is no picture whose alpha channel could be used.", "Pipe the picture in, or give -Picture.");
        }

        if (OfMask)
        {
            MaskArgument given = new(SessionState, Fit, MaskPattern);
            ImageMask read = picture is not null ? given.Resolve(Mask, picture)
                : Mask is not null && MaskPattern is null ? given.Resolve(Mask)
                : throw new EditException(EditFault.BadArgument, "-MaskPattern names the masks of pictures, but there is no picture.", "Pipe the pictures in.", MaskPattern);
            TellOf(picture?.Path is { } path ? System.IO.Path.GetFileName(path) : null, read);
            return read;
        }

        (int width, int height) = Size(picture);
        (ImageMask mask, string shape) = Box.Length > 0 ? (Box.Select(b => ImageMask.FromBox(width, height, b)).Aggregate((a, b) => a.Union(b)), "box")
            : Ellipse.Length > 0 ? (Ellipse.Select(b => ImageMask.FromEllipse(width, height, b)).Aggregate((a, b) => a.Union(b)), "ellipse")
            : (ImageMask.FromPolygon(width, height, Polygon, Antialias), "polygon");
        if (mask.IsEmpty)
        {
            throw new EditException(
                EditFault.BadMask, $"The {shape} covers none of the {width} x {height} pixels.", "Give coordinates in pixels, from the picture's top left.", mask);
        }

        return mask;
    }

    private (int Width, int Height) Size(Picture? picture)
    {
        if (picture is not null)
        {
            return Width == 0 && Height == 0
                ? (picture.Width, picture.Height)
                : throw new EditException(EditFault.BadArgument, "A picture and a size are both given.", "Omit -Width and -Height: the picture has its own size.", picture);
        }

        return Width > 0 && Height > 0
            ? (Width, Height)
            : throw new EditException(EditFault.BadArgument, "The mask's size is not known.", "Pipe the picture in, or give -Width and -Height.");
    }
}
