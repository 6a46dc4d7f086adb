using System.Management.Automation;
using BrushEdit.Imaging;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>The argument of <c>-Original</c>: a picture, its file, or a folder of originals that are named like the results.</summary>
/// <param name="session">The session, for paths relative to the current location.</param>
internal sealed class OriginalSearch(SessionState session)
{
    private readonly Dictionary<string, ILookup<string, string>> listings = new(StringComparer.Ordinal);

    /// <summary>Opens the original of a result.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="result">The result's file; null for a picture in memory.</param>
    /// <exception cref="EditException">No or several files have that name, or it cannot be read.</exception>
    public Picture Open(object given, string? result) => (given is PSObject wrapped ? wrapped.BaseObject : given) switch
    {
        Picture picture => picture,
        FileInfo file => Picture.Open(file.FullName),
        DirectoryInfo folder => Picture.Open(InFolder(folder.FullName, result)),
        string text => OfPath(new PathResolver(session).Output(text), result),
        object other => throw new EditException(
            EditFault.BadArgument, $"A {other.GetType().Name} is not an original.", "Give -Original a picture, its file, or a folder of pictures named like the results.", other),
    };

    private Picture OfPath(string path, string? result) => Picture.Open(Directory.Exists(path) ? InFolder(path, result) : path);

    // The same name first, then the same name with another extension.
    private string InFolder(string folder, string? result)
    {
        if (result is null)
        {
            throw new EditException(EditFault.BadArgument, "The result is a picture in memory without a name, so its original cannot be looked up.", "Give the original itself with -Original.", folder);
        }

        string same = Path.Combine(folder, Path.GetFileName(result));
        if (File.Exists(same))
        {
            return same;
        }

        if (!listings.TryGetValue(folder, out ILookup<string, string>? files))
        {
            listings[folder] = files = Directory.EnumerateFiles(folder).Where(file => PictureFormats.OfExtension(file) is not null)
                .ToLookup(file => Path.GetFileNameWithoutExtension(file), StringComparer.OrdinalIgnoreCase);
        }

        string[] found = [.. files[Path.GetFileNameWithoutExtension(result)]];
        return found.Length == 1 ? found[0] : throw new EditException(
            EditFault.NotFound,
            found.Length == 0 ? $"There is no original of '{result}' in '{folder}'." : $"There are several originals of '{result}' in '{folder}': {string.Join(", ", found.Select(Path.GetFileName))}.",
            "Originals have the names of their results; give this one with -Original.",
            result);
    }
}
