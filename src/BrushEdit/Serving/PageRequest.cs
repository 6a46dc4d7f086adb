using System.Globalization;
using System.Net;
using System.Text.Json;

namespace BrushEdit.Serving;

/// <summary>A request of the page that passed the access check.</summary>
/// <param name="request">The request.</param>
/// <param name="path">The path relative to the page's path.</param>
internal sealed class PageRequest(HttpListenerRequest request, string path)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>GET or POST, and the path relative to the page's path: <c>POST steps</c>.</summary>
    public string Route { get; } = $"{request.HttpMethod} {path}";

    /// <summary>Returns a value of the query; null if it does not exist.</summary>
    /// <param name="name">Its name.</param>
    public string? Text(string name) => request.QueryString[name];

    /// <summary>Returns an integer of the query.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="PageFault">The value does not exist, or is not an integer.</exception>
    public int Number(string name) => int.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
        ? number
        : throw new PageFault(HttpStatusCode.BadRequest, $"'{name}' is not a whole number.");

    /// <summary>Reads the body.</summary>
    /// <param name="most">The maximum number of bytes.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="PageFault">The body is not a JSON object, is too large, or takes too long to arrive.</exception>
    public async Task<JsonElement> ReadJson(int most, CancellationToken cancellation)
    {
        if (request.ContentType?.Split(';')[0].Trim() != "application/json")
        {
            throw new PageFault(HttpStatusCode.UnsupportedMediaType, "The request is not JSON.");
        }

        if (request.ContentLength64 > most)
        {
            throw new PageFault(HttpStatusCode.RequestEntityTooLarge, $"The request has more than {most} bytes.");
        }

        byte[] body = await Body(most, cancellation).WaitAsync(Patience, cancellation).ConfigureAwait(false);
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new PageFault(HttpStatusCode.BadRequest, "The request is not a JSON object.");
        }
        catch (JsonException fault)
        {
            throw new PageFault(HttpStatusCode.BadRequest, $"The request is not JSON: {fault.Message}");
        }
    }

    private async Task<byte[]> Body(int most, CancellationToken cancellation)
    {
        using MemoryStream body = new();
        byte[] buffer = new byte[16 << 10];
        for (int read = 1; read > 0;)
        {
            read = await request.InputStream.ReadAsync(buffer, cancellation).ConfigureAwait(false);
            body.Write(buffer, 0, read);
            if (body.Length > most)
            {
                throw new PageFault(HttpStatusCode.RequestEntityTooLarge, $"The request has more than {most} bytes.");
            }
        }

        return body.ToArray();
    }
}

/// <summary>A request of the page that cannot be answered; the page shows the message.</summary>
/// <param name="status">The status of the answer.</param>
/// <param name="message">The message.</param>
internal sealed class PageFault(HttpStatusCode status, string message) : Exception(message)
{
    /// <summary>The status of the answer.</summary>
    public HttpStatusCode Status { get; } = status;
}
