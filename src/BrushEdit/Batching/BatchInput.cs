namespace BrushEdit.Batching;

/// <summary>An input file of a batch, with the data that shows whether it changed since it was edited.</summary>
public sealed class BatchInput
{
    private readonly Lazy<string> hash;

    private BatchInput(string path, string key, long length, DateTime modified)
    {
        Path = path;
        Key = key;
        Length = length;
        Modified = modified;
        hash = new Lazy<string>(() => HashOf(path));
    }

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>Its name in the journal: its path from the output folder, with slashes, so that both can be moved together.</summary>
    public string Key { get; }

    /// <summary>The file's length in bytes.</summary>
    public long Length { get; }

    /// <summary>When it was last written, in UTC.</summary>
    public DateTime Modified { get; }

    /// <summary>The SHA-256 of its content, in hexadecimal; computed on first access.</summary>
    /// <exception cref="EditException">The file cannot be read.</exception>
    public string Hash => hash.Value;

    /// <summary>Reads a file's attributes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="outputFolder">The batch's output folder.</param>
    /// <exception cref="EditException">There is no such file.</exception>
    public static BatchInput Of(string path, string outputFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new EditException(EditFault.NotFound, $"There is no file '{path}'.", "Check the path.", path);
        }

        string key = System.IO.Path.GetRelativePath(outputFolder, file.FullName).Replace('\\', '/');
        return new BatchInput(file.FullName, key, LengthOf(path), file.LastWriteTimeUtc);
    }

    // Of a link's target.
    private static long LengthOf(string path)
    {
        try
        {
            return RegularFile.Length(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.BadPicture, $"{path}: the file cannot be read ({fault.Message}).", "Check its permissions, and whether another program uses it.", path, fault);
        }
    }

    private static string HashOf(string path)
    {
        try
        {
            return RegularFile.Hash(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.BadPicture, $"{path}: the file cannot be read ({fault.Message}).", "Check its permissions, and whether another program uses it.", path, fault);
        }
    }
}
