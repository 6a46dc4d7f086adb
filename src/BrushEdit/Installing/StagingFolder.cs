namespace BrushEdit.Installing;

/// <summary>
/// The hidden folder that collects an installation beside its destination until it is complete and verified: an interrupted one is never
/// mistaken for a complete one, and the next run resumes it.
/// </summary>
internal static class StagingFolder
{
    /// <summary>The hidden folder below the one that is installed to.</summary>
    public const string Name = ".install";

    /// <summary>Creates the folder of an item, hidden even if a leading dot does not hide it.</summary>
    /// <param name="root">The folder that is installed to.</param>
    /// <param name="name">The item's name.</param>
    /// <exception cref="EditException">The folder cannot be created.</exception>
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

    /// <summary>Locks out other runs: two must not write the same parts. The system releases the lock however a process ends.</summary>
    /// <param name="staging">From <see cref="Make"/>.</param>
    /// <param name="name">The item's name.</param>
    /// <exception cref="EditException">Another command is installing it.</exception>
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

    /// <summary>Removes empty folders; failures are ignored.</summary>
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
