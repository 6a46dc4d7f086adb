using System.Net;
using System.Text.Json;
using BrushEdit.Tests.Support;

namespace BrushEdit.Tests.Planning;

/// <summary>A server on this machine that speaks a chat protocol as a test tells it to, and keeps what it was asked.</summary>
public sealed class ChatServer : LocalServer<ChatCall>
{
    private readonly Func<ChatCall, HttpListenerResponse, CancellationToken, Task> answer;

    private ChatServer(Func<ChatCall, HttpListenerResponse, CancellationToken, Task> answer) => this.answer = answer;

    public Uri OpenAI => new(Root, "v1");

    /// <summary>Answers with a model's words, told from the call's text and how many calls came before.</summary>
    public static ChatServer Saying(Func<ChatCall, string> words) => new((call, response, _) => JsonAsync(response, 200, Completion(words(call))));

    /// <summary>Answers with a status and a body.</summary>
    public static ChatServer Failing(Func<ChatCall, (int Status, string Body, string Type)> failure) => new((call, response, _) =>
    {
        (int status, string body, string type) = failure(call);
        return SendAsync(response, status, body, type);
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

    public static Task JsonAsync(HttpListenerResponse response, int status, string body) => SendAsync(response, status, body);

    protected override async Task<ChatCall> ReadAsync(int number, HttpListenerRequest request)
    {
        using StreamReader reader = new(request.InputStream);
        return new ChatCall(number, request.RawUrl ?? "", request.Headers.AllKeys.ToDictionary(k => k!, k => request.Headers[k]!, StringComparer.OrdinalIgnoreCase), await reader.ReadToEndAsync());
    }

    protected override Task AnswerAsync(ChatCall call, HttpListenerResponse response, CancellationToken cancellation) => answer(call, response, cancellation);
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
