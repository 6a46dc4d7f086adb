using System.IO.Compression;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BrushEdit.Serving;

/// <summary>An answer to the page.</summary>
/// <param name="Status">The status.</param>
/// <param name="ContentType">The content type of the body.</param>
/// <param name="Body">The body.</param>
internal sealed record PageAnswer(HttpStatusCode Status, string ContentType, byte[] Body)
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.Default };

    /// <summary>An empty success answer.</summary>
    public static PageAnswer Empty { get; } = new(HttpStatusCode.NoContent, "text/plain", []);

    /// <summary>Whether the body is sent compressed: worthwhile for masks, which mostly have one value.</summary>
    public bool IsCompressed { get; private init; }

    /// <summary>Writes events as they come, until the browser or the server disconnects; null for an answer with a body.</summary>
    public Func<Stream, CancellationToken, Task>? Stream { get; private init; }

    /// <summary>An answer with a JSON object.</summary>
    /// <param name="value">The object.</param>
    /// <param name="status">The status.</param>
    public static PageAnswer Of(JsonObject value, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status, "application/json; charset=utf-8", JsonSerializer.SerializeToUtf8Bytes(value, Json));

    /// <summary>An error answer: an object with a message.</summary>
    /// <param name="status">The status.</param>
    /// <param name="message">The message.</param>
    public static PageAnswer Fault(HttpStatusCode status, string message) => Of(new JsonObject { ["message"] = message }, status);

    /// <summary>An answer with bytes, compressed for transfer.</summary>
    /// <param name="bytes">The bytes.</param>
    public static PageAnswer Packed(ReadOnlySpan<byte> bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream zip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(bytes);
        }

        return new PageAnswer(HttpStatusCode.OK, "application/octet-stream", packed.ToArray()) { IsCompressed = true };
    }

    /// <summary>An answer with a picture that a browser shows.</summary>
    /// <param name="bytes">The file.</param>
    public static PageAnswer Image(byte[] bytes) => new(HttpStatusCode.OK, bytes.AsSpan().StartsWith("RIFF"u8) ? "image/webp" : "image/png", bytes);

    /// <summary>An answer with a stream of events.</summary>
    /// <param name="write">Writes the events.</param>
    public static PageAnswer Events(Func<Stream, CancellationToken, Task> write) => new(HttpStatusCode.OK, "text/event-stream", []) { Stream = write };
}
