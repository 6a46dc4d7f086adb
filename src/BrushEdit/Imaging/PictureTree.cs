namespace BrushEdit.Imaging;

/// <summary>Relative positions in a folder tree, which outputs preserve.</summary>
public static class PictureTree
{
    /// <summary>The folder of a file, as a path relative to the base of its tree; empty for a file in the base itself.</summary>
    /// <param name="file">The file.</param>
    /// <param name="basePath">The tree's folder.</param>
    /// <exception cref="EditException">The file is outside the tree (BadArgument).</exception>
    public static string RelativeFolder(string file, string basePath)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        ArgumentException.ThrowIfNullOrEmpty(basePath);
        if (!IsWithin(file, basePath))
        {
            throw new EditException(
                EditFault.BadArgument, $"'{file}' is not below '{basePath}'.", "Give a -BasePath that contains all pictures.", file);
        }

        string folder = Path.GetRelativePath(Path.GetFullPath(basePath), Path.GetDirectoryName(Path.GetFullPath(file))!);
        return folder == "." ? string.Empty : folder;
    }

    private static bool IsWithin(string file, string folder)
    {
        string relative = Path.GetRelativePath(Path.GetFullPath(folder), Path.GetFullPath(file));
        return !Path.IsPathRooted(relative) && relative != ".." && !relative.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }
}
