using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell;

/// <summary>One input of a cmdlet, before it is opened: an edit or a picture in memory, a file, or what is wrong with it.</summary>
internal sealed class SourceItem
{
    private readonly ImageEdit? edit;
    private readonly EditException? fault;

    private SourceItem(object target, ImageEdit? edit, string? path, EditException? fault)
    {
        Target = target;
        this.edit = edit;
        Path = path;
        this.fault = fault;
    }

    /// <summary>What an error record names: the path as given, or the object.</summary>
    public object Target { get; }

    /// <summary>The file's full name; null for an object in memory or an unusable item.</summary>
    public string? Path { get; }

    /// <summary>The mask, if a mask was given in place of a picture.</summary>
    public Mask? Mask { get; private init; }

    /// <summary>The row or scene that named it; null if it came without one.</summary>
    public PSObject? Row { get; init; }

    /// <summary>Whether it is an edit that has already begun and has its own parts.</summary>
    public bool IsEdit { get; private init; }

    /// <summary>An edit that is passed along the chain.</summary>
    /// <param name="edit">The edit.</param>
    public static SourceItem Of(ImageEdit edit) => new(edit, edit, null, null) { IsEdit = true };

    /// <summary>A picture in memory.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="row">The scene or row it came with; null for none.</param>
    public static SourceItem Of(Picture picture, PSObject? row = null) => new((object?)row ?? picture, new ImageEdit(picture), null, null) { Row = row };

    /// <summary>A mask in place of a picture.</summary>
    /// <param name="mask">The mask.</param>
    public static SourceItem Of(Mask mask) => new(mask, null, null, null) { Mask = mask };

    /// <summary>A file.</summary>
    /// <param name="path">Its full name.</param>
    /// <param name="row">The row that names it; null for none.</param>
    public static SourceItem Of(string path, PSObject? row) => new(path, null, path, null) { Row = row };

    /// <summary>An item that cannot be used.</summary>
    /// <param name="target">The argument.</param>
    /// <param name="fault">Why not.</param>
    public static SourceItem Of(object target, EditException fault) => new(target, null, null, fault);

    /// <summary>Throws the item's fault, if any.</summary>
    public void Require()
    {
        if (fault is not null)
        {
            throw fault;
        }
    }

    /// <summary>The edit, or a new edit of the picture; reads the file if it is one.</summary>
    /// <exception cref="EditException">It cannot be used, or the file cannot be read.</exception>
    public ImageEdit Open()
    {
        Require();
        return edit ?? (Mask is null ? new ImageEdit(Picture.Open(Path!)) : throw new EditException(
            EditFault.BadArgument, "A mask is not a picture.", "Pipe in the picture, and give the mask with -Mask.", Mask));
    }
}
