using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace BrushEdit;

/// <summary>
/// Opens regular files, and nothing else, for reading: a pipe would wait for a writer that never comes, and a device such as
/// <c>/dev/zero</c> never ends. Links are followed; a file's length is that of what a link points to. Reads are positioned, so that a
/// file that shrinks meanwhile causes an error and not a memory access fault.
/// </summary>
internal static class RegularFile
{
    private const int BlockBytes = 1 << 20;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file, or a link to one.</param>
    /// <exception cref="IOException">It does not exist, is not a regular file, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"'{path}' is a folder, not a file.");
        }

        if (File.Exists(path) && !FileKind.IsRegular(path))
        {
            throw new IOException($"'{path}' is a pipe or a device, not a file.");
        }

        return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>Opens a file as a stream that ends where the file ended when it was opened.</summary>
    /// <param name="path">The file, or a link to one.</param>
    /// <exception cref="IOException">It does not exist, is not a regular file, or cannot be read.</exception>
    public static FileStream OpenStream(string path) => new(Open(path), FileAccess.Read, 1 << 16);

    /// <summary>Returns the length in bytes of a file, or of the target of a link.</summary>
    /// <param name="path">The file, or a link to one.</param>
    /// <exception cref="IOException">It does not exist, or is not a regular file.</exception>
    public static long Length(string path)
    {
        using SafeFileHandle handle = Open(path);
        return RandomAccess.GetLength(handle);
    }

    /// <summary>Whether a file exists and has the given length.</summary>
    /// <param name="path">The file, or a link to one.</param>
    /// <param name="length">The expected length in bytes.</param>
    public static bool IsLong(string path, long length)
    {
        try
        {
            return File.Exists(path) && Length(path) == length;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file, or a link to one.</param>
    /// <param name="most">The maximum number of bytes in a file of this kind.</param>
    /// <param name="cancellation">Stops reading between two blocks.</param>
    /// <exception cref="IOException">It does not exist, is not a regular file, is larger than that, or shrinks while it is read.</exception>
    public static byte[] ReadAll(string path, long most, CancellationToken cancellation = default)
    {
        using SafeFileHandle handle = Open(path);
        long length = RandomAccess.GetLength(handle);
        if (length > most)
        {
            throw new IOException($"'{path}' has {length} bytes, more than the limit of {most} for its kind.");
        }

        byte[] bytes = new byte[length];
        Read(handle, path, bytes, 0, cancellation);
        return bytes;
    }

    /// <summary>Returns the SHA-256 of a file's content, in hexadecimal.</summary>
    /// <param name="path">The file, or a link to one.</param>
    /// <exception cref="IOException">It does not exist, is not a regular file, or shrinks while it is read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string Hash(string path)
    {
        using SafeFileHandle handle = Open(path);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[BlockBytes];
        long length = RandomAccess.GetLength(handle);
        for (long at = 0; at < length; at += BlockBytes)
        {
            Span<byte> part = block.AsSpan(0, (int)Math.Min(BlockBytes, length - at));
            Read(handle, path, part, at);
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Reads a range of an open file in full.</summary>
    /// <param name="handle">The file.</param>
    /// <param name="path">The name of the file in error messages.</param>
    /// <param name="target">Receives the bytes.</param>
    /// <param name="offset">The offset where the range begins.</param>
    /// <param name="cancellation">Stops reading between two blocks.</param>
    /// <exception cref="EndOfStreamException">The file has become shorter.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static void Read(SafeFileHandle handle, string path, Span<byte> target, long offset, CancellationToken cancellation = default)
    {
        while (target.Length > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadCancellation.Current.ThrowIfCancellationRequested();
            int read = RandomAccess.Read(handle, target[..Math.Min(target.Length, 16 * BlockBytes)], offset);
            if (read == 0)
            {
                throw new EndOfStreamException($"'{path}' was truncated while it was read.");
            }

            target = target[read..];
            offset += read;
        }
    }
}
