namespace BrushEdit;

/// <summary>The real path of a file, with every symbolic link and junction resolved.</summary>
public static class RealPath
{
    // The number of links that Linux follows before it gives up.
    private const int MostLinks = 40;

    /// <summary>How file names compare on this platform.</summary>
    public static StringComparer Comparer { get; } = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    /// <summary>Resolves a path. A part that does not exist yet or is not accessible stays as written.</summary>
    /// <param name="path">A path; relative to the process's current folder if it is not rooted.</param>
    /// <returns>A full path; two paths of one file have the same result.</returns>
    public static string Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Resolve(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), MostLinks);
    }

    private static string Resolve(string full, int links)
    {
        if (Path.GetDirectoryName(full) is not { } parent)
        {
            return full;
        }

        string here = Path.Combine(Resolve(parent, links), Path.GetFileName(full));
        return links > 0 && LinkTarget(here) is { } target
            ? Resolve(Path.TrimEndingDirectorySeparator(Path.GetFullPath(target, Path.GetDirectoryName(here)!)), links - 1)
            : here;
    }

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
