using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell;

/// <summary>
/// A source of a picture: a path (wildcards allowed), a file, a picture, an edit, a scene of <c>New-ToyScene</c>, or a row of a
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

    /// <summary>The argument, without PowerShell's wrapping.</summary>
    public object Value => Item.BaseObject;

    /// <summary>The kind of source.</summary>
    internal SourceKind Kind { get; }

    /// <summary>The argument, with the properties that PowerShell adds.</summary>
    internal PSObject Item { get; }

    /// <summary>The path or exact file name, if it is one of these.</summary>
    internal string? File { get; }

    /// <summary>Classifies the argument. Any object that is not of the module's types counts as a row.</summary>
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

    /// <summary>The typed text, if it was text.</summary>
    public override string ToString() => File ?? Value.ToString() ?? string.Empty;

    // Output of a job, a remote session or Export-Clixml has the properties of the original but another type.
    private static PictureSource OfOther(PSObject item) => item.TypeNames.FirstOrDefault(name => name.StartsWith("Deserialized.", StringComparison.Ordinal))?["Deserialized.".Length..] switch
    {
        "System.IO.FileInfo" or "System.IO.DirectoryInfo" => new(SourceKind.File, item, Text(item, "FullName")),
        { } type when type == typeof(EditedFile).FullName || type == typeof(Picture).FullName => new(SourceKind.File, item, Text(item, "Path")),
        { } type when type == typeof(ImageEdit).FullName || type == typeof(ToySceneEdit).FullName || type == typeof(Mask).FullName => new(SourceKind.Remains, item),
        _ => new(SourceKind.Row, item),
    };

    private static string? Text(PSObject item, string property) => item.Properties[property]?.Value?.ToString();
}

/// <summary>The kinds of sources of a picture.</summary>
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

    /// <summary>A mask, which is not a picture; some cmdlets accept it nevertheless.</summary>
    Mask,

    /// <summary>An object with properties that name a picture and more: a line of a CSV file, a hashtable, a data row.</summary>
    Row,

    /// <summary>An edit, a scene or a mask that came through a job or a file and has lost its pixels.</summary>
    Remains,
}
