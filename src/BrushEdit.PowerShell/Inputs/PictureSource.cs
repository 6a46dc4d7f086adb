using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell;

/// <summary>
/// What a picture can be taken of: a path (wildcards allowed), a file, a picture, an edit, a scene of <c>New-ToyScene</c>, or a row of a
/// table that names one of these. Nothing is opened before it is needed.
/// </summary>
public sealed class PictureSource
{
    private PictureSource(SourceKind kind, PSObject item, string? file = null)
    {
        Kind = kind;
        Item = item;
        File = file;
    }

    /// <summary>What was given, without PowerShell's wrapping.</summary>
    public object Value => Item.BaseObject;

    /// <summary>What sort of thing it is.</summary>
    internal SourceKind Kind { get; }

    /// <summary>What was given, with the properties that PowerShell adds.</summary>
    internal PSObject Item { get; }

    /// <summary>The path or exact file name, where it is one of these.</summary>
    internal string? File { get; }

    /// <summary>Looks at what was given. Whatever is nothing of the module's own counts as a row.</summary>
    /// <param name="value">Any object.</param>
    internal static PictureSource Of(object value)
    {
        PSObject item = PSObject.AsPSObject(value);
        return item.BaseObject switch
        {
            string path => new(SourceKind.Path, item, path),
            FileSystemInfo file => new(SourceKind.File, item, file.FullName),
            EditedFile done => new(SourceKind.File, item, done.Path),
            Picture => new(SourceKind.Picture, item),
            ImageEdit => new(SourceKind.Edit, item),
            ToySceneEdit => new(SourceKind.Scene, item),
            Mask => new(SourceKind.Mask, item),
            _ => OfOther(item),
        };
    }

    /// <summary>An exact file name.</summary>
    /// <param name="path">The name; <c>*</c>, <c>?</c> and brackets are parts of it.</param>
    internal static PictureSource OfLiteral(string path) => new(SourceKind.File, PSObject.AsPSObject(path), path);

    /// <summary>What was typed, where it was words.</summary>
    public override string ToString() => File ?? Value.ToString() ?? string.Empty;

    // What a job, a remote session or Export-Clixml gives has the properties of the original and another type.
    private static PictureSource OfOther(PSObject item) => item.TypeNames.FirstOrDefault(name => name.StartsWith("Deserialized.", StringComparison.Ordinal))?["Deserialized.".Length..] switch
    {
        "System.IO.FileInfo" or "System.IO.DirectoryInfo" => new(SourceKind.File, item, Text(item, "FullName")),
        { } type when type == typeof(EditedFile).FullName || type == typeof(Picture).FullName => new(SourceKind.File, item, Text(item, "Path")),
        { } type when type == typeof(ImageEdit).FullName || type == typeof(ToySceneEdit).FullName || type == typeof(Mask).FullName => new(SourceKind.Remains, item),
        _ => new(SourceKind.Row, item),
    };

    private static string? Text(PSObject item, string property) => item.Properties[property]?.Value?.ToString();
}

/// <summary>The sorts of things that a picture can be taken of.</summary>
internal enum SourceKind
{
    /// <summary>A path; wildcards stand for several files.</summary>
    Path,

    /// <summary>One file by its exact name.</summary>
    File,

    /// <summary>A picture that is open already.</summary>
    Picture,

    /// <summary>An edit.</summary>
    Edit,

    /// <summary>A scene with the truth of its edit.</summary>
    Scene,

    /// <summary>A mask, which is not a picture; some cmdlets take it all the same.</summary>
    Mask,

    /// <summary>An object with properties that name a picture and more: a line of a CSV file, a hashtable, a data row.</summary>
    Row,

    /// <summary>An edit, a scene or a mask that came through a job or a file and has lost its pixels.</summary>
    Remains,
}
