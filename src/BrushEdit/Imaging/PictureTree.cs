namespace BrushEdit.Imaging;

/// <summary>The picture files of a tree of folders.</summary>
public static class PictureTree
{
    /// <summary>The picture files in a folder and below, by their extensions, in the order of their names. Hidden folders are passed over.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="except">A folder that is passed over with all that is in it, such as that of results; null for none.</param>
    public static IEnumerable<string> Files(string folder, string? except = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        EnumerationOptions how = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.System };
        return Directory.EnumerateFiles(folder, "*", how)
            .Where(file => PictureFormats.OfExtension(file) is not null && !IsHidden(folder, file) && (except is null || !IsWithin(file, except)))
            .Order(StringComparer.Ordinal);
    }

    /// <summary>The folder of a file, as a path from the base of its tree; empty for a file that lies there itself.</summary>
    /// <param name="file">The file.</param>
    /// <param name="basePath">The tree's folder.</param>
    /// <exception cref="EditException">The file lies elsewhere (BadArgument).</exception>
    public static string RelativeFolder(string file, string basePath)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        ArgumentException.ThrowIfNullOrEmpty(basePath);
        if (!IsWithin(file, basePath))
        {
            throw new EditException(
                EditFault.BadArgument, $"'{file}' does not lie below '{basePath}'.", "Give -BasePath a folder that holds all pictures.", file);
        }

        string folder = Path.GetRelativePath(Path.GetFullPath(basePath), Path.GetDirectoryName(Path.GetFullPath(file))!);
        return folder == "." ? string.Empty : folder;
    }

    private static bool IsWithin(string file, string folder)
    {
        string relative = Path.GetRelativePath(Path.GetFullPath(folder), Path.GetFullPath(file));
        return !Path.IsPathRooted(relative) && relative != ".." && !relative.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }

    private static bool IsHidden(string folder, string file) =>
        Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(part => part.StartsWith('.'));
}
