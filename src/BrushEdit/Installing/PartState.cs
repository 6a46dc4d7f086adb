using System.Security.Cryptography;

namespace BrushEdit.Installing;

/// <summary>A partly downloaded file: its current length, and its hash so far.</summary>
/// <param name="stream">The part; the caller disposes it.</param>
/// <param name="file">The expected content.</param>
internal sealed class PartState(Stream stream, HubFile file) : IDisposable
{
    private IncrementalHash hash = file.Digest.Start(file.Size);

    /// <summary>The expected content.</summary>
    public HubFile File { get; } = file;

    /// <summary>The number of bytes present.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the content so far is that of the whole file.</summary>
    public bool IsRight => File.Digest.Matches(hash);

    /// <summary>Hashes the bytes left by an earlier run; a part that is too long belongs to another file.</summary>
    /// <param name="cancellation">Cancels the operation.</param>
    public async Task ReadAsync(CancellationToken cancellation)
    {
        if (stream.Length > File.Size)
        {
            stream.SetLength(0);
        }

        stream.Position = 0;
        byte[] buffer = new byte[1 << 20];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            Length += read;
        }
    }

    /// <summary>Restarts at the first byte.</summary>
    public void Restart()
    {
        stream.SetLength(0);
        stream.Position = 0;
        Length = 0;
        hash.Dispose();
        hash = File.Digest.Start(File.Size);
    }

    /// <summary>Adds a piece. If the disk runs full within a piece, the bytes already written are part of the file and remain.</summary>
    /// <param name="bytes">The piece.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await stream.WriteAsync(bytes, cancellation).ConfigureAwait(false);
        hash.AppendData(bytes.Span);
        Length += bytes.Length;
    }

    /// <inheritdoc />
    public void Dispose() => hash.Dispose();
}
