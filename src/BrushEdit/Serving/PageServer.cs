using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace BrushEdit.Serving;

/// <summary>
/// Serves one page to one browser of this machine, on the loopback address only. An <see cref="AccessGate"/> checks each request before
/// anything of the request is processed.
/// </summary>
internal sealed class PageServer : IDisposable
{
    private const int Attempts = 20;
    private const int MostRequests = 64;

    // Nothing but the page's own files, no frame around it, no form, no markup from text.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private readonly HttpListener listener;
    private readonly AccessGate gate;
    private readonly Func<PageRequest, CancellationToken, Task<PageAnswer>> answer;
    private readonly CancellationTokenSource end = new();
    private readonly SemaphoreSlim places = new(MostRequests);

    private PageServer(HttpListener listener, int port, Func<PageRequest, CancellationToken, Task<PageAnswer>> answer)
    {
        this.listener = listener;
        this.answer = answer;
        Port = port;
        gate = new AccessGate(port);
        _ = Task.Run(Listen);
    }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>The address that the user opens; valid for one browser.</summary>
    public string Address => gate.Address;

    /// <summary>Starts the server.</summary>
    /// <param name="port">The port; null for a free one.</param>
    /// <param name="answer">Answers accepted requests, on any thread.</param>
    /// <exception cref="EditException">The port is in use (BadArgument).</exception>
    public static PageServer Start(int? port, Func<PageRequest, CancellationToken, Task<PageAnswer>> answer)
    {
        for (int attempt = 1; ; attempt++)
        {
            int chosen = port ?? FreePort();
            HttpListener listener = new();
            try
            {
                listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{chosen}/"));
                listener.Start();
                return new PageServer(listener, chosen, answer);
            }
            catch (Exception fault) when (fault is HttpListenerException or SocketException)
            {
                listener.Close();

                // Another program may take a free port before we do.
                if (port is not null || attempt == Attempts)
                {
                    throw new EditException(
                        EditFault.BadArgument, $"The port {chosen} cannot be used ({fault.Message}).", "Give another -Port, or omit it for a free one.", chosen, fault);
                }
            }
        }
    }

    /// <summary>Ends every answer in progress, and the server.</summary>
    public void Dispose()
    {
        if (!end.IsCancellationRequested)
        {
            end.Cancel();
            listener.Close();
        }
    }

    private static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task Listen()
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await places.WaitAsync(end.Token).ConfigureAwait(false);
                HttpListenerContext context = await listener.GetContextAsync().ConfigureAwait(false);
                _ = Task.Run(() => Serve(context));
            }
            catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
            {
                if (!listener.IsListening)
                {
                    return;
                }

                places.Release();
            }
        }
    }

    private async Task Serve(HttpListenerContext context)
    {
        try
        {
            await Reply(context).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is HttpListenerException or IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The browser or the server has disconnected.
            Abort(context);
        }
        finally
        {
            places.Release();
        }
    }

    private static void Abort(HttpListenerContext context)
    {
        try
        {
            context.Response.Abort();
        }
        catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // The connection is already closed.
        }
    }

    private async Task Reply(HttpListenerContext context)
    {
        HttpListenerRequest request = context.Request;
        Protect(context.Response);
        string path = request.Url?.AbsolutePath ?? string.Empty;
        RequestHead head = new(
            request.HttpMethod,
            path,
            request.UserHostName,
            request.Headers["Origin"],
            request.Headers["Cookie"],
            request.Headers["Sec-Fetch-Site"],
            request.Headers["Sec-Fetch-Mode"],
            request.Headers["Sec-Fetch-Dest"]);
        switch (IPAddress.IsLoopback(request.RemoteEndPoint.Address) ? gate.Judge(head) : Access.Unknown)
        {
            case Access.Granted:
                await Send(context.Response, await Answer(new PageRequest(request, path[gate.Root.Length..])).ConfigureAwait(false)).ConfigureAwait(false);
                break;
            case Access.Welcome:
                context.Response.Headers["Set-Cookie"] = gate.SetCookie;

                // Not a redirection: a cookie of the same site is not sent with a redirection that began at another site.
                context.Response.Headers["Refresh"] = $"0; url={gate.Root}";
                await Say(context.Response, HttpStatusCode.OK, "One moment...").ConfigureAwait(false);
                break;
            case Access.TicketUsed:
                await Say(context.Response, HttpStatusCode.Forbidden, "This address is already open in another browser, and works only there. Continue there, or run the command again.").ConfigureAwait(false);
                break;
            default:
                await Say(context.Response, HttpStatusCode.Forbidden, "No.").ConfigureAwait(false);
                break;
        }
    }

    private async Task<PageAnswer> Answer(PageRequest request)
    {
        try
        {
            return await answer(request, end.Token).ConfigureAwait(false);
        }
        catch (PageFault fault)
        {
            return PageAnswer.Fault(fault.Status, fault.Message);
        }
        catch (EditException fault)
        {
            return PageAnswer.Fault(HttpStatusCode.UnprocessableEntity, PlainText.Message(fault.Message));
        }
        catch (TimeoutException)
        {
            return PageAnswer.Fault(HttpStatusCode.RequestTimeout, "The request took too long to arrive.");
        }
    }

    private static void Protect(HttpListenerResponse response)
    {
        response.Headers["Server"] = string.Empty;
        response.Headers["Content-Security-Policy"] = Policy;
        response.Headers["X-Content-Type-Options"] = "nosniff";
        response.Headers["X-Frame-Options"] = "DENY";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cache-Control"] = "no-store";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }

    private static Task Say(HttpListenerResponse response, HttpStatusCode status, string text) =>
        Write(response, new PageAnswer(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text)));

    private async Task Send(HttpListenerResponse response, PageAnswer given)
    {
        if (given.Stream is not { } stream)
        {
            await Write(response, given).ConfigureAwait(false);
            return;
        }

        response.ContentType = given.ContentType;
        response.SendChunked = true;
        await stream(response.OutputStream, end.Token).ConfigureAwait(false);
        response.Close();
    }

    private static async Task Write(HttpListenerResponse response, PageAnswer given)
    {
        response.StatusCode = (int)given.Status;
        response.ContentType = given.ContentType;
        response.ContentLength64 = given.Body.Length;
        if (given.IsCompressed)
        {
            response.Headers["Content-Encoding"] = "gzip";
        }

        if (given.Body.Length > 0)
        {
            await response.OutputStream.WriteAsync(given.Body).ConfigureAwait(false);
        }

        response.Close();
    }
}
