using System.ClientModel;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace BrushEdit.Planning;

/// <summary>A model's answer: its words without its reasoning, and whether it was cut off by the token limit.</summary>
internal readonly record struct ChatAnswer(string Text, bool CutOff, int? Tokens);

/// <summary>
/// Makes calls one after another, each with a time limit. A call is repeated with growing waits (or the wait that the server requests) if the server
/// is busy or the connection breaks. A part of a call that a server refuses (a schema, a temperature, a limit, a system message) is omitted from then
/// on. Every other fault becomes an error with a remedy and the server's own words.
/// </summary>
internal sealed class ChatCaller(IChatClient client, string name, ChatPlannerOptions options)
{
    private const int MostAnswerCharacters = 200_000;
    private const int UsualTokens = 400;
    private const int MoreTokens = 4 * UsualTokens;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private HashSet<CallPart> refused = options.Constrain ? [] : [CallPart.Schema];
    private int tokens = options.MaxOutputTokens ?? UsualTokens;

    /// <summary>Sends a question and returns the answer.</summary>
    public async Task<ChatAnswer> AskAsync(IList<ChatMessage> messages, JsonElement schema, string schemaName, CancellationToken cancellation)
    {
        TimeSpan wait = options.RetryDelay;
        HashSet<CallPart> left = [.. refused];
        for (int attempt = 0; ;)
        {
            ChatOptions chat = new()
            {
                Temperature = left.Contains(CallPart.Temperature) ? null : 0,
                MaxOutputTokens = left.Contains(CallPart.Limit) ? null : tokens,
                ResponseFormat = left.Contains(CallPart.Schema) ? null : ChatResponseFormat.ForJsonSchema(schema, schemaName),
            };
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(options.Timeout);
            try
            {
                // A client that ignores its cancellation token must not block the pipeline either.
                ChatResponse response = await client.GetResponseAsync(left.Contains(CallPart.System) ? Folded(messages) : messages, chat, limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
                refused = left;
                string text = response.Text;
                return new ChatAnswer(AnswerText.WithoutReasoning(text.Length > MostAnswerCharacters ? text[..MostAnswerCharacters] : text), response.FinishReason == ChatFinishReason.Length, chat.MaxOutputTokens);
            }
            catch (Exception) when (cancellation.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellation);
            }
            catch (Exception) when (limit.IsCancellationRequested)
            {
                throw Failed(string.Create(CultureInfo.InvariantCulture, $"did not answer within {options.Timeout.TotalSeconds:0.#} seconds"), "Give it more time with -TimeoutSec, or check whether the server is busy or hangs.");
            }
            catch (Exception fault) when (fault is not EditException)
            {
                (int status, string words, TimeSpan? asked) = Heard(fault);
                if (CallRefusal.Of(status, words, known => !left.Contains(known)) is { } part)
                {
                    left.Add(part);
                    continue;
                }

                bool passing = status is 408 or 409 or 425 or 429 or >= 500 || (status == 0 && IsNetwork(fault) && !TooLong(fault));
                if (passing && attempt < options.Retries && !(asked > LongestWait))
                {
                    attempt++;
                    await Task.Delay(asked ?? wait, cancellation).ConfigureAwait(false);
                    wait *= 2;
                    continue;
                }

                throw Explain(fault);
            }
        }
    }

    /// <summary>Raises the token limit of the next answers, unless the user has set one.</summary>
    /// <returns>False if the limit is already raised.</returns>
    public bool GrantMore()
    {
        bool more = options.MaxOutputTokens is null && tokens < MoreTokens;
        tokens = more ? MoreTokens : tokens;
        return more;
    }

    // The system's words are put before the user's first words, for servers that accept no system message beside a picture.
    private static List<ChatMessage> Folded(IList<ChatMessage> messages)
    {
        string system = string.Join('\n', messages.Where(m => m.Role == ChatRole.System).Select(m => m.Text));
        List<ChatMessage> folded = [.. messages.Where(m => m.Role != ChatRole.System)];
        int first = folded.FindIndex(m => m.Role == ChatRole.User);
        if (system.Length > 0 && first >= 0)
        {
            folded[first] = new ChatMessage(ChatRole.User, [new TextContent(system + "\n\n"), .. folded[first].Contents]);
        }

        return folded;
    }

    private EditException Explain(Exception fault)
    {
        (int status, string words, TimeSpan? asked) = Heard(fault);
        string says = words.Length > 0 ? $" It says: {words}" : "";
        return status switch
        {
            _ when asked > LongestWait => Failed(string.Create(CultureInfo.InvariantCulture, $"asks for a pause of {asked.Value.TotalSeconds:0} seconds (status {status}).{says}"), "Try again after that."),
            401 or 403 => Failed($"refused the key (status {status}).{says}", "Give the right key: -ApiKey, or the environment variable that -ApiKeyVariable names."),
            400 or 404 or 415 or 422 when CallRefusal.SpeaksOfPictures(words) => Failed($"does not accept pictures (status {status}).{says}", "Choose a model with vision, such as gpt-4o, llava or qwen2-vl, with its projector loaded."),
            404 => Failed($"does not know the model or the address (status 404).{says}", "Check -Model and -Endpoint; most endpoints end in /v1."),
            >= 300 and < 400 => Failed($"redirects the call (status {status}), which is not followed.", "Give the final address as -Endpoint."),
            413 => Failed($"does not accept a picture of this size (status 413).{says}", "Choose another server or raise its limit."),
            429 => Failed($"accepts no more calls for now (status 429).{says}", "Wait, or check the account's quota."),
            >= 400 => Failed($"failed with status {status}.{says}", status >= 500 ? "Try again later, or look at the server's log." : "Check -Model and -Endpoint."),
            _ when TooLong(fault) => Failed("sent an endless answer.", "Check that the address is that of a chat server."),
            _ when IsNetwork(fault) => Failed("cannot be reached.", "Check that it is running, and check -Endpoint."),
            _ => Failed("does not answer in its protocol.", "Check that the address is that of a chat server (most end in /v1), and not of a web page."),
        };
    }

    private EditException Failed(string what, string remedy) => new(EditFault.ServiceFailed, $"The planner {name} {what.TrimEnd('.')}.", remedy, name);

    // What our own handler received, or another client reports.
    private static (int Status, string Words, TimeSpan? RetryAfter) Heard(Exception fault) => fault switch
    {
        ChatServerException server => (server.Status, server.Words, server.RetryAfter),
        ClientResultException { Status: > 0 } result => (result.Status, AnswerText.OneLine(result.Message), null),
        HttpRequestException { StatusCode: { } code } http => ((int)code, AnswerText.OneLine(http.Message), null),
        _ => fault.InnerException is { } inner ? Heard(inner) : (0, "", null),
    };

    private static bool TooLong(Exception fault) => fault is AnswerTooLongException || (fault.InnerException is { } inner && TooLong(inner));

    // Clients wrap the network's exceptions.
    private static bool IsNetwork(Exception fault) =>
        fault is HttpRequestException or IOException or SocketException || (fault.InnerException is { } inner && IsNetwork(inner));
}
