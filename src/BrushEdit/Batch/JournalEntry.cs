using System.Text.Json;
using System.Text.Json.Serialization;

namespace BrushEdit.Batch;

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

    /// <summary>What the line tells.</summary>
    public required JournalEvent Event { get; init; }

    /// <summary>When, in UTC.</summary>
    public DateTime Time { get; init; }

    /// <summary>The input's key; null where a run begins.</summary>
    public string? Input { get; init; }

    /// <summary>The input's bytes.</summary>
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

    /// <summary>Why the item failed.</summary>
    public string? Error { get; init; }

    /// <summary>The line, without its end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Form);

    /// <summary>Reads a line; null where it is torn or is none.</summary>
    /// <param name="line">The line.</param>
    public static JournalEntry? Read(string line)
    {
        try
        {
            return line.Length == 0 ? null : JsonSerializer.Deserialize<JournalEntry>(line, Form);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What a line of a journal tells.</summary>
internal enum JournalEvent
{
    /// <summary>A run begins.</summary>
    Run,

    /// <summary>The outputs of an item are about to be put in their places: files of these names are the batch's own.</summary>
    Writing,

    /// <summary>All outputs of an item are in their places.</summary>
    Done,

    /// <summary>An item failed.</summary>
    Failed,
}

/// <summary>A file that a batch wrote.</summary>
/// <param name="Path">Its path from the output folder, with slashes.</param>
/// <param name="Length">Its bytes; 0 where it is only about to be written.</param>
public sealed record JournalOutput(string Path, long Length);
