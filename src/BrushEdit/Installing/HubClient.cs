using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;

namespace BrushEdit.Installing;

/// <summary>
/// Queries the hub for the commit of a branch, a folder's content, or a file from a given byte. Redirects are followed manually: the
/// token stays with the hub's own host, an encrypted address never leads to an unencrypted one, and cycles end. Proxies are those of the
/// system. (Addresses and fields: the hub's public API, <c>https://huggingface.co/docs/hub/api</c>.)
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 10;
    private const int MostPages = 100;
    private const int MostListingBytes = 16 << 20;

    private readonly HubSettings settings;
    private readonly HttpClient http;

    /// <summary>Creates a client; nothing is sent yet.</summary>
    /// <param name="settings">The hub settings.</param>
    /// <param name="transport">The message handler; null for the network.</param>
    /// <exception cref="EditException">Going online is forbidden, or the token would be sent unencrypted.</exception>
    public HubClient(HubSettings settings, HttpMessageHandler? transport = null)
    {
        settings.RequireUsable();
        this.settings = settings;
        transport ??= new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = settings.Timeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        http = new HttpClient(transport) { Timeout = Timeout.InfiniteTimeSpan };
        string version = typeof(HubClient).Assembly.GetName().Version!.ToString(3);
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("BrushEdit", version));
        http.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
    }

    /// <inheritdoc />
    public void Dispose() => http.Dispose();

    /// <summary>Returns the commit of a model's revision; a commit is returned as it is, without a request.</summary>
    public Task<string> ResolveAsync(PublishedModel model, CancellationToken cancellation) =>
        IsCommit(model.Revision)
            ? Task.FromResult(model.Revision)
            : RetryCount.RunAsync(settings, async () =>
            {
                (JsonDocument json, _) = await JsonAsync(Api(model, $"revision/{model.Revision}"), model, cancellation).ConfigureAwait(false);
                using JsonDocument closing = json;
                return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("sha", out JsonElement sha) && sha.ValueKind == JsonValueKind.String && sha.GetString() is { } commit && IsCommit(commit)
                    ? commit
                    : throw Unreadable(model);
            }, cancellation);

    /// <summary>Returns the hub's declarations of a model's files: size, and SHA-256 or Git's id.</summary>
    /// <param name="model">The model.</param>
    /// <param name="commit">From <see cref="ResolveAsync"/>.</param>
    /// <param name="cancellation">Cancels the request.</param>
    /// <returns>The files by their path relative to the model's folder.</returns>
    /// <exception cref="EditException">The hub does not answer, does not know the model or asks for a sign-in.</exception>
    public async Task<IReadOnlyDictionary<string, HubFile>> ListAsync(PublishedModel model, string commit, CancellationToken cancellation)
    {
        string prefix = model.Folder.Length > 0 ? model.Folder + "/" : "";
        Dictionary<string, HubFile> files = new(StringComparer.Ordinal);
        Uri? page = Api(model, $"tree/{commit}{(model.Folder.Length > 0 ? "/" + model.Folder : "")}?recursive=true");
        for (int number = 0; page is not null; number++)
        {
            Uri asked = number < MostPages ? page : throw Unreadable(model);
            (JsonDocument json, page) = await RetryCount.RunAsync(settings, () => JsonAsync(asked, model, cancellation), cancellation).ConfigureAwait(false);
            using JsonDocument closing = json;
            try
            {
                foreach (JsonElement entry in json.RootElement.EnumerateArray().Where(entry => entry.GetProperty("type").GetString() == "file"))
                {
                    string path = entry.GetProperty("path").GetString()!;
                    if (path.StartsWith(prefix, StringComparison.Ordinal))
                    {
                        files[path[prefix.Length..]] = HubFile.Of(entry);
                    }
                }
            }
            catch (Exception fault) when (fault is InvalidOperationException or KeyNotFoundException or FormatException or JsonException)
            {
                throw Unreadable(model, fault);
            }
        }

        return files;
    }

    /// <summary>Requests a file from a given byte.</summary>
    /// <param name="model">The model.</param>
    /// <param name="commit">From <see cref="ResolveAsync"/>.</param>
    /// <param name="path">The file, below the model's folder.</param>
    /// <param name="from">The first byte to return.</param>
    /// <param name="cancellation">Cancels the request.</param>
    /// <returns>The answer with its body unread: status 200 (from the first byte, whatever was requested), 206, or 416 (no such byte).</returns>
    /// <exception cref="PassingFaultException">The fault is transient.</exception>
    /// <exception cref="EditException">The fault is permanent.</exception>
    public async Task<HttpResponseMessage> OpenAsync(PublishedModel model, string commit, string path, long from, CancellationToken cancellation)
    {
        string folder = model.Folder.Length > 0 ? model.Folder + "/" : "";
        Uri address = Address($"{(model.IsSpace ? "spaces/" : "")}{model.Repository}/resolve/{commit}/{folder}{path}");
        HttpResponseMessage response = await SendAsync(address, from > 0 ? new RangeHeaderValue(from, null) : null, model, cancellation).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent && response.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml")
        {
            response.Dispose();
            throw new EditException(
                EditFault.ServiceFailed,
                $"The hub sent a web page instead of the file '{path}' of {model.Repository}.",
                $"A proxy or a sign-in page may be the cause; check that {model.Page} opens in a browser, and check {HubSettings.EndpointVariable}.",
                path);
        }

        return response;
    }

    private static bool IsCommit(string revision) => revision.Length == 40 && revision.All(char.IsAsciiHexDigit);

    private Uri Api(PublishedModel model, string what) => Address($"api/{(model.IsSpace ? "spaces" : "models")}/{model.Repository}/{what}");

    private Uri Address(string path) => new($"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}");

    private async Task<(JsonDocument Json, Uri? Next)> JsonAsync(Uri address, PublishedModel model, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await SendAsync(address, null, model, cancellation).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw Unreadable(model);
        }

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(settings.Timeout);
        byte[] bytes;
        try
        {
            await response.Content.LoadIntoBufferAsync(MostListingBytes, limit.Token).ConfigureAwait(false);
            bytes = await response.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (!cancellation.IsCancellationRequested && IsNetwork(fault))
        {
            throw Broken(model, fault);
        }

        try
        {
            return (StrictJson.Parse(bytes), NextPage(response, address, model));
        }
        catch (JsonException fault)
        {
            throw Unreadable(model, fault);
        }
    }

    // A long listing names its next page in a header (RFC 8288); a page outside the hub is not requested.
    private Uri? NextPage(HttpResponseMessage response, Uri address, PublishedModel model)
    {
        if (!response.Headers.TryGetValues("Link", out IEnumerable<string>? links))
        {
            return null;
        }

        string? next = links.SelectMany(link => link.Split(',')).FirstOrDefault(link => link.Contains("rel=\"next\"", StringComparison.Ordinal));
        int open = next?.IndexOf('<', StringComparison.Ordinal) ?? -1;
        int close = next?.IndexOf('>', StringComparison.Ordinal) ?? -1;
        if (next is null || open < 0 || close < open)
        {
            return null;
        }

        return Uri.TryCreate(address, next[(open + 1)..close], out Uri? page) && settings.IsHub(page) ? page : throw Unreadable(model);
    }

    private async Task<HttpResponseMessage> SendAsync(Uri address, RangeHeaderValue? range, PublishedModel model, CancellationToken cancellation)
    {
        HashSet<Uri> seen = [];
        while (true)
        {
            if (!seen.Add(address) || seen.Count > MostRedirects)
            {
                throw new EditException(EditFault.ServiceFailed, $"The hub redirects the call for {model.Repository} in a circle.", Elsewhere(model), address.Host);
            }

            HttpResponseMessage response = await SendOnceAsync(address, range, model, cancellation).ConfigureAwait(false);
            int status = (int)response.StatusCode;
            if (status is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location)
            {
                response.Dispose();
                address = Follow(address, location, model);
                continue;
            }

            if (status is 200 or 206 or 416)
            {
                return response;
            }

            using HttpResponseMessage closing = response;
            throw HubFaults.Of(response, address, model, settings.Token is not null);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(Uri address, RangeHeaderValue? range, PublishedModel model, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, address);
        request.Headers.Range = range;
        if (settings.Token is not null && settings.IsHub(address))
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {settings.Token}");
        }

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(settings.Timeout);
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (!cancellation.IsCancellationRequested && IsNetwork(fault))
        {
            throw Broken(model, fault, address.Host);
        }
    }

    private Uri Follow(Uri from, Uri location, PublishedModel model)
    {
        Uri to = location.IsAbsoluteUri ? location : new Uri(from, location);
        if (to.Scheme is not ("http" or "https") || (from.Scheme == "https" && to.Scheme == "http") || to.UserInfo.Length > 0)
        {
            throw new EditException(
                EditFault.ServiceFailed,
                $"The hub redirects the call for {model.Repository} from an encrypted address to an unencrypted one ({to.Scheme}, {to.Host}); it is not followed.",
                Elsewhere(model),
                to.Host);
        }

        return to;
    }

    private static bool IsNetwork(Exception fault) =>
        fault is HttpRequestException or IOException or SocketException or OperationCanceledException;

    private PassingFaultException Broken(PublishedModel model, Exception fault, string? host = null)
    {
        host ??= settings.Endpoint.Host;
        string what = fault is OperationCanceledException ? string.Create(CultureInfo.InvariantCulture, $"did not answer within {settings.Timeout.TotalSeconds:0.#} seconds") : "cannot be reached, or the connection broke";
        return new PassingFaultException(new EditException(
            EditFault.ServiceFailed,
            $"{host} {what}, asked for {model.Repository}.",
            "Check the connection and the proxy, and run the command again: received data is kept.",
            host,
            fault),
            unreachable: fault is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError });
    }

    private static EditException Unreadable(PublishedModel model, Exception? fault = null) => new(
        EditFault.ServiceFailed,
        $"The hub's answer about {model.Repository} cannot be read.",
        Elsewhere(model),
        model.Repository,
        fault);

    private static string Elsewhere(PublishedModel model) =>
        $"Check that {HubSettings.EndpointVariable} is the address of a hub, and that {model.Page} opens in a browser.";
}
