
namespace BrushEdit;

/// <summary>
/// A file that is written under a temporary name beside its destination: <see cref="Commit"/> moves it there. Disposing an uncommitted file
/// deletes it.
/// </summary>
public sealed class PendingFile : IDisposable
{
    // Another process may create and delete a file of that name between the check and the move.
    private const int Tries = 3;

    private readonly string temporary;
    private readonly Lazy<string> hash;

    private PendingFile(string path, string temporary)
    {
        Path = path;
        this.temporary = temporary;
        Length = new FileInfo(temporary).Length;
        hash = new Lazy<string>(() => HashOf(temporary));
    }

    /// <summary>The full path of the destination.</summary>
    public string Path { get; }

    /// <summary>The file's length in bytes.</summary>
    public long Length { get; }

    /// <summary>The parts of a picture that could not be kept in the file, each with the reason; usually empty.</summary>
    public IReadOnlyList<string> Warnings { get; internal set; } = [];

    /// <summary>The SHA-256 of the content, in hexadecimal. The first access must precede the commit.</summary>
    public string Hash => hash.Value;

    /// <summary>Writes a file under its temporary name and flushes it to disk.</summary>
    /// <param name="path">The destination; its folder must exist.</param>
    /// <param name="write">Writes everything to the path that it receives.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static PendingFile Write(string path, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string full = System.IO.Path.GetFullPath(path);
        string temporary = AtomicFile.Beside(full);
        try
        {
            write(temporary);
            using (FileStream stream = new(temporary, FileMode.Open, FileAccess.ReadWrite))
            {
                stream.Flush(flushToDisk: true);
            }

            return new PendingFile(full, temporary);
        }
        catch
        {
            AtomicFile.TryDelete(temporary);
            throw;
        }
    }

    /// <summary>The SHA-256 of a file, in hexadecimal.</summary>
    /// <param name="path">The file.</param>
    public static string HashOf(string path) => RegularFile.Hash(path);

    /// <summary>
    /// Moves the file to its destination. If no file of that name exists, it is created, and one that appears meanwhile is not replaced; an
    /// existing file is replaced only as the rule allows.
    /// </summary>
    /// <param name="rule">What may be done with an existing file.</param>
    /// <exception cref="EditException">The rule forbids it (CannotWrite).</exception>
    /// <exception cref="IOException">The file cannot be moved.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file may not be written.</exception>
    public void Commit(WriteRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        for (int left = Tries; ; left--)
        {
            bool replaces = rule.Replaces(Path);
            try
            {
                if (!replaces)
                {
                    Reserve(Path);
                }
            }
            catch (IOException) when (left > 1 && WriteRule.IsTaken(Path))
            {
                // The file appeared after the check: the rule is applied again.
                continue;
            }

            MoveIn(isNew: !replaces);
            return;
        }
    }

    private void MoveIn(bool isNew)
    {
        try
        {
            File.Move(temporary, Path, overwrite: true);
        }
        catch when (isNew)
        {
            AtomicFile.TryDelete(Path);
            throw;
        }
    }

    // Only one process can create the name; a move without overwriting checks first and then renames, which two processes can do at once.
    private static void Reserve(string path)
    {
        using FileStream name = new(path, FileMode.CreateNew, FileAccess.Write);
    }

    /// <summary>Deletes the temporary file if it was not committed.</summary>
    public void Dispose() => AtomicFile.TryDelete(temporary);
}
