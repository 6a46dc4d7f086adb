
namespace BrushEdit;

/// <summary>
/// A file that is written under a temporary name beside its destination: <see cref="Commit"/> moves it there. Disposing an uncommitted file
/// deletes it.
/// </summary>
public sealed class PendingFile : IDisposable
{
    // Somebody else may create and delete a file of that name between a look and the move.
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

    /// <summary>The full name of its place.</summary>
    public string Path { get; }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>What of a picture could not be kept in it, each with the reason; usually empty.</summary>
    public IReadOnlyList<string> Warnings { get; internal set; } = [];

    /// <summary>The SHA-256 of its content, in hexadecimal. To be asked for the first time before it is committed.</summary>
    public string Hash => hash.Value;

    /// <summary>Writes a file under its temporary name and brings it to the disk.</summary>
    /// <param name="path">Its place; the folder must exist.</param>
    /// <param name="write">Writes everything to the path it is given.</param>
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
    /// Moves the file into its place. Where none of that name is there it is created, and one that appears meanwhile is not replaced; one that is
    /// there is replaced only as the rule allows.
    /// </summary>
    /// <param name="rule">What may be done with a file that is there.</param>
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
                // It came into being after the look: the rule is asked again.
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

    // One alone creates the name; a move that is not to overwrite looks first and renames then, which two can do at once.
    private static void Reserve(string path)
    {
        using FileStream name = new(path, FileMode.CreateNew, FileAccess.Write);
    }

    /// <summary>Takes a file away that was not committed.</summary>
    public void Dispose() => AtomicFile.TryDelete(temporary);
}
