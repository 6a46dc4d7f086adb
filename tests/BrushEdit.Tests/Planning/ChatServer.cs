using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace BrushEdit.Tests.Planning;

/// <summary>A server on this machine that speaks a chat protocol as a test tells it to, and keeps what it was asked.</summary>
public sealed class ChatServer : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly ConcurrentQueue<ChatCall> calls = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Func<ChatCall, HttpListenerResponse, CancellationToken, Task> answer;

    private ChatServer(Func<ChatCall, HttpListenerResponse, CancellationToken, Task> answer)
    {
        this.answer = answer;
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

    public Uri OpenAI => new($"http://127.0.0.1:{Port}/v1");

    public Uri Root => new($"http://127.0.0.1:{Port}/");

    public IReadOnlyList<ChatCall> Calls => [.. calls];

    /// <summary>Answers with a model's words, told from the call's text and how many calls came before.</summary>
    public static ChatServer Saying(Func<ChatCall, string> words) => new((call, response, _) => JsonAsync(response, 200, Completion(words(call))));

    /// <summary>Answers with a status and a body.</summary>
    public static ChatServer Failing(Func<ChatCall, (int Status, string Body, string Type)> failure) => new((call, response, _) =>
    {
        (int status, string body, string type) = failure(call);
        return TextAsync(response, status, body, type);
    });

    /// <summary>Does what the test says.</summary>
    public static ChatServer Doing(Func<ChatCall, HttpListenerResponse, CancellationToken, Task> what) => new(what);

    public static string Completion(string text) => JsonSerializer.Serialize(new
    {
        id = "x",
        @object = "chat.completion",
        created = 1,
        model = "m",
        choices = new[] { new { index = 0, finish_reason = "stop", message = new { role = "assistant", content = text } } },
        usage = new { prompt_tokens = 1, completion_tokens = 1, total_tokens = 2 },
    });

    public static Task JsonAsync(HttpListenerResponse response, int status, string body) => TextAsync(response, status, body, "application/json");

    public void Dispose()
    {
        closing.Cancel();
        listener.Close();
        closing.Dispose();
    }

    private static async Task TextAsync(HttpListenerResponse response, int status, string body, string type)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        response.StatusCode = status;
        response.ContentType = type;
        response.ContentLength64 = bytes.Length;
        await response.OutputStream.WriteAsync(bytes);
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
                    using StreamReader reader = new(context.Request.InputStream);
                    ChatCall call = new(calls.Count, context.Request.RawUrl ?? "", context.Request.Headers.AllKeys.ToDictionary(k => k!, k => context.Request.Headers[k]!, StringComparer.OrdinalIgnoreCase), await reader.ReadToEndAsync());
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

/// <summary>What a server was asked.</summary>
public sealed record ChatCall(int Number, string Url, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>The last question, as it was put.</summary>
    public string Question => Texts().Last();

    /// <summary>The pictures in it, decoded.</summary>
    public IReadOnlyList<byte[]> Pictures()
    {
        List<byte[]> pictures = [];
        Walk(JsonDocument.Parse(Body).RootElement, (name, value) =>
        {
            if (name == "url" && value.GetString()!.StartsWith("data:image/jpeg;base64,", StringComparison.Ordinal))
            {
                pictures.Add(Convert.FromBase64String(value.GetString()!["data:image/jpeg;base64,".Length..]));
            }
            else if (name == "images")
            {
                pictures.AddRange(value.EnumerateArray().Select(v => v.GetBytesFromBase64()));
            }
        });
        return pictures;
    }

    private List<string> Texts()
    {
        List<string> texts = [];
        Walk(JsonDocument.Parse(Body).RootElement.GetProperty("messages"), (name, value) =>
        {
            if (name is "text" or "content" && value.ValueKind == JsonValueKind.String)
            {
                texts.Add(value.GetString()!);
            }
        });
        return texts;
    }

    private static void Walk(JsonElement element, Action<string, JsonElement> visit)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                if (property.Value.ValueKind == JsonValueKind.String || property.Name == "images")
                {
                    visit(property.Name, property.Value);
                }

                Walk(property.Value, visit);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
            {
                Walk(item, visit);
            }
        }
    }
}
