using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using BrushEdit.Planning;

namespace BrushEdit.Generating;

/// <summary>
/// Calls a server's <c>POST images/edits</c>: a time limit on each call, retried with growing waits (or the wait that the server requests)
/// if it is busy or the connection breaks. Every other fault states a remedy and quotes the server.
/// </summary>
internal sealed class ImageServerClient : IDisposable
{
    // A picture of the largest side, uncompressed and in base 64.
    private const int MostBytes = 96 << 20;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly ImageServerSettings settings;
    private readonly HttpClient http;
    private readonly string? key;

    // OpenAI's newer models reject the parameter, and always answer in this form.
    private bool namesFormat;

    /// <summary>Creates a client.</summary>
    /// <param name="settings">The server.</param>
    /// <exception cref="EditException">The address or the key is invalid.</exception>
    public ImageServerClient(ImageServerSettings settings)
    {
        this.settings = settings;
        key = settings.Check();
        namesFormat = settings.Model?.Contains("gpt-image", StringComparison.OrdinalIgnoreCase) != true;
        http = new HttpClient(new LimitedHandler(mostBytes: MostBytes)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The server's name in errors and results.</summary>
    public string Name => settings.Model is { } model ? $"{settings.Endpoint.Host} ({model})" : settings.Endpoint.Host;

    /// <summary>Requests an edit.</summary>
    /// <param name="picture">A PNG, square.</param>
    /// <param name="mask">A PNG of the same size: transparent = edit there.</param>
    /// <param name="prompt">What the picture shows after the edit.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <returns>The picture's file.</returns>
    /// <exception cref="EditException">The server failed; the message states how, and a remedy.</exception>
    public async Task<byte[]> EditAsync(byte[] picture, byte[] mask, string prompt, CancellationToken cancellation)
    {
        TimeSpan wait = settings.RetryDelay;
        for (int attempt = 0; ;)
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(settings.Timeout);
            try
            {
                return await CallAsync(picture, mask, prompt, limit.Token).ConfigureAwait(false);
            }
            catch (Exception) when (cancellation.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellation);
            }
            catch (Exception) when (limit.IsCancellationRequested)
            {
                throw Failed($"did not answer within {settings.Timeout.TotalSeconds:0.#} seconds", "Give it more time with -TimeoutSec, or check whether the server is busy or hangs.");
            }
            catch (ChatServerException fault) when (namesFormat && fault.Status is 400 or 422 && fault.Words.Contains("response_format", StringComparison.OrdinalIgnoreCase))
            {
                namesFormat = false;
            }
            catch (Exception fault) when (fault is ChatServerException or HttpRequestException or IOException)
            {
                ChatServerException? heard = fault as ChatServerException ?? fault.InnerException as ChatServerException;
                bool passing = heard is null ? !TooLong(fault) : heard.Status is 408 or 409 or 425 or 429 or >= 500;
                if (!passing || attempt >= settings.Retries || heard?.RetryAfter > LongestWait)
                {
                    throw Explain(fault, heard);
                }

                attempt++;
                await Task.Delay(heard?.RetryAfter ?? wait, cancellation).ConfigureAwait(false);
                wait *= 2;
            }
        }
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => http.Dispose();

    private async Task<byte[]> CallAsync(byte[] picture, byte[] mask, string prompt, CancellationToken cancellation)
    {
        using MultipartFormDataContent form = new()
        {
            { new StringContent(prompt), "prompt" },
            { new StringContent("1"), "n" },
            { new StringContent(string.Create(CultureInfo.InvariantCulture, $"{settings.Side}x{settings.Side}")), "size" },
            { Png(picture), "image", "image.png" },
            { Png(mask), "mask", "mask.png" },
        };
        if (settings.Model is not null)
        {
            form.Add(new StringContent(settings.Model), "model");
        }

        if (namesFormat)
        {
            form.Add(new StringContent("b64_json"), "response_format");
        }

        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(settings.Endpoint.AbsoluteUri.TrimEnd('/') + "/images/edits")) { Content = form };
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        using HttpResponseMessage response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
        return await PictureAsync(body, cancellation).ConfigureAwait(false);
    }

    private async Task<byte[]> PictureAsync(byte[] body, CancellationToken cancellation)
    {
        Uri? elsewhere = null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            JsonElement first = json.RootElement.GetProperty("data")[0];
            if (first.TryGetProperty("b64_json", out JsonElement inside) && inside.ValueKind == JsonValueKind.String)
            {
                return inside.GetBytesFromBase64();
            }

            if (first.TryGetProperty("url", out JsonElement url) && url.ValueKind == JsonValueKind.String)
            {
                Uri.TryCreate(settings.Endpoint, url.GetString(), out elsewhere);
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException)
        {
            throw Unreadable();
        }

        // The key is sent to no other host, and nothing is fetched unencrypted from another machine.
        if (elsewhere is null || (elsewhere.Scheme != "https" && !(elsewhere.Scheme == "http" && elsewhere.Host == settings.Endpoint.Host)))
        {
            throw Unreadable();
        }

        return await http.GetByteArrayAsync(elsewhere, cancellation).ConfigureAwait(false);
    }

    private EditException Unreadable() => Failed("does not answer in the images/edits protocol", "Check that the address is that of an image server (most end in /v1), and that its model edits pictures.");

    private static ByteArrayContent Png(byte[] file)
    {
        ByteArrayContent content = new(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        return content;
    }

    private EditException Explain(Exception fault, ChatServerException? heard)
    {
        string says = heard is { Words.Length: > 0 } ? $" It says: {heard.Words}" : string.Empty;
        return heard?.Status switch
        {
            _ when heard?.RetryAfter > LongestWait => Failed($"asks for a pause of {heard.RetryAfter.Value.TotalSeconds:0} seconds (status {heard.Status}).{says}", "Try again after that."),
            401 or 403 => Failed($"refused the key (status {heard.Status}).{says}", "Give the right key: -ApiKey, or the environment variable that -ApiKeyVariable names."),
            404 => Failed($"does not know the model or the address (status 404).{says}", "Check -Model and -Endpoint; most endpoints end in /v1."),
            >= 300 and < 400 => Failed($"redirects the call (status {heard.Status}), which is not followed.", "Give the final address as -Endpoint."),
            413 => Failed($"does not accept a picture of this size (status 413).{says}", "Give a smaller -ServerSize."),
            429 => Failed($"accepts no more calls for now (status 429).{says}", "Wait, or check the account's quota."),
            >= 500 => Failed($"failed with status {heard.Status}.{says}", "Try again later, or look at the server's log."),
            >= 400 => Failed($"failed with status {heard.Status}.{says}", "Check -Model, -Endpoint and -ServerSize: a server may support only certain sizes."),
            _ when TooLong(fault) => Failed("sent an endless answer.", "Check that the address is that of an image server."),
            _ => Failed("cannot be reached.", "Check that it is running, and check -Endpoint."),
        };
    }

    private EditException Failed(string what, string remedy) => new(EditFault.ServiceFailed, $"The image server {Name} {what.TrimEnd('.')}.", remedy, Name);

    private static bool TooLong(Exception fault) => fault is AnswerTooLongException || (fault.InnerException is { } inner && TooLong(inner));
}
