using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>Lists the items that sources denote: each file of a pattern, the picture that a row names. Opens nothing.</summary>
/// <param name="session">The session, for paths relative to the current location.</param>
/// <param name="takesMasks">Whether a row may name a mask if it names no picture.</param>
internal sealed class SourceReader(SessionState session, bool takesMasks)
{
    /// <summary>The properties in which a row may name its picture, in the order in which they are checked.</summary>
    public static IReadOnlyList<string> Names { get; } = ["Picture", "Path", "LiteralPath", "PSPath", "FullName"];

    private readonly PathResolver paths = new(session);

    /// <summary>The items of a source, in order; at least one.</summary>
    /// <param name="source">The source.</param>
    public IEnumerable<SourceItem> Items(PictureSource source) => Items(source, null);

    private IEnumerable<SourceItem> Items(PictureSource source, PSObject? row) => source.Kind switch
    {
        SourceKind.Path => Files(source.File!, IsLiteral(source.File!, row), row),
        SourceKind.File when !string.IsNullOrEmpty(source.File) => Files(source.File, literal: true, row),
        SourceKind.Picture => [SourceItem.Of((Picture)source.Value, row)],
        SourceKind.Edit => [SourceItem.Of((ImageEdit)source.Value)],
        SourceKind.Mask => [SourceItem.Of((Mask)source.Value)],
        SourceKind.Scene => [SourceItem.Of(((ToySceneEdit)source.Value).Picture, source.Item)],
        SourceKind.Remains or SourceKind.File => [SourceItem.Of(source.Item, Remains(source))],
        _ when row is null => Row(source),
        _ => [SourceItem.Of(row, Nothing(source.Item))],
    };

    private IEnumerable<SourceItem> Files(string path, bool literal, PSObject? row)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            return [SourceItem.Of(path, new EditException(EditFault.BadArgument, "A path is empty.", "Give the path of a picture.", path))];
        }

        return paths.Files([path], literal).Select(file => file.Fault is null ? SourceItem.Of(file.Path, row) : SourceItem.Of(file.Path, file.Fault));
    }

    // A table names files: an existing name with brackets is that file, not a pattern.
    private bool IsLiteral(string path, PSObject? row)
    {
        if (row is null || !WildcardPattern.ContainsWildcardCharacters(path))
        {
            return false;
        }

        try
        {
            return File.Exists(paths.Output(path));
        }
        catch (EditException)
        {
            return false;
        }
    }

    private IEnumerable<SourceItem> Row(PictureSource source)
    {
        PSObject row = source.Item;
        foreach (string name in Names)
        {
            if (RowValues.Of(row, name) is not { } value)
            {
                continue;
            }

            bool literal = name is not ("Picture" or "Path") && value is string;
            return Items(literal ? PictureSource.OfLiteral((string)value) : PictureSource.Of(value), row);
        }

        return [takesMasks && RowValues.Of(row, "Mask") is { } mask ? OfMask(row, mask) : SourceItem.Of(source.Value, Nothing(row))];
    }

    private SourceItem OfMask(PSObject row, object mask)
    {
        try
        {
            return SourceItem.Of(new MaskArgument(session, fit: false).Resolve(mask));
        }
        catch (EditException fault)
        {
            return SourceItem.Of(row, fault);
        }
    }

    private EditException Nothing(PSObject row)
    {
        string looked = string.Join(", ", takesMasks ? [.. Names, "Mask"] : Names);
        string[] has = [.. RowValues.Names(row).Take(12)];
        string type = row.BaseObject is PSCustomObject ? "An object" : $"An object of type {row.BaseObject.GetType().Name}";
        return new EditException(
            EditFault.BadArgument,
            $"{type} names no picture: looked for the properties {looked}; it has {(has.Length > 0 ? string.Join(", ", has) : "none")}.",
            "Give a path, a file, a picture, an edit or a scene, or a table with a column Path.",
            row.BaseObject);
    }

    private static EditException Remains(PictureSource source)
    {
        string type = source.Item.TypeNames[0].Split('.')[^1];
        string? path = (source.Item.Properties["Path"]?.Value ?? source.Item.Properties["InputPath"]?.Value) as string;
        return new EditException(
            EditFault.BadArgument,
            $"This {type} came through a job, a remote session or a file, and has lost its pixels; looked for the properties {string.Join(", ", Names)}.",
            string.IsNullOrEmpty(path) ? "Write the result with Export-EditImage in the original session, and pipe in the file." : $"Start from its file '{path}', or write the result with Export-EditImage in the original session.",
            source.Item.BaseObject);
    }
}
