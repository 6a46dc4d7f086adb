using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BrushEdit.Serving;

/// <summary>
/// Decides which requests a page's server answers. The user's address contains a ticket: the first browser that presents it gets a cookie and is
/// redirected to the page's own path, which no address bar outside that browser has shown. From then on a request needs the path and the cookie,
/// and must come from the page itself.
/// </summary>
/// <remarks>
/// What each check is for: <c>Host</c> against names that are made to point to this machine (DNS rebinding); <c>Origin</c> and
/// <c>Sec-Fetch-Site</c> against other pages in the same browser; the cookie against other programs that learn the address, such as from a list
/// of processes; the path against other servers of this machine, to which browsers send the same cookie whatever the port.
/// </remarks>
internal sealed class AccessGate
{
    private readonly string ticket = Secret();
    private readonly string path = Secret();
    private readonly string cookie = Secret();
    private readonly Lock gate = new();
    private bool isTicketUsed;

    /// <summary>Creates new secrets.</summary>
    /// <param name="port">The server's port.</param>
    public AccessGate(int port)
    {
        Host = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        CookieName = string.Create(CultureInfo.InvariantCulture, $"brushedit-{port}");
    }

    /// <summary>Host and port, the only accepted <c>Host</c>.</summary>
    public string Host { get; }

    /// <summary>The page's origin.</summary>
    public string Origin => $"http://{Host}";

    /// <summary>The path under which everything is served, with both slashes.</summary>
    public string Root => $"/{path}/";

    /// <summary>The address that the user opens.</summary>
    public string Address => $"{Origin}/{ticket}";

    /// <summary>The cookie as the server sets it: for this site only, hidden from scripts, deleted when the browser closes.</summary>
    public string SetCookie => $"{CookieName}={cookie}; Path=/; HttpOnly; SameSite=Strict";

    private string CookieName { get; }

    /// <summary>Checks a request by its head.</summary>
    /// <param name="head">The head.</param>
    public Access Judge(RequestHead head)
    {
        if (!string.Equals(head.Host, Host, StringComparison.Ordinal))
        {
            return Access.WrongHost;
        }

        bool isPost = head.Method == "POST";
        if (!isPost && head.Method != "GET")
        {
            return Access.WrongMethod;
        }

        if (head.Origin is null ? isPost : !string.Equals(head.Origin, Origin, StringComparison.Ordinal))
        {
            return Access.Foreign;
        }

        bool isVisit = !isPost && head.FetchMode is null or "navigate" && head.FetchDest is null or "document";
        if (!isPost && isVisit && Same(head.Path, "/" + ticket))
        {
            return Admit(head) ? Access.Welcome : Access.TicketUsed;
        }

        if (!head.Path.StartsWith('/') || head.Path.Length < Root.Length || !Same(head.Path[..Root.Length], Root))
        {
            return Access.Unknown;
        }

        // A page may be visited from a link in another program; everything else is requested by the page itself.
        bool isOwn = head.FetchSite is null or "same-origin" || (isVisit && head.Path.Length == Root.Length);
        return !isOwn ? Access.Foreign : HasCookie(head) ? Access.Granted : Access.NoCookie;
    }

    private static string Secret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));

    private static bool Same(string given, string wanted) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(wanted));

    // The browser that has the cookie may use the ticket again.
    private bool Admit(RequestHead head)
    {
        lock (gate)
        {
            bool isFirst = !isTicketUsed;
            isTicketUsed = true;
            return isFirst || HasCookie(head);
        }
    }

    private bool HasCookie(RequestHead head) => (head.Cookies ?? string.Empty).Split(';', StringSplitOptions.TrimEntries)
        .Any(pair => pair.StartsWith(CookieName + "=", StringComparison.Ordinal) && Same(pair[(CookieName.Length + 1)..], cookie));
}

/// <summary>The parts of a request that decide whether it is answered.</summary>
/// <param name="Method">GET, POST ...</param>
/// <param name="Path">The path, without a query.</param>
/// <param name="Host">The header of that name; null if it does not exist, as below.</param>
/// <param name="Origin">The header of that name.</param>
/// <param name="Cookies">The header <c>Cookie</c>.</param>
/// <param name="FetchSite">The header <c>Sec-Fetch-Site</c>.</param>
/// <param name="FetchMode">The header <c>Sec-Fetch-Mode</c>.</param>
/// <param name="FetchDest">The header <c>Sec-Fetch-Dest</c>.</param>
internal sealed record RequestHead(
    string Method, string Path, string? Host, string? Origin = null, string? Cookies = null, string? FetchSite = null, string? FetchMode = null, string? FetchDest = null);

/// <summary>The decision on a request.</summary>
internal enum Access
{
    /// <summary>The request is answered.</summary>
    Granted,

    /// <summary>The request has the ticket: it gets the cookie and is redirected.</summary>
    Welcome,

    /// <summary>The ticket was used by another browser.</summary>
    TicketUsed,

    /// <summary>The request was sent to a host name other than this machine's.</summary>
    WrongHost,

    /// <summary>The request is neither GET nor POST.</summary>
    WrongMethod,

    /// <summary>Another page sent it.</summary>
    Foreign,

    /// <summary>The request has no secret.</summary>
    Unknown,

    /// <summary>The request has the path, but comes from a browser without the cookie.</summary>
    NoCookie,
}
