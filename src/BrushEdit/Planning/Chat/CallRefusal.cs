namespace BrushEdit.Planning;

/// <summary>A part of a call that some servers refuse and that a plan can do without.</summary>
internal enum CallPart
{
    /// <summary>The JSON schema of the answer.</summary>
    Schema,

    /// <summary>The temperature 0.</summary>
    Temperature,

    /// <summary>The token limit.</summary>
    Limit,

    /// <summary>The system message, which is then put before the user's words.</summary>
    System,
}

/// <summary>Determines from a server's status and words which part of a call it refused.</summary>
internal static class CallRefusal
{
    // In the order in which they are omitted if a server does not say which part it refuses.
    private static readonly (CallPart Part, string[] Words)[] Parts =
    [
        (CallPart.Schema, ["response_format", "response format", "responseformat", "json_schema", "json schema", "jsonschema", "schema", "structured output", "structured_output", "structured-output", "guided", "grammar", "json mode", "json_object", "text.format", "format is not"]),
        (CallPart.Temperature, ["temperature", "sampling param", "top_p"]),
        (CallPart.Limit, ["max_tokens", "max_completion_tokens", "max_output_tokens", "max tokens", "maxtokens", "maxoutputtokens", "num_predict"]),
        (CallPart.System, ["system message", "system messages", "system prompt", "system role", "system instruction", "'system'", "\"system\"", "`system`", "role system", "role: system", "developer instruction", "developer message", "developer role", "roles must alternate", "conversation roles"]),
    ];

    private static readonly string[] Unknown = ["not found", "does not exist", "no such model", "unknown model", "invalid model", "not a valid model", "model_not_found", "try pulling it", "no model", "not exist"];

    /// <summary>The part to omit; null if the server refused for another reason.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="words">The server's words.</param>
    /// <param name="there">Whether a part is still in the call.</param>
    public static CallPart? Of(int status, string words, Func<CallPart, bool> there)
    {
        if (status is < 400 or 401 or 402 or 403 or 407 or 408 or 409 or 413 or 425 or 429)
        {
            return null;
        }

        foreach ((CallPart part, string[] names) in Parts)
        {
            if (there(part) && names.Any(name => words.Contains(name, StringComparison.OrdinalIgnoreCase)))
            {
                return part;
            }
        }

        // The server does not name the part. A server's own failure, an unknown model and an unknown address are not refusals.
        bool vague = status is 400 or 422 or 501 || (status is 404 or 405 or 406 or 415 && words.Length > 0);
        return vague && !Unknown.Any(name => words.Contains(name, StringComparison.OrdinalIgnoreCase)) ? Parts.Select(p => (CallPart?)p.Part).FirstOrDefault(part => there(part!.Value)) : null;
    }

    /// <summary>Whether a server's words mention pictures.</summary>
    /// <param name="words">The words.</param>
    public static bool SpeaksOfPictures(string words) =>
        new[] { "image", "vision", "multimodal", "multi-modal", "mmproj", "picture" }.Any(word => words.Contains(word, StringComparison.OrdinalIgnoreCase));
}
