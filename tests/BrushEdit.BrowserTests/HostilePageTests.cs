using System.Net;
using System.Net.Sockets;
using System.Text;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using Microsoft.Playwright;

namespace BrushEdit.BrowserTests;

/// <summary>Another page in the same browser, and other programs, can neither see the picture nor change the mask.</summary>
[Collection(BrowserCollection.Name)]
public sealed class HostilePageTests(Chromium chromium)
{
    private static ImageEdit Edit => new(Picture.FromRgb(new byte[64 * 64 * 3], 64, 64));

    [Fact]
    public async Task A_hostile_page_that_knows_the_address_reads_and_changes_nothing()
    {
        await using PaintPage page = await PaintPage.Open(chromium, Edit);
        await page.Drag((10, 10), (40, 40));
        byte[] painted = await page.Values();
        string root = page.Page.Url;

        // The worst case: it knows even the secret path, and lies on the same machine, so that the browser would send the cookie along.
        foreach (string origin in (string[])["http://127.0.0.1:1", "http://evil.example"])
        {
            IPage hostile = await page.Context.NewPageAsync();
            await hostile.RouteAsync(origin + "/**", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<!doctype html><title>hostile</title>" }));
            await hostile.GotoAsync(origin + "/");
            string[] got = await hostile.EvaluateAsync<string[]>(
                """
                async (root) => {
                  const get = (path) => fetch(root + path, { credentials: 'include' }).then(() => 'read', () => 'refused');
                  const send = (path, body, type) => fetch(root + path, { method: 'POST', mode: type ? 'cors' : 'no-cors', credentials: 'include', headers: type ? { 'Content-Type': type } : {}, body }).then((r) => r.type === 'opaque' ? 'blind' : 'read', () => 'refused');
                  const load = (tag, path) => new Promise((resolve) => { const e = document.createElement(tag); e.onload = () => resolve('loaded'); e.onerror = () => resolve('refused'); e.src = root + path; document.body.append(e); });
                  const step = JSON.stringify({ tab: 'x', request: 'r', picture: 1, from: 0, at: 1, revision: 1, steps: [{ k: 'all' }] });
                  return [
                    await get('state?tab=x'), await get('mask?picture=1&at=1'), await load('img', 'view?picture=1'), await load('script', 'main.js'),
                    await send('steps', step, 'application/json'), await send('steps', step), await send('cancel', JSON.stringify({ tab: 'x', picture: 1 })), await send('claim', '{"tab":"x"}'),
                  ];
                }
                """,
                root);
            Assert.Equal(["refused", "refused", "refused", "refused"], got[..4]);
            Assert.All(got[4..], one => Assert.True(one is "refused" or "blind", one));

            // A frame shows nothing, and a form that is sent there does nothing.
            bool isFramed = await hostile.EvaluateAsync<bool>(
                "async (root) => { const f = document.createElement('iframe'); f.src = root; document.body.append(f); await new Promise((r) => { f.onload = r; setTimeout(r, 2000); }); try { return f.contentDocument?.getElementById('stage') != null; } catch { return false; } }",
                root);
            Assert.False(isFramed);
            Assert.All(hostile.Frames, frame => Assert.False(frame != hostile.MainFrame && frame.Url == root));
            await hostile.CloseAsync();
        }

        Assert.False(page.Outcome.IsCompleted);
        Assert.Equal(painted, await page.Values());
        Assert.Equal(painted, (await page.Done()).Mask!.Values.ToArray());
    }

    [Fact]
    public async Task Foreign_names_and_pages_are_refused()
    {
        (string Method, string Host, string? Origin)[] cases =
        [
            ("GET", "evil.example:{port}", null),
            ("GET", "localhost.evil.example", null),
            ("GET", "localhost:{port}", null),
            ("POST", "127.0.0.1:{port}", null),
            ("POST", "127.0.0.1:{port}", "http://evil.example"),
            ("POST", "127.0.0.1:{port}", "null"),
            ("GET", "127.0.0.1:{port}", "http://evil.example"),
            ("PUT", "127.0.0.1:{port}", "http://127.0.0.1:{port}"),
        ];
        await using PaintPage page = await PaintPage.Open(chromium, Edit);
        string cookie = await Cookie(page);
        string Fill(string text) => text.Replace("{port}", $"{page.Desk.Port}", StringComparison.Ordinal);
        string path = new Uri(page.Page.Url).AbsolutePath + "state?tab=x";
        foreach ((string method, string host, string? origin) in cases)
        {
            string from = origin is null ? string.Empty : $"Origin: {Fill(origin)}\r\n";
            string answer = await Raw(page.Desk.Port, $"{method} {path} HTTP/1.1\r\nHost: {Fill(host)}\r\nCookie: {cookie}\r\n{from}Content-Length: 0\r\nConnection: close\r\n\r\n");
            Assert.Matches("^HTTP/1.1 40[034]", answer);
            Assert.DoesNotContain("viewWidth", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_path_without_the_cookie_and_the_cookie_without_the_path_are_refused_and_both_are_let_in()
    {
        await using PaintPage page = await PaintPage.Open(chromium, Edit);
        string cookie = await Cookie(page);
        string path = new Uri(page.Page.Url).AbsolutePath + "state?tab=x";
        string host = $"Host: 127.0.0.1:{page.Desk.Port}\r\nConnection: close\r\n";
        Assert.StartsWith("HTTP/1.1 403", await Raw(page.Desk.Port, $"GET {path} HTTP/1.1\r\n{host}\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403", await Raw(page.Desk.Port, $"GET /wrong/state?tab=x HTTP/1.1\r\n{host}Cookie: {cookie}\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403", await Raw(page.Desk.Port, $"GET {path} HTTP/1.1\r\n{host}Cookie: {cookie}\r\nSec-Fetch-Site: same-site\r\n\r\n"), StringComparison.Ordinal);
        string let = await Raw(page.Desk.Port, $"GET {path} HTTP/1.1\r\n{host}Cookie: {cookie}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", let, StringComparison.Ordinal);
        Assert.Contains("viewWidth", let, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", let, StringComparison.Ordinal);

        // The address of the terminal was good for the one browser.
        string ticket = new Uri(page.Desk.Address).AbsolutePath;
        Assert.StartsWith("HTTP/1.1 403", await Raw(page.Desk.Port, $"GET {ticket} HTTP/1.1\r\n{host}\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_answers_on_the_loopback_address_alone()
    {
        await using PaintPage page = await PaintPage.Open(chromium, Edit);
        foreach (IPAddress other in (await Dns.GetHostAddressesAsync(Dns.GetHostName())).Where(one => one.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(one)))
        {
            using TcpClient client = new();
            await Assert.ThrowsAnyAsync<SocketException>(() => client.ConnectAsync(other, page.Desk.Port));
        }

        using TcpClient own = new();
        await own.ConnectAsync(IPAddress.Loopback, page.Desk.Port);
    }

    [Fact]
    public async Task Too_long_and_senseless_bodies_are_refused()
    {
        await using PaintPage page = await PaintPage.Open(chromium, Edit);
        int[] statuses = await page.Page.EvaluateAsync<int[]>(
            """
            async () => {
              const send = async (route, body) => (await fetch(route, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).status;
              const step = (steps) => JSON.stringify({ tab: sessionStorage.tab, request: crypto.randomUUID(), picture: 1, from: 0, at: 0, revision: 0, steps });
              return [
                await send('find', JSON.stringify({ tab: sessionStorage.tab, picture: 1, text: 'x'.repeat(70000) })),
                await send('steps', 'no json'), await send('steps', '[]'), await send('steps', step(5)), await send('steps', step([{ k: 'what' }])),
                await send('steps', step([{ k: 'stroke', p: [1, 2], s: 0 }])), await send('steps', step([{ k: 'stroke', p: [1e9, 2, 3], s: 0 }])),
                await send('steps', step([{ k: 'stroke', p: [1, 2, -3], s: 0 }])), await send('steps', step([{ k: 'mask', id: 99 }])), await send('steps', step([{ k: 'grow', n: 0 }])),
                await send('nothing', JSON.stringify({ tab: sessionStorage.tab, picture: 1 })),
                (await fetch('../page.css')).status, (await fetch('..%2f..%2fetc%2fpasswd')).status, (await fetch('mask?picture=1&at=5')).status,
              ];
            }
            """);
        Assert.Equal([413, 400, 400, 400, 400, 400, 400, 400, 400, 400, 404, 403], statuses[..12]);
        Assert.All(statuses[12..], status => Assert.True(status >= 400));
        await page.Drag((10, 10), (40, 40));
        Assert.False((await page.Done()).Mask!.IsEmpty);
    }

    private static async Task<string> Cookie(PaintPage page)
    {
        BrowserContextCookiesResult cookie = Assert.Single(await page.Context.CookiesAsync());
        Assert.True(cookie.HttpOnly);
        Assert.Equal(SameSiteAttribute.Strict, cookie.SameSite);
        return $"{cookie.Name}={cookie.Value}";
    }

    private static async Task<string> Raw(int port, string request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using StreamReader reader = new(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }
}
