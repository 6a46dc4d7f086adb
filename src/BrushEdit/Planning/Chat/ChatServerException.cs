using System.Text.Json;

namespace BrushEdit.Planning;

/// <summary>A server's error response.</summary>
/// <param name="status">The HTTP status, or the one that the body names.</param>
/// <param name="words">The server's own words on one line, without the key; empty for none.</param>
/// <param name="retryAfter">The wait that it requests; null if it names none.</param>
internal sealed class ChatServerException(int status, string words, TimeSpan? retryAfter) : IOException($"Status {status}. {words}")
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The server's own words.</summary>
    public string Words { get; } = words;

    /// <summary>The wait that the server requests.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>The message in a body: a JSON error in one of the usual formats, or a line of plain text; empty for an HTML page.</summary>
    /// <param name="body">The body.</param>
    /// <param name="secret">The key, which some servers repeat; null for none.</param>
    public static string WordsOf(string body, string? secret)
    {
        string text = body.TrimStart().StartsWith('<') ? "" : body;
        try
        {
            using JsonDocument json = JsonDocument.Parse(body);
            List<string> said = [];
            Collect(json.RootElement, said, 4);
            text = string.Join(" ", said.Distinct());
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Plain text, a page, or half a surrogate pair.
        }

        return AnswerText.OneLine(string.IsNullOrEmpty(secret) ? text : text.Replace(secret, "***", StringComparison.Ordinal));
    }

    /// <summary>The error status that a body names although the response reports success: some gateways send errors this way.</summary>
    /// <param name="body">The body.</param>
    /// <returns>Null if the body is not an error.</returns>
    public static int? StatusWithin(string body)
    {
        if (!body.Contains("\"error\"", StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("error", out JsonElement error) || error.ValueKind is JsonValueKind.Null or JsonValueKind.False
                || (json.RootElement.TryGetProperty("choices", out JsonElement choices) && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() > 0))
            {
                return null;
            }

            return error.ValueKind == JsonValueKind.Object && error.TryGetProperty("code", out JsonElement code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out int status) && status is >= 400 and < 600 ? status : 502;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Collect(JsonElement json, List<string> said, int depth)
    {
        if (depth == 0)
        {
            return;
        }

        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                said.Add(json.GetString()!);
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in json.EnumerateArray().Take(4))
                {
                    Collect(item, said, depth - 1);
                }

                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in json.EnumerateObject())
                {
                    if (property.Name.ToLowerInvariant() is "error" or "errors" or "message" or "detail" or "details" or "msg" or "loc" or "param" or "metadata" or "raw" or "error_description" or "title" or "reason")
                    {
                        Collect(property.Value, said, depth - 1);
                    }
                }

                break;
        }
    }
}
