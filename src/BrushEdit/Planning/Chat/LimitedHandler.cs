using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace BrushEdit.Planning;

/// <summary>The error for an answer that exceeds the size limit.</summary>
internal sealed class AnswerTooLongException() : IOException("The answer exceeds the requested length.");

/// <summary>
/// Buffers a server's answers completely, up to a maximum number of bytes, so that an endless response cannot exhaust the memory; throws a <see
/// cref="ChatServerException"/> with the server's own words for any response that is not a success.
/// </summary>
/// <param name="inner">The handler that accesses the network; null for the default.</param>
/// <param name="mostBytes">The maximum number of bytes of an answer.</param>
internal sealed class LimitedHandler(HttpMessageHandler? inner = null, int mostBytes = LimitedHandler.MostBytes)
    : DelegatingHandler(inner ?? new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(15) })
{
    /// <summary>The maximum number of bytes of a plan's answer.</summary>
    public const int MostBytes = 1 << 20;

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        HttpContent original = response.Content;
        byte[] bytes;
        using (Stream body = await original.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false))
        {
            bytes = await ReadAsync(body, cancellationToken).ConfigureAwait(false);
        }

        ByteArrayContent whole = new(bytes);
        if (original.Headers.ContentType is { } type)
        {
            whole.Headers.ContentType = type;
        }

        response.Content = whole;
        string text = Encoding.UTF8.GetString(bytes);
        int? status = response.IsSuccessStatusCode ? ChatServerException.StatusWithin(text) : (int)response.StatusCode;
        if (status is { } failed)
        {
            TimeSpan? wait = Wait(response.Headers);
            response.Dispose();
            throw new ChatServerException(failed, ChatServerException.WordsOf(text, request.Headers.Authorization?.Parameter), wait);
        }

        return response;
    }

    private async Task<byte[]> ReadAsync(Stream body, CancellationToken cancellation)
    {
        using MemoryStream read = new();
        byte[] block = new byte[16384];
        int count;
        while ((count = await body.ReadAsync(block, cancellation).ConfigureAwait(false)) > 0)
        {
            read.Write(block, 0, count);
            if (read.Length > mostBytes)
            {
                throw new AnswerTooLongException();
            }
        }

        return read.ToArray();
    }

    private static TimeSpan? Wait(HttpResponseHeaders headers)
    {
        if (headers.TryGetValues("retry-after-ms", out IEnumerable<string>? exact) && double.TryParse(exact.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out double milliseconds) && milliseconds is >= 0 and < 1e9)
        {
            return TimeSpan.FromMilliseconds(milliseconds);
        }

        TimeSpan? wait = headers.RetryAfter?.Delta ?? (headers.RetryAfter?.Date - DateTimeOffset.UtcNow);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
