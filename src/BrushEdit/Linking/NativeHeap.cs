using System.Runtime.InteropServices;

namespace BrushEdit.Linking;

/// <summary>Queries and trims the native memory that libtorch uses, which the garbage collector does not see.</summary>
internal static partial class NativeHeap
{
    private static bool cannotTrim = !OperatingSystem.IsLinux();
    private static bool cannotCount = !OperatingSystem.IsLinux();

    /// <summary>
    /// Returns free memory to the system. The C library of most Linux systems (glibc) retains freed memory; <c>malloc_trim</c> returns it. Other
    /// systems' libraries return it automatically, or have no such call.
    /// </summary>
    /// <returns>Whether this system has such a call.</returns>
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

    /// <summary>Bytes that native code of this process has allocated and not freed. Reported by glibc 2.33 and later (<c>mallinfo2</c>).</summary>
    /// <returns>Null if the C library does not report it.</returns>
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
