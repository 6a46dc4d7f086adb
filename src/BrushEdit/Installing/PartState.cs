using System.Security.Cryptography;

namespace BrushEdit.Installing;

/// <summary>A file on its way: how much of it is there, and its hash so far.</summary>
/// <param name="stream">The part; the caller disposes it.</param>
/// <param name="file">What it must come to.</param>
internal sealed class PartState(Stream stream, HubFile file) : IDisposable
{
    private IncrementalHash hash = file.Digest.Start(file.Size);

    /// <summary>What it must come to.</summary>
    public HubFile File { get; } = file;

    /// <summary>The bytes that are there.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the content so far is that of the whole file.</summary>
    public bool IsRight => File.Digest.Matches(hash);

    /// <summary>Counts what an earlier run has left; more than there can be is left of another file.</summary>
    /// <param name="cancellation">Ends it.</param>
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

    /// <summary>Begins at the first byte again.</summary>
    public void Restart()
    {
        stream.SetLength(0);
        stream.Position = 0;
        Length = 0;
        hash.Dispose();
        hash = File.Digest.Start(File.Size);
    }

    /// <summary>Adds a piece. Of a piece that the disk had no room for, the bytes that it took are the file's too, and stay.</summary>
    /// <param name="bytes">The piece.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await stream.WriteAsync(bytes, cancellation).ConfigureAwait(false);
        hash.AppendData(bytes.Span);
        Length += bytes.Length;
    }

    /// <inheritdoc />
    public void Dispose() => hash.Dispose();
}
