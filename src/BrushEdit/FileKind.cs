using System.Runtime.InteropServices;
using System.Text;

namespace BrushEdit;

/// <summary>Distinguishes regular files from pipes, sockets and devices, which block or never end when read.</summary>
public static partial class FileKind
{
    private const int TypeBits = 0xF000;
    private const int Regular = 0x8000;

    // The runtime's record of a file is a bit over a hundred bytes; its second integer contains the file type and the permissions.
    private const int RecordBytes = 512;
    private const int ModeOffset = sizeof(int);

    /// <summary>Whether a path leads to a regular file, directly or through links. Nothing is opened.</summary>
    /// <param name="path">The path; the result is false if nothing exists there.</param>
    public static bool IsRegular(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            return false;
        }

        if (OperatingSystem.IsWindows())
        {
            return (File.GetAttributes(path) & FileAttributes.Device) == 0;
        }

        Span<byte> record = stackalloc byte[RecordBytes];
        return Stat(Encoding.UTF8.GetBytes(Path.GetFullPath(path) + '\0'), record) == 0
            && (MemoryMarshal.Read<int>(record[ModeOffset..]) & TypeBits) == Regular;
    }

    // The runtime's own view of stat(2), identical on every Unix that it supports.
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Stat(ReadOnlySpan<byte> path, Span<byte> record);
}
