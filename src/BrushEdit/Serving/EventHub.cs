using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace BrushEdit.Serving;

/// <summary>Sends events to the open tabs of a page, and tracks which are open. The browser's <c>EventSource</c> reads them.</summary>
internal sealed class EventHub
{
    private const int MostTabs = 8;
    private static readonly TimeSpan Pulse = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<Guid, (string Tab, Channel<string> Waiting)> open = [];

    /// <summary>Raised with the tab when its stream has started or ended; on any thread.</summary>
    public event Action<string>? Changed;

    /// <summary>Whether a tab is open.</summary>
    /// <param name="tab">The tab; null for any.</param>
    public bool IsOpen(string? tab = null) => tab is null ? !open.IsEmpty : open.Values.Any(one => one.Tab == tab);

    /// <summary>Sends an event.</summary>
    /// <param name="value">The event; its member <c>event</c> names its kind.</param>
    /// <param name="tab">The tab; null for all.</param>
    public void Send(JsonObject value, string? tab = null)
    {
        string text = value.ToJsonString();
        foreach ((string name, Channel<string> waiting) in open.Values)
        {
            if (tab is null || tab == name)
            {
                waiting.Writer.TryWrite(text);
            }
        }
    }

    /// <summary>Returns the stream of one tab.</summary>
    /// <param name="tab">The tab.</param>
    /// <exception cref="PageFault">Too many are open.</exception>
    public PageAnswer Open(string tab) => open.Count < MostTabs
        ? PageAnswer.Events((stream, cancellation) => Write(tab, stream, cancellation))
        : throw new PageFault(System.Net.HttpStatusCode.TooManyRequests, "The page is open in too many tabs.");

    /// <summary>Ends the streams of a tab that has announced its closing.</summary>
    /// <param name="tab">The tab.</param>
    public void Drop(string tab)
    {
        foreach ((_, Channel<string> waiting) in open.Values.Where(one => one.Tab == tab))
        {
            waiting.Writer.TryComplete();
        }
    }

    private async Task Write(string tab, Stream stream, CancellationToken cancellation)
    {
        Guid id = Guid.NewGuid();
        Channel<string> waiting = Channel.CreateUnbounded<string>();
        open[id] = (tab, waiting);
        Changed?.Invoke(tab);
        try
        {
            await Put(stream, "retry: 1000\n\n", cancellation).ConfigureAwait(false);
            while (true)
            {
                // A periodic line shows whether the browser is still listening.
                string next = await Next(waiting.Reader, cancellation).ConfigureAwait(false) is { } text ? $"data: {text}\n\n" : ":\n\n";
                await Put(stream, next, cancellation).ConfigureAwait(false);
            }
        }
        catch (ChannelClosedException)
        {
            // The tab was dropped.
        }
        finally
        {
            open.TryRemove(id, out _);
            Changed?.Invoke(tab);
        }
    }

    private static async Task<string?> Next(ChannelReader<string> waiting, CancellationToken cancellation)
    {
        using CancellationTokenSource pulse = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        pulse.CancelAfter(Pulse);
        try
        {
            return await waiting.ReadAsync(pulse.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task Put(Stream stream, string text, CancellationToken cancellation)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation).ConfigureAwait(false);
        await stream.FlushAsync(cancellation).ConfigureAwait(false);
    }
}
