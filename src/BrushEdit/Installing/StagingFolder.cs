namespace BrushEdit.Installing;

/// <summary>
/// Where what is installed is collected, hidden beside its place, until all of it is there and right: what is interrupted is never taken for
/// the thing itself, and the next run continues with it.
/// </summary>
internal static class StagingFolder
{
    /// <summary>The hidden folder below the one that is installed to.</summary>
    public const string Name = ".install";

    /// <summary>Makes the folder of a thing, hidden where a leading dot does not hide it already.</summary>
    /// <param name="root">The folder that is installed to.</param>
    /// <param name="name">The thing's name.</param>
    /// <exception cref="EditException">It cannot be made.</exception>
    public static string Make(string root, string name)
    {
        string common = Path.Combine(Path.GetFullPath(root), Name);
        string staging = Path.Combine(common, name);
        try
        {
            Directory.CreateDirectory(staging);
            if (OperatingSystem.IsWindows())
            {
                File.SetAttributes(common, File.GetAttributes(common) | FileAttributes.Hidden);
            }

            return staging;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw DiskFaults.Write(fault, staging);
        }
    }

    /// <summary>Keeps other runs out: two must not write the same parts. The system frees the file however a process ends.</summary>
    /// <param name="staging">From <see cref="Make"/>.</param>
    /// <param name="name">The thing's name.</param>
    /// <exception cref="EditException">Another command installs it.</exception>
    public static FileStream Guard(string staging, string name)
    {
        string file = staging + ".lock";
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException fault) when (File.Exists(file))
        {
            throw new EditException(EditFault.CannotWrite, $"'{name}' is being installed by another command.", "Wait until it ends.", file, fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw DiskFaults.Write(fault, file);
        }
    }

    /// <summary>Removes the folders with nothing in them; of no matter where one stays.</summary>
    /// <param name="staging">From <see cref="Make"/>.</param>
    public static void Tidy(string staging)
    {
        try
        {
            foreach (string empty in new[] { staging, Path.GetDirectoryName(staging)! }.Where(Directory.Exists))
            {
                Directory.Delete(empty);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
        }
    }
}
