using System.Collections.Concurrent;
using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// Converts the argument of <c>-Mask</c> to the mask of a picture: a mask, a mask picture or its file, or a folder or pattern of mask pictures
/// that are named like the pictures they belong to.
/// </summary>
/// <param name="session">The session, for paths relative to the current location.</param>
/// <param name="fit">Whether a mask of another size is scaled to the picture's.</param>
/// <param name="pattern">How masks in a folder are named; null for the usual forms.</param>
internal sealed class MaskArgument(SessionState session, bool fit, string? pattern = null)
{
    // A folder is listed once, no matter how many pictures need masks from it.
    private readonly ConcurrentDictionary<(string Folder, string? Pattern), MaskSearch> searches = [];

    /// <summary>Makes the mask.</summary>
    /// <param name="value">The argument; null if only a pattern was given.</param>
    /// <param name="picture">The picture it is for.</param>
    /// <exception cref="EditException">There is no such file, it is not a mask, or its size differs and it must not be scaled.</exception>
    public Mask Resolve(object? value, Picture picture)
    {
        Mask mask = Settle(value) switch
        {
            Mask given => given,
            Picture drawn => Mask.FromPicture(drawn),
            FileInfo file => Mask.Open(file.FullName),
            MaskSearch search => Mask.Open(search.Require(PathOf(picture, search.Folder))),
            Beside beside => Mask.Open(Search(FolderOf(PathOf(picture, ".")), beside.Pattern).Require(picture.Path!)),
            object other => throw NoMask(other),
        };
        mask = fit ? mask.Fit(picture.Width, picture.Height) : mask;
        mask.RequireSize(picture);
        return mask;
    }

    /// <summary>Returns the edit with the mask of its row. The edit that is passed in does not change.</summary>
    /// <param name="edit">The edit, as it was opened.</param>
    /// <param name="mask">The argument; null for none, or if only a pattern was given.</param>
    public ImageEdit Give(ImageEdit edit, object? mask)
    {
        if (mask is not null || pattern is not null)
        {
            edit = edit.Clone();
            edit.Mask = Resolve(mask, edit.Picture);
        }

        return edit;
    }

    /// <summary>Makes a mask that belongs to no picture, so that no search by a picture's name is possible.</summary>
    /// <param name="value">The argument; not null.</param>
    /// <exception cref="EditException">A pattern was given, which looks for masks by the names of pictures; or it is not a mask.</exception>
    public Mask Alone(object value) => pattern is null ? Resolve(value) : throw new EditException(
        EditFault.BadArgument, "-MaskPattern finds masks by the names of pictures, but this mask is given without a picture.", "Give the picture, or omit -MaskPattern.", pattern);

    /// <summary>Makes a mask that belongs to no picture.</summary>
    /// <param name="value">The argument; not null.</param>
    public Mask Resolve(object value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        Mask given => given,
        Picture drawn => Mask.FromPicture(drawn),
        FileSystemInfo file => Mask.Open(file.FullName),
        string path => Mask.Open(new PathResolver(session).Output(path)),
        object other => throw NoMask(other),
    };

    /// <summary>The argument with a full path: it can then be resolved on any thread, since the session is not needed.</summary>
    /// <param name="value">The argument; null if only a pattern was given.</param>
    public object Settle(object? value)
    {
        object settled = (value is PSObject wrapped ? wrapped.BaseObject : value) switch
        {
            null => new Beside(pattern!),
            string path => OfPath(new PathResolver(session).Output(path)),
            DirectoryInfo folder => Search(folder.FullName, pattern),
            object other => other,
        };
        return pattern is null || settled is MaskSearch or Beside
            ? settled
            : throw new EditException(EditFault.BadArgument, "-MaskPattern names the masks in a folder, but -Mask is not a folder.", "Give one of the two, or a folder with -Mask.", pattern);
    }

    /// <summary>The mask file of a picture; null if the mask does not come from a file, or if none exists.</summary>
    /// <param name="settled">The result of <see cref="Settle"/>.</param>
    /// <param name="picture">The picture's file.</param>
    public string? FileOf(object settled, string picture) => settled switch
    {
        MaskSearch search => search.Find(picture),
        Beside beside => Search(FolderOf(picture), beside.Pattern).Find(picture),
        FileInfo file => file.FullName,
        _ => null,
    };

    private MaskSearch Search(string folder, string? named) => searches.GetOrAdd((folder, named), key => new MaskSearch(key.Folder, key.Pattern));

    private static EditException NoMask(object value) => new(
        EditFault.BadArgument, $"A {value.GetType().Name} is not a mask.", "Give a mask from New-EditMask, the path of a mask picture, or a folder of them.", value);

    private object OfPath(string path)
    {
        if (Directory.Exists(path))
        {
            return Search(path, pattern);
        }

        if (File.Exists(path) || pattern is not null || !(path.Contains('*', StringComparison.Ordinal) || path.Contains(MaskSearch.NamePlace, StringComparison.OrdinalIgnoreCase)))
        {
            return new FileInfo(path);
        }

        string[] parts = path.Replace('\\', '/').Split('/');
        int plain = Array.FindIndex(parts, part => part.Contains('*', StringComparison.Ordinal) || part.Contains(MaskSearch.NamePlace, StringComparison.OrdinalIgnoreCase));
        string folder = string.Join('/', parts[..plain]);
        return Directory.Exists(folder.Length == 0 ? "/" : folder)
            ? Search(folder.Length == 0 ? "/" : folder, string.Join('/', parts[plain..]))
            : throw new EditException(EditFault.NotFound, $"There is no folder '{folder}' for the masks '{path}'.", "Check the path.", path);
    }

    private static string PathOf(Picture picture, string folder) => picture.Path
        ?? throw new EditException(EditFault.BadMask, $"The picture has no name to look for in the folder '{folder}'.", "Give the mask's file.", folder);

    private static string FolderOf(string picture) => Path.GetDirectoryName(Path.GetFullPath(picture)) ?? picture;

    /// <summary>Masks that are stored beside their pictures and named by a pattern.</summary>
    private sealed record Beside(string Pattern);
}
