using System.ClientModel;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace BrushEdit.Planning;

/// <summary>
/// Makes one call after the other: a time limit on each, repeated with growing waits where the server is busy or the connection
/// breaks, and every fault turned into one that says what to do. What the server says is never shown beyond its status.
/// </summary>
internal sealed class ChatCaller(IChatClient client, string name, ChatPlannerOptions options)
{
    private const int MostAnswerCharacters = 20_000;
    private bool constrain = options.Constrain;

    /// <summary>Asks; gives the answer's text.</summary>
    public async Task<string> AskAsync(IList<ChatMessage> messages, JsonElement schema, string schemaName, CancellationToken cancellation)
    {
        TimeSpan wait = options.RetryDelay;
        for (int attempt = 0; ; attempt++)
        {
            ChatOptions chat = new()
            {
                Temperature = 0,
                MaxOutputTokens = options.MaxOutputTokens,
                ResponseFormat = constrain ? ChatResponseFormat.ForJsonSchema(schema, schemaName) : null,
            };
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(options.Timeout);
            try
            {
                // A client that does not listen to its token must not hold the pipeline either.
                ChatResponse response = await client.GetResponseAsync(messages, chat, limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
                string text = response.Text;
                return text.Length > MostAnswerCharacters ? text[..MostAnswerCharacters] : text;
            }
            catch (Exception) when (cancellation.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellation);
            }
            catch (Exception) when (limit.IsCancellationRequested)
            {
                throw Failed($"did not answer within {options.Timeout.TotalSeconds:0.#} seconds", "Give it more time with -TimeoutSec, or see whether the server is busy or hangs.");
            }
            catch (Exception fault) when (fault is not EditException)
            {
                int status = StatusOf(fault);
                if (constrain && status is 400 or 422 or 501 && !SpeaksOfPictures(fault))
                {
                    // Not every server knows JSON schemas: the same question without one.
                    constrain = false;
                    continue;
                }

                bool passing = status is 408 or 409 or 425 or 429 or >= 500 || (status == 0 && IsNetwork(fault) && !TooLong(fault));
                if (passing && attempt < options.Retries)
                {
                    await Task.Delay(wait, cancellation).ConfigureAwait(false);
                    wait *= 2;
                    continue;
                }

                throw Explain(fault, status);
            }
        }
    }

    private EditException Explain(Exception fault, int status) => status switch
    {
        401 or 403 => Failed($"refused the key (status {status})", "Give the right key: -ApiKey, or the environment variable that -ApiKeyVariable names."),
        404 => Failed("does not know the model or the address (status 404)", "Check -Model and -Endpoint; most endpoints end in /v1."),
        400 or 415 or 422 when SpeaksOfPictures(fault) => Failed($"does not take pictures (status {status})", "Choose a model with vision, such as gpt-4o, llava or qwen2-vl, with its projector loaded."),
        >= 300 and < 400 => Failed($"sends the call elsewhere (status {status}), which is not followed", "Give the address itself as -Endpoint."),
        413 => Failed("does not take so large a picture (status 413)", "Choose another server or raise its limit."),
        429 => Failed("takes no more calls for now (status 429)", "Wait, or check the account's quota."),
        >= 400 => Failed($"failed with status {status}", status >= 500 ? "Try again later, or look at the server's log." : "Check -Model and -Endpoint."),
        _ when TooLong(fault) => Failed("sent an answer without end", "See whether the address is that of a chat server."),
        _ when IsNetwork(fault) => Failed("cannot be reached", "See whether it runs, and check -Endpoint."),
        _ => Failed("does not answer in its protocol", "See whether the address is that of a chat server (most end in /v1), and not of a web page."),
    };

    private EditException Failed(string what, string remedy) => new(EditFault.ServiceFailed, $"The planner {name} {what}.", remedy, name);

    private static int StatusOf(Exception fault) => fault switch
    {
        ClientResultException result => result.Status,
        HttpRequestException { StatusCode: { } code } => (int)code,
        _ => fault.InnerException is { } inner ? StatusOf(inner) : 0,
    };

    private static bool TooLong(Exception fault) => fault is AnswerTooLongException || (fault.InnerException is { } inner && TooLong(inner));

    // Clients wrap what the network says.
    private static bool IsNetwork(Exception fault) =>
        fault is HttpRequestException or IOException or SocketException || (fault.InnerException is { } inner && IsNetwork(inner));

    private static bool SpeaksOfPictures(Exception fault)
    {
        string said = fault.Message + ((fault as ClientResultException)?.GetRawResponse()?.Content.ToString() ?? "");
        return said.Contains("image", StringComparison.OrdinalIgnoreCase) || said.Contains("vision", StringComparison.OrdinalIgnoreCase) || said.Contains("multimodal", StringComparison.OrdinalIgnoreCase) || said.Contains("mmproj", StringComparison.OrdinalIgnoreCase);
    }
}
