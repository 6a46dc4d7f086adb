using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace BrushEdit.Tests.Generating;

/// <summary>A server on this machine that speaks the images/edits interface as a test tells it to, and keeps what it was sent.</summary>
public sealed class ImageServer : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly ConcurrentQueue<ImageCall> calls = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Func<ImageCall, HttpListenerResponse, CancellationToken, Task> answer;

    public ImageServer(Func<ImageCall, HttpListenerResponse, CancellationToken, Task> answer)
    {
        this.answer = answer;
        using (TcpListener free = new(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/v1");
        }

        listener.Prefixes.Add($"http://127.0.0.1:{Address.Port}/");
        listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public Uri Address { get; }

    public IReadOnlyList<ImageCall> Calls => [.. calls];

    /// <summary>Answers with a picture's file.</summary>
    public static ImageServer Painting(Func<ImageCall, byte[]> paint) =>
        new((call, response, _) => SendAsync(response, 200, $$"""{"created": 1, "data": [{"b64_json": "{{Convert.ToBase64String(paint(call))}}"}]}"""));

    public static async Task SendAsync(HttpListenerResponse response, int status, string body, string type = "application/json")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        response.StatusCode = status;
        response.ContentType = type;
        response.ContentLength64 = bytes.Length;
        await response.OutputStream.WriteAsync(bytes);
    }

    public void Dispose()
    {
        closing.Cancel();
        listener.Close();
        closing.Dispose();
    }

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
                    using MemoryStream body = new();
                    await context.Request.InputStream.CopyToAsync(body);
                    ImageCall call = new(
                        calls.Count, context.Request.HttpMethod, context.Request.Url!.AbsolutePath, context.Request.Headers["Authorization"], context.Request.ContentType ?? string.Empty, body.ToArray());
                    calls.Enqueue(call);
                    await answer(call, context.Response, closing.Token);
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

/// <summary>What a server was sent.</summary>
public sealed record ImageCall(int Number, string Method, string Path, string? Authorization, string ContentType, byte[] Body)
{
    /// <summary>The form's fields by name, byte for byte.</summary>
    public IReadOnlyDictionary<string, byte[]> Fields()
    {
        string boundary = "--" + ContentType.Split("boundary=")[1].Trim('"');
        Dictionary<string, byte[]> fields = [];
        foreach (string part in Encoding.Latin1.GetString(Body).Split(boundary).Where(part => part.Contains("\r\n\r\n", StringComparison.Ordinal)))
        {
            int head = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            string name = part[..head].Split("name=")[1].Split([';', '\r'])[0].Trim('"');
            fields[name] = Encoding.Latin1.GetBytes(part[(head + 4)..^2]);
        }

        return fields;
    }

    public string Text(string field) => Encoding.UTF8.GetString(Fields()[field]);
}
