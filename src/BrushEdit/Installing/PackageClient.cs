using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;

namespace BrushEdit.Installing;

/// <summary>Queries a package source over NuGet's protocol 3; the handler supplies the source's credentials and the proxy.</summary>
/// <param name="handler">From NuGet's own client.</param>
/// <param name="settings">Time-outs and retries.</param>
/// <param name="source">The source's address, for error messages.</param>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The handler is NuGet's, and the client holds nothing else.")]
internal sealed class PackageClient(HttpMessageHandler handler, HubSettings settings, string source)
{
    private const int MostTextBytes = 4 << 20;

    private readonly HttpClient http = new(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>The answering host, for error messages.</summary>
    public string Host { get; } = new Uri(source).Host;

    /// <summary>Returns the size of a file; null if the source does not have it.</summary>
    /// <param name="address">The file.</param>
    /// <param name="cancellation">Cancels the request.</param>
    public Task<long?> SizeAsync(Uri address, CancellationToken cancellation) => RetryCount.RunAsync<long?>(settings, async () =>
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Head, address, null, cancellation).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.NotFound
            ? null
            : response.Content.Headers.ContentLength ?? throw new EditException(EditFault.ServiceFailed, $"{Host} does not report the size of '{address.AbsolutePath}'.", null, source);
    }, cancellation);

    /// <summary>Returns a small text; null if the source does not have it.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="cancellation">Cancels the request.</param>
    public Task<byte[]?> TextAsync(Uri address, CancellationToken cancellation) => RetryCount.RunAsync<byte[]?>(settings, async () =>
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Get, address, null, cancellation).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(settings.Timeout);
        try
        {
            await response.Content.LoadIntoBufferAsync(MostTextBytes, limit.Token).ConfigureAwait(false);
            return await response.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (!cancellation.IsCancellationRequested && IsNetwork(fault))
        {
            throw Broken(fault);
        }
    }, cancellation);

    /// <summary>Returns a package's SHA-512 from the source's catalogue; null if the catalogue states none.</summary>
    /// <param name="registration">The package's entry, a "registration leaf" (learn.microsoft.com/nuget/api/registration-base-url-resource).</param>
    /// <param name="cancellation">Cancels the request.</param>
    public async Task<string?> DeclaredHashAsync(Uri registration, CancellationToken cancellation)
    {
        try
        {
            byte[]? leaf = await TextAsync(registration, cancellation).ConfigureAwait(false);
            if (leaf is null)
            {
                return null;
            }

            using JsonDocument entry = JsonDocument.Parse(leaf);
            JsonElement details = entry.RootElement.GetProperty("catalogEntry");
            if (details.ValueKind != JsonValueKind.String)
            {
                return Hash(details);
            }

            byte[]? catalogue = Uri.TryCreate(registration, details.GetString(), out Uri? address) && address.Scheme == registration.Scheme
                ? await TextAsync(address, cancellation).ConfigureAwait(false)
                : null;
            if (catalogue is null)
            {
                return null;
            }

            using JsonDocument page = JsonDocument.Parse(catalogue);
            return Hash(page.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Requests a file from a given byte: status 200, 206 or 416; see <see cref="ResumableDownload"/>.</summary>
    /// <param name="address">The file.</param>
    /// <param name="from">The first byte to return.</param>
    /// <param name="cancellation">Cancels the request.</param>
    public async Task<HttpResponseMessage> OpenAsync(Uri address, long from, CancellationToken cancellation)
    {
        HttpResponseMessage response = await SendAsync(HttpMethod.Get, address, from > 0 ? new RangeHeaderValue(from, null) : null, cancellation).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            response.Dispose();
            throw new EditException(EditFault.NotFound, $"{Host} no longer has '{address.AbsolutePath}'.", "Run the command again.", source);
        }

        return response;
    }

    private static string? Hash(JsonElement details) =>
        details.ValueKind == JsonValueKind.Object
        && details.TryGetProperty("packageHash", out JsonElement hash) && hash.ValueKind == JsonValueKind.String
        && details.TryGetProperty("packageHashAlgorithm", out JsonElement algorithm) && algorithm.ValueEquals("SHA512")
            ? hash.GetString()
            : null;

    private static bool IsNetwork(Exception fault) => fault is HttpRequestException or IOException or SocketException or OperationCanceledException;

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, RangeHeaderValue? range, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(method, address);
        request.Headers.Range = range;

        // The hash covers the file itself, not its transfer encoding.
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(settings.Timeout);
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (!cancellation.IsCancellationRequested && IsNetwork(fault))
        {
            throw Broken(fault);
        }

        int status = (int)response.StatusCode;
        if (status is 200 or 206 or 416 or 404)
        {
            return response;
        }

        using HttpResponseMessage closing = response;
        EditException refusal = new(
            EditFault.ServiceFailed,
            $"{Host} refuses the call (status {status}).",
            status is 401 or 403 ? "Give the source's credentials in NuGet's configuration (dotnet nuget update source)." : "Try again later: received data is kept.",
            source);
        throw status is 408 or 425 or 429 or >= 500 ? new PassingFaultException(refusal, response.Headers.RetryAfter?.Delta) : refusal;
    }

    private PassingFaultException Broken(Exception fault) => new(
        new EditException(
            EditFault.ServiceFailed,
            $"{Host} {(fault is OperationCanceledException ? string.Create(CultureInfo.InvariantCulture, $"did not answer within {settings.Timeout.TotalSeconds:0.#} seconds") : "cannot be reached, or the connection broke")}.",
            "Check the connection and the proxy, and run the command again: received data is kept.",
            source,
            fault),
        unreachable: fault is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError });
}
