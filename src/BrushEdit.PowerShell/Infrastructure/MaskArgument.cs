using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// What a user gives for <c>-Mask</c>, made a mask of a picture: a mask, a mask picture or its file, or a folder of mask pictures that
/// are named like the pictures they belong to.
/// </summary>
/// <param name="session">The session, for paths relative to the current location.</param>
/// <param name="fit">Whether a mask of another size is scaled to the picture's.</param>
internal sealed class MaskArgument(SessionState session, bool fit)
{
    private static readonly string[] Extensions = [MaskStore.MaskEnding, ".png", ".webp", ".tif", ".tiff", ".jpg", ".jpeg"];

    /// <summary>Makes the mask.</summary>
    /// <param name="value">What was given; not null.</param>
    /// <param name="picture">The picture it is for.</param>
    /// <exception cref="EditException">There is no such file, it is no mask, or its size is another and not to be fitted.</exception>
    public Mask Resolve(object value, Picture picture)
    {
        Mask mask = (value is PSObject wrapped ? wrapped.BaseObject : value) switch
        {
            Mask given => given,
            Picture drawn => Mask.FromPicture(drawn),
            FileSystemInfo file => Open(file.FullName, picture),
            string path => Open(new PathResolver(session).Output(path), picture),
            object other => throw NoMask(other),
        };
        mask = fit ? mask.Fit(picture.Width, picture.Height) : mask;
        mask.RequireSize(picture);
        return mask;
    }

    /// <summary>Opens an item, and gives it the mask that its row brings. An edit keeps its own.</summary>
    /// <param name="item">The item.</param>
    /// <param name="mask">What was given; null for none.</param>
    public ImageEdit Give(SourceItem item, object? mask)
    {
        ImageEdit edit = item.Open();
        if (mask is not null)
        {
            edit = edit.Clone();
            edit.Mask = Resolve(mask, edit.Picture);
        }

        return edit;
    }

    /// <summary>Makes a mask that is for no picture.</summary>
    /// <param name="value">What was given; not null.</param>
    public Mask Resolve(object value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        Mask given => given,
        Picture drawn => Mask.FromPicture(drawn),
        FileSystemInfo file => Mask.Open(file.FullName),
        string path => Mask.Open(new PathResolver(session).Output(path)),
        object other => throw NoMask(other),
    };

    /// <summary>What was given, with a path made whole: it can then be resolved on any thread, since the session is not asked.</summary>
    /// <param name="value">What was given.</param>
    public object Settle(object value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        string path when new PathResolver(session).Output(path) is { } full => Directory.Exists(full) ? new DirectoryInfo(full) : new FileInfo(full),
        object other => other,
    };

    /// <summary>The mask file that a picture gets; null where the mask comes from no file, or there is none.</summary>
    /// <param name="settled">What <see cref="Settle"/> gave.</param>
    /// <param name="picture">The picture's file.</param>
    public static string? FileOf(object settled, string picture) => settled switch
    {
        DirectoryInfo folder => InFolder(folder.FullName, Path.GetFileNameWithoutExtension(picture)),
        FileInfo file => file.FullName,
        _ => null,
    };

    private static EditException NoMask(object value) => new(
        EditFault.BadArgument, $"A {value.GetType().Name} is no mask.", "Give a mask that New-EditMask gave, the path of a mask picture, or a folder of them.", value);

    private static string? InFolder(string folder, string name) =>
        Extensions.Select(extension => Path.Combine(folder, name + extension)).FirstOrDefault(File.Exists);

    private static Mask Open(string path, Picture picture)
    {
        if (!Directory.Exists(path))
        {
            return Mask.Open(path);
        }

        string name = picture.Path is null
            ? throw new EditException(EditFault.BadMask, $"The picture has no name to look for in the folder '{path}'.", "Give the mask's file.", path)
            : Path.GetFileNameWithoutExtension(picture.Path);
        string? found = InFolder(path, name);
        return found is null
            ? throw new EditException(
                EditFault.NotFound, $"The folder '{path}' holds no mask for '{name}'.", $"Name the mask picture like the picture: '{name}{MaskStore.MaskEnding}' or '{name}.png'.", path)
            : Mask.Open(found);
    }
}
