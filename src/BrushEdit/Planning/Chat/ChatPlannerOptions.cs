namespace BrushEdit.Planning;

/// <summary>The settings of a chat planner.</summary>
public sealed record ChatPlannerOptions
{
    /// <summary>All questions in one call, as one JSON object, instead of one at a time.</summary>
    public bool SingleCall { get; init; }

    /// <summary>The longest wait for one answer; a server that hangs or streams for ever ends there.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How often a call is made again after a busy server or a broken connection, 0 or more.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>The wait before the first repeated call; it doubles each time.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a bad answer is asked again with its fault named.</summary>
    public int Repairs { get; init; } = 2;

    /// <summary>The longest side in pixels of the picture that is sent.</summary>
    public int PictureSide { get; init; } = 768;

    /// <summary>The longest answer in tokens, from 16; null for 400, and four times as many once an answer was cut off, as reasoning models need.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Whether the backend is asked to hold to a JSON schema; where it refuses one, the question is asked without.</summary>
    public bool Constrain { get; init; } = true;
}
