using System.Buffers;
using System.Net;

namespace BrushEdit.Installing;

/// <summary>
/// Downloads one file into a <c>.part</c> beside its destination, resuming where an earlier run ended, hashes it, and moves it to its
/// destination only when length and hash are correct. The part's name contains the expected hash, so that a part of other content is never
/// resumed. A killed process leaves the part; a part with a wrong hash is removed.
/// </summary>
/// <param name="settings">Time-outs and retries.</param>
/// <param name="open">Requests the file from a given byte; see <see cref="HubClient.OpenAsync"/>.</param>
internal sealed class ResumableDownload(HubSettings settings, Func<long, CancellationToken, Task<HttpResponseMessage>> open)
{
    private const int BufferBytes = 1 << 18;

    // Less than this is not progress: a server that sends one byte and disconnects would be retried forever.
    private const long ProgressBytes = 1 << 16;

    /// <summary>The sender of the file, for error messages.</summary>
    public string Sender { get; init; } = "The hub";

    /// <summary>Possible intermediaries, for error messages.</summary>
    public string Between { get; init; } = $"a proxy or a mirror ({HubSettings.EndpointVariable})";

    /// <summary>Opens a part for reading and writing; tests substitute one that fails.</summary>
    public Func<string, Stream> OpenPart { get; init; } = OpenFile;

    /// <summary>The usual way to open a part: unbuffered, since whole pieces are written.</summary>
    /// <param name="path">The part; created if it does not exist.</param>
    public static Stream OpenFile(string path) =>
        new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);

    /// <summary>Returns the path of a file's part, which is kept when a download ends early.</summary>
    /// <param name="target">The file's destination.</param>
    /// <param name="file">The expected content.</param>
    public static string PartOf(string target, HubFile file) => $"{target}.{(file.Digest.Hex.Length > 0 ? file.Digest.Hex[..16] : file.Size)}.part";

    /// <summary>Downloads the file.</summary>
    /// <param name="name">The published name, for error messages.</param>
    /// <param name="target">The destination; its folder must exist.</param>
    /// <param name="file">The expected content.</param>
    /// <param name="progress">Receives the number of bytes present, including those of an earlier run.</param>
    /// <param name="cancellation">Cancels the download; the part is kept.</param>
    /// <exception cref="EditException">The file cannot be downloaded, has wrong content, or cannot be written.</exception>
    public async Task RunAsync(string name, string target, HubFile file, Action<long>? progress, CancellationToken cancellation)
    {
        string part = PartOf(target, file);
        if (await FillAsync(name, part, file, progress, cancellation).ConfigureAwait(false) is { } fault)
        {
            // Bytes of an earlier run may have been spoilt on the disk: once more from the first byte on, and then it is the hub's.
            File.Delete(part);
            if (!fault.Resumed || await FillAsync(name, part, file, progress, cancellation).ConfigureAwait(false) is not null)
            {
                File.Delete(part);
                throw new EditException(
                    EditFault.BadDownload,
                    $"The file '{name}' differs from the published file: its {file.Digest.Name} is not {file.Digest.Hex}. It was removed.",
                    $"Run the command again; if the result is the same, {Between} changes the file.",
                    name);
            }
        }

        try
        {
            File.Move(part, target, overwrite: true);
        }
        catch (Exception full) when (full is IOException or UnauthorizedAccessException)
        {
            throw DiskFaults.Write(full, target);
        }
    }

    /// <summary>Fills a part to its length; null if its hash is right.</summary>
    private async Task<WrongContent?> FillAsync(string name, string part, HubFile file, Action<long>? progress, CancellationToken cancellation)
    {
        Stream stream;
        try
        {
            stream = OpenPart(part);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw DiskFaults.Write(fault, part);
        }

        await using Stream closing = stream;
        using PartState state = new(stream, file);
        await state.ReadAsync(cancellation).ConfigureAwait(false);
        bool resumed = state.Length > 0;
        progress?.Invoke(state.Length);
        RetryCount retries = new(settings);
        while (state.Length < file.Size)
        {
            long before = state.Length;
            try
            {
                using HttpResponseMessage response = await open(state.Length, cancellation).ConfigureAwait(false);
                Begin(name, response, state);
                await CopyAsync(name, response, state, part, progress, cancellation).ConfigureAwait(false);
            }
            catch (PassingFaultException fault)
            {
                if (state.Length - before >= ProgressBytes)
                {
                    retries.Progressed();
                }

                await retries.NextAsync(fault, cancellation).ConfigureAwait(false);
            }
        }

        try
        {
            await stream.FlushAsync(cancellation).ConfigureAwait(false);
            (stream as FileStream)?.Flush(flushToDisk: true);
        }
        catch (IOException fault)
        {
            throw DiskFaults.Write(fault, part);
        }

        return state.IsRight ? null : new WrongContent(resumed);
    }

    // The answer must match the request: the rest or the whole file, of the declared length.
    private void Begin(string name, HttpResponseMessage response, PartState state)
    {
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            state.Restart();
            throw Again(name, "refused to continue the received part");
        }

        long? length = response.Content.Headers.ContentLength;
        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            if (response.Content.Headers.ContentRange is not { From: { } from } range || from != state.Length)
            {
                state.Restart();
                throw Again(name, "sent a range other than the one requested");
            }

            RequireLength(name, state.File.Size, range.Length ?? state.File.Size);
            RequireLength(name, state.File.Size, (length ?? (state.File.Size - from)) + from);
            return;
        }

        // Some servers do not support ranges and send the whole file.
        RequireLength(name, state.File.Size, length ?? state.File.Size);
        state.Restart();
    }

    private void RequireLength(string name, long expected, long actual)
    {
        if (expected != actual)
        {
            throw new EditException(
                EditFault.BadDownload,
                $"The file '{name}' has {actual} bytes at its source; the published file has {expected}.",
                $"{char.ToUpperInvariant(Between[0])}{Between[1..]} may have replaced it with another file.",
                name);
        }
    }

    private async Task CopyAsync(string name, HttpResponseMessage response, PartState state, string part, Action<long>? progress, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            await using Stream body = await ReadAsync(name, token => response.Content.ReadAsStreamAsync(token), cancellation).ConfigureAwait(false);
            while (state.Length < state.File.Size)
            {
                int read = await ReadAsync(name, async token => await body.ReadAsync(buffer.AsMemory(0, BufferBytes), token).ConfigureAwait(false), cancellation).ConfigureAwait(false);
                if (read == 0)
                {
                    throw Again(name, "ended the transfer early");
                }

                RequireLength(name, state.File.Size, Math.Max(state.File.Size, state.Length + read));
                try
                {
                    await state.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
                }
                catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
                {
                    throw DiskFaults.Write(fault, part);
                }

                progress?.Invoke(state.Length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // A stalled transfer is aborted; the total time is not limited.
    private async Task<T> ReadAsync<T>(string name, Func<CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(settings.Timeout);
        try
        {
            return await read(limit.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (!cancellation.IsCancellationRequested && fault is IOException or HttpRequestException or OperationCanceledException)
        {
            throw Again(name, fault is OperationCanceledException ? "stalled" : "broke the connection", fault);
        }
    }

    private PassingFaultException Again(string name, string what, Exception? fault = null) => new(new EditException(
        EditFault.ServiceFailed, $"{Sender} {what} while it sent '{name}'.", "Check the connection and run the command again: received data is kept.", name, fault));

    private sealed record WrongContent(bool Resumed);
}
