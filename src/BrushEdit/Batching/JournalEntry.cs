using System.Text.Json;
using System.Text.Json.Serialization;

namespace BrushEdit.Batching;

/// <summary>One line of a journal.</summary>
internal sealed record JournalEntry
{
    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The event that the line records.</summary>
    public required JournalEvent Event { get; init; }

    /// <summary>The time of the event, in UTC.</summary>
    public DateTime Time { get; init; }

    /// <summary>The input's key; null if a run begins.</summary>
    public string? Input { get; init; }

    /// <summary>The input's length in bytes.</summary>
    public long? Length { get; init; }

    /// <summary>When the input was last written, in UTC.</summary>
    public DateTime? Modified { get; init; }

    /// <summary>The SHA-256 of the input.</summary>
    public string? Hash { get; init; }

    /// <summary>The digest of the settings.</summary>
    public string? Settings { get; init; }

    /// <summary>The outputs, by their paths from the output folder, with slashes.</summary>
    public IReadOnlyList<JournalOutput>? Outputs { get; init; }

    /// <summary>The seed of the result.</summary>
    public long? Seed { get; init; }

    /// <summary>Seconds the item took in the networks.</summary>
    public double? Seconds { get; init; }

    /// <summary>Why the item failed, or what was not found in it.</summary>
    public string? Error { get; init; }

    /// <summary>The line, without its end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Form);

    /// <summary>Reads a line; null if it is torn, or has content that no run writes.</summary>
    /// <param name="line">The line.</param>
    public static JournalEntry? Read(string line)
    {
        try
        {
            JournalEntry? entry = line.Length == 0 ? null : JsonSerializer.Deserialize<JournalEntry>(line, Form);
            return entry?.Outputs is null || entry.Outputs.All(IsInside) ? entry : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or ArgumentException or FormatException)
        {
            return null;
        }
    }

    // Outputs are in the output folder; a name that leads out of it was not written by a run.
    private static bool IsInside(JournalOutput? output) =>
        !string.IsNullOrEmpty(output?.Path) && !output.Path.Contains('\0', StringComparison.Ordinal)
        && !Path.IsPathRooted(output.Path) && !output.Path.Split('/', '\\').Contains("..");
}

/// <summary>The event that a line of a journal records.</summary>
internal enum JournalEvent
{
    /// <summary>A run begins.</summary>
    Run,

    /// <summary>The outputs of an item are about to be moved to their final names: files of these names belong to the batch.</summary>
    Writing,

    /// <summary>All outputs of an item have their final names.</summary>
    Done,

    /// <summary>An item failed.</summary>
    Failed,

    /// <summary>Nothing was found to edit in an item.</summary>
    NotFound,
}

/// <summary>A file that a batch wrote.</summary>
/// <param name="Path">Its path from the output folder, with slashes.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Hash">The SHA-256 of its content, in hexadecimal; null in journals of earlier versions.</param>
/// <param name="Modified">When it was written, in UTC; null if it is only about to be moved to its final name.</param>
public sealed record JournalOutput(string Path, long Length, string? Hash = null, DateTime? Modified = null);

/// <summary>The earlier result of an input.</summary>
/// <param name="Files">The files, all of which exist.</param>
/// <param name="Changed">Those of them that somebody has changed since.</param>
public sealed record DoneBefore(IReadOnlyList<string> Files, IReadOnlyList<string> Changed);
