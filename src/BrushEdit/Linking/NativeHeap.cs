using System.Runtime.InteropServices;

namespace BrushEdit.Linking;

/// <summary>Asks the system about the memory that libtorch computes in, which no garbage collector sees.</summary>
internal static partial class NativeHeap
{
    private static bool cannotTrim = !OperatingSystem.IsLinux();
    private static bool cannotCount = !OperatingSystem.IsLinux();

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

    /// <summary>Bytes that native code of this process has allocated and not freed. Told by glibc 2.33 and later (<c>mallinfo2</c>).</summary>
    /// <returns>Null where the C library does not tell.</returns>
    public static long? InUse()
    {
        if (cannotCount)
        {
            return null;
        }

        try
        {
            Statistics told = Count();
            return (long)(told.InUse + told.Mapped);
        }
        catch (Exception fault) when (fault is EntryPointNotFoundException or DllNotFoundException)
        {
            cannotCount = true;
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial Statistics Count();

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nint pad);

    // The C library's struct mallinfo2: ten numbers of 64 bits, of which the fifth (hblkhd) and the eighth (uordblks) are read.
    [StructLayout(LayoutKind.Explicit, Size = 10 * sizeof(ulong))]
    private readonly struct Statistics
    {
        [FieldOffset(4 * sizeof(ulong))]
        public readonly ulong Mapped;

        [FieldOffset(7 * sizeof(ulong))]
        public readonly ulong InUse;
    }
}
