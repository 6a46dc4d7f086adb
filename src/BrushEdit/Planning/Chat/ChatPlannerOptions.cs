namespace BrushEdit.Planning;

/// <summary>The settings of a chat planner.</summary>
public sealed record ChatPlannerOptions
{
    /// <summary>Whether all questions are sent in one call, as one JSON object, instead of one at a time.</summary>
    public bool SingleCall { get; init; }

    /// <summary>The time limit for one answer; it also stops a server that hangs or streams forever.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How often a call is retried after a busy server or a broken connection, 0 or more.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>The wait before the first repeated call; it doubles each time.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a question is repeated after an invalid answer, with its fault named.</summary>
    public int Repairs { get; init; } = 2;

    /// <summary>The longest side in pixels of the picture that is sent.</summary>
    public int PictureSide { get; init; } = 768;

    /// <summary>
    /// The maximum length of an answer in tokens, from 16; null for 400, and four times as many after an answer was cut off, as reasoning models
    /// need.
    /// </summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Whether the backend is requested to follow a JSON schema; if it refuses, the question is sent without one.</summary>
    public bool Constrain { get; init; } = true;
}
