using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell;

/// <summary>One thing that a cmdlet works on, before it is opened: an edit or a picture in memory, a file, or what is wrong with it.</summary>
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

    /// <summary>The file's full name; null for what is in memory, and where something is wrong.</summary>
    public string? Path { get; }

    /// <summary>The mask, where a mask was given in a picture's place.</summary>
    public Mask? Mask { get; private init; }

    /// <summary>The row or scene that named it; null if it came by itself.</summary>
    public PSObject? Row { get; init; }

    /// <summary>Whether it is an edit that has begun already, with parts of its own.</summary>
    public bool IsEdit { get; private init; }

    /// <summary>An edit that is passed along the chain.</summary>
    /// <param name="edit">The edit.</param>
    public static SourceItem Of(ImageEdit edit) => new(edit, edit, null, null) { IsEdit = true };

    /// <summary>A picture in memory.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="row">The scene or row it came with; null for none.</param>
    public static SourceItem Of(Picture picture, PSObject? row = null) => new((object?)row ?? picture, new ImageEdit(picture), null, null) { Row = row };

    /// <summary>A mask in a picture's place.</summary>
    /// <param name="mask">The mask.</param>
    public static SourceItem Of(Mask mask) => new(mask, null, null, null) { Mask = mask };

    /// <summary>A file.</summary>
    /// <param name="path">Its full name.</param>
    /// <param name="row">The row that names it; null for none.</param>
    public static SourceItem Of(string path, PSObject? row) => new(path, null, path, null) { Row = row };

    /// <summary>Something that cannot be used.</summary>
    /// <param name="target">What was given.</param>
    /// <param name="fault">Why not.</param>
    public static SourceItem Of(object target, EditException fault) => new(target, null, null, fault);

    /// <summary>Throws what is wrong, where something is.</summary>
    public void Require()
    {
        if (fault is not null)
        {
            throw fault;
        }
    }

    /// <summary>The edit, or a new one of the picture; reads the file where it is one.</summary>
    /// <exception cref="EditException">It cannot be used, or the file cannot be read.</exception>
    public ImageEdit Open()
    {
        Require();
        return edit ?? (Mask is null ? new ImageEdit(Picture.Open(Path!)) : throw new EditException(
            EditFault.BadArgument, "A mask is not a picture.", "Pipe in the picture, and give the mask with -Mask.", Mask));
    }
}
