using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace BrushEdit.Tests.Support;

/// <summary>What servers of every kind send.</summary>
public abstract class LocalServer
{
    /// <summary>Sends a text.</summary>
    public static async Task SendAsync(HttpListenerResponse response, int status, string body, string type = "application/json")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        response.StatusCode = status;
        response.ContentType = type;
        response.ContentLength64 = bytes.Length;
        await response.OutputStream.WriteAsync(bytes);
    }
}

/// <summary>A server on this machine that answers as a test tells it to, and keeps what it was sent.</summary>
/// <typeparam name="TCall">What is kept of a request.</typeparam>
public abstract class LocalServer<TCall> : LocalServer, IDisposable
{
    private readonly HttpListener listener = new();
    private readonly ConcurrentQueue<TCall> calls = new();
    private readonly CancellationTokenSource closing = new();

    protected LocalServer()
    {
        using (TcpListener free = new(IPAddress.Loopback, 0))
        {
            free.Start();
            Port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public int Port { get; }

    public Uri Root => new($"http://127.0.0.1:{Port}/");

    public IReadOnlyList<TCall> Calls => [.. calls];

    public void Dispose()
    {
        if (!closing.IsCancellationRequested)
        {
            closing.Cancel();
            listener.Close();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Reads what is kept of a request.</summary>
    /// <param name="number">How many came before.</param>
    /// <param name="request">The request.</param>
    protected abstract Task<TCall> ReadAsync(int number, HttpListenerRequest request);

    /// <summary>Answers a request.</summary>
    /// <param name="call">The request.</param>
    /// <param name="response">The response, which is closed afterwards.</param>
    /// <param name="cancellation">Cancelled when the server is.</param>
    protected abstract Task AnswerAsync(TCall call, HttpListenerResponse response, CancellationToken cancellation);

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            _ = Task.Run(async () =>
            {
                try
                {
                    TCall call = await ReadAsync(calls.Count, context.Request);
                    calls.Enqueue(call);
                    await AnswerAsync(call, context.Response, closing.Token);
                    context.Response.Close();
                }
                catch (Exception)
                {
                    // The client went away, or the test is over.
                    context.Response.Abort();
                }
            });
        }
    }
}
