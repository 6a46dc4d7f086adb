namespace BrushEdit.Installing;

/// <summary>Disk space: checked before a download, and distinguished from other faults when it runs out during one.</summary>
internal static class DiskFaults
{
    // The system error codes: Windows' ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL, POSIX' ENOSPC and EDQUOT (Linux, macOS).
    private static readonly int[] Windows = [112, 39];
    private static readonly int[] Posix = [28, 122, 69];

    /// <summary>Returns the free bytes for this user on a folder's disk; null if the system does not report them.</summary>
    /// <param name="folder">An existing folder.</param>
    public static long? Free(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Refuses a download that would not fit.</summary>
    /// <param name="folder">The destination.</param>
    /// <param name="needed">The number of bytes still to download.</param>
    /// <param name="free">The free bytes; null if unknown.</param>
    /// <param name="elsewhere">How to choose another destination, for the message.</param>
    /// <exception cref="EditException">Not enough space is free.</exception>
    public static void RequireRoom(string folder, long needed, long? free, string elsewhere = "with -Destination")
    {
        if (free < needed)
        {
            throw new EditException(
                EditFault.CannotWrite,
                $"The disk of '{folder}' has {ByteText.Of(free.Value)} left; {ByteText.Of(needed)} more are needed.",
                $"Free some space, or install to a folder on another disk {elsewhere}.",
                folder);
        }
    }

    /// <summary>Creates the error for a file that could not be written.</summary>
    /// <param name="fault">The system's error.</param>
    /// <param name="path">The file.</param>
    public static EditException Write(Exception fault, string path) => IsFull(fault)
        ? new EditException(
            EditFault.CannotWrite, $"The disk is full: '{path}' cannot be written.", "Free some space and run the command again: received data is kept.", path, fault)
        : new EditException(EditFault.CannotWrite, $"'{path}' cannot be written: {fault.Message}", "Check the folder's permissions, or choose another (-Destination; for libtorch the variable BRUSHEDIT_RUNTIMES).", path, fault);

    private static bool IsFull(Exception fault) =>
        fault is IOException && (OperatingSystem.IsWindows() ? Windows.Contains(fault.HResult & 0xFFFF) : Posix.Contains(fault.HResult));
}
