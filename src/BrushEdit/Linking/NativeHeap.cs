using System.Runtime.InteropServices;

namespace BrushEdit.Linking;

/// <summary>Asks the system about the memory that libtorch computes in, which no garbage collector sees.</summary>
internal static partial class NativeHeap
{
    private const long LargePageBytes = 2 << 20;

    // Linux' <sys/mman.h>.
    private const int AdviseHugePage = 14;

    private static bool cannotTrim = !OperatingSystem.IsLinux();
    private static bool cannotAdvise = !OperatingSystem.IsLinux();

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

    /// <summary>
    /// Asks that memory which is about to be written lies in pages of 2 MiB, where the system gives them on request: 512 times fewer faults,
    /// each of which costs more than the bytes. Pages that the memory does not fill stay as they are.
    /// </summary>
    /// <param name="address">Where it begins.</param>
    /// <param name="length">Bytes.</param>
    public static void PreferLargePages(nint address, long length)
    {
        long first = (address + LargePageBytes - 1) / LargePageBytes * LargePageBytes;
        long end = (address + length) / LargePageBytes * LargePageBytes;
        if (cannotAdvise || end <= first)
        {
            return;
        }

        try
        {
            // It is advice: where the system does not take it, all goes on as before.
            _ = Advise((nint)first, (nint)(end - first), AdviseHugePage);
        }
        catch (Exception fault) when (fault is EntryPointNotFoundException or DllNotFoundException)
        {
            cannotAdvise = true;
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nint pad);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint length, int advice);
}
