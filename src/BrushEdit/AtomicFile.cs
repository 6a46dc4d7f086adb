using System.Diagnostics;
using System.Globalization;

namespace BrushEdit;

/// <summary>
/// Writes files atomically: under a temporary name in the same folder, flushed to disk, then moved.
/// The temporary name identifies the process and the machine that wrote it, so that the leftovers of a killed process can be distinguished from a
/// file that another process is writing.
/// </summary>
public static class AtomicFile
{
    private const string Prefix = ".brushedit-";
    private const string Suffix = ".tmp";

    // A process on another machine cannot be queried; no file takes that long to write.
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    private static readonly TimeSpan ClockError = TimeSpan.FromSeconds(10);

    private static readonly string Host = new([.. Environment.MachineName.Where(char.IsAsciiLetterOrDigit).Take(32)]);

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="rule">What may be done with an existing file of that name; checked when the new one is complete.</param>
    /// <param name="write">Writes everything to the path that it receives.</param>
    /// <exception cref="EditException">The rule forbids it (CannotWrite).</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file may not be written.</exception>
    public static void Write(string path, WriteRule rule, Action<string> write)
    {
        using PendingFile file = PendingFile.Write(path, write);
        file.Commit(rule);
    }

    /// <summary>Returns a temporary name in a file's folder, for incremental writing; the caller moves or deletes the file.</summary>
    /// <param name="path">The file.</param>
    public static string Beside(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Host}-{Environment.ProcessId}-{Guid.NewGuid():N}{Suffix}");
        return Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path)) ?? path, name);
    }

    /// <summary>Deletes the temporary files in a folder whose writing processes have ended.</summary>
    /// <param name="folder">The folder; subfolders are left alone.</param>
    /// <returns>How many were deleted.</returns>
    public static int CleanUp(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, Prefix + "*" + Suffix).ToArray().Count(file => IsLeftOver(file) && TryDelete(file))
            : 0;
    }

    private static bool IsLeftOver(string file)
    {
        // .brushedit-HOST-PROCESS-GUID.tmp
        string[] parts = Path.GetFileNameWithoutExtension(file)[Prefix.Length..].Split('-');
        if (parts.Length != 3 || !int.TryParse(parts[1], CultureInfo.InvariantCulture, out int process))
        {
            return false;
        }

        DateTime written = File.GetLastWriteTimeUtc(file);
        return parts[0] == Host ? !IsRunning(process, written) : DateTime.UtcNow - written > Abandoned;
    }

    // A process that began after the file was written only reuses the writer's process id.
    private static bool IsRunning(int id, DateTime written)
    {
        try
        {
            using Process process = Process.GetProcessById(id);
            return !process.HasExited && process.StartTime.ToUniversalTime() < written + ClockError;
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Deletes a file if possible.</summary>
    /// <param name="file">The file.</param>
    /// <returns>Whether it is gone.</returns>
    internal static bool TryDelete(string file)
    {
        try
        {
            File.Delete(file);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The original error matters more than a failed cleanup.
            return false;
        }
    }
}
