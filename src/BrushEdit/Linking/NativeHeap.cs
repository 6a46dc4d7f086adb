using System.Runtime.InteropServices;

namespace BrushEdit.Linking;

/// <summary>Asks the system about the memory that libtorch computes in, which no garbage collector sees.</summary>
internal static partial class NativeHeap
{
    private static bool cannotTrim = !OperatingSystem.IsLinux();

    /// <summary>
    /// Gives free memory back to the system. The C library of most Linux systems (glibc) keeps what was freed for itself; <c>malloc_trim</c>
    /// gives it back. Other systems' libraries do so by themselves, or have no such call.
    /// </summary>
    /// <returns>Whether there is such a call here.</returns>
    public static bool Trim()
    {
        if (cannotTrim)
        {
            return false;
        }

        try
        {
            _ = TrimHeap(0);
            return true;
        }
        catch (Exception fault) when (fault is EntryPointNotFoundException or DllNotFoundException)
        {
            cannotTrim = true;
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nint pad);
}
