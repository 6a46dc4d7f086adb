using BrushEdit.Serving;

namespace BrushEdit.Tests.Serving;

public sealed class AccessGateTests
{
    private readonly AccessGate gate = new(8642);

    private string Ticket => new Uri(gate.Address).AbsolutePath;

    private string Cookie => gate.SetCookie.Split(';')[0];

    private RequestHead Own => new("GET", gate.Root + "state", "127.0.0.1:8642", Cookies: Cookie);

    [Fact]
    public void The_ticket_lets_one_browser_in()
    {
        RequestHead visit = new("GET", Ticket, "127.0.0.1:8642", FetchSite: "none", FetchMode: "navigate", FetchDest: "document");
        Assert.Equal(Access.Unknown, gate.Judge(visit with { Path = Ticket[..^1] + "!" }));
        Assert.NotEqual(Access.Welcome, gate.Judge(visit with { FetchMode = "no-cors", FetchDest = "image" }));
        Assert.Equal(Access.Welcome, gate.Judge(visit));
        Assert.Equal(Access.TicketUsed, gate.Judge(visit));
        Assert.Equal(Access.Welcome, gate.Judge(visit with { Cookies = "a=b; " + Cookie }));
    }

    [Fact]
    public void The_page_is_let_in_and_nobody_else()
    {
        Assert.Equal(Access.Granted, gate.Judge(Own));
        Assert.Equal(Access.Granted, gate.Judge(Own with { FetchSite = "same-origin" }));
        Assert.Equal(Access.Granted, gate.Judge(Own with { Method = "POST", Origin = "http://127.0.0.1:8642" }));
        Assert.Equal(Access.Granted, gate.Judge(Own with { Path = gate.Root, FetchSite = "none", FetchMode = "navigate", FetchDest = "document" }));

        Assert.Equal(Access.NoCookie, gate.Judge(Own with { Cookies = null }));
        Assert.Equal(Access.NoCookie, gate.Judge(Own with { Cookies = Cookie[..^1] }));
        Assert.Equal(Access.Unknown, gate.Judge(Own with { Path = "/state" }));
        Assert.Equal(Access.Unknown, gate.Judge(Own with { Path = string.Empty }));
        Assert.Equal(Access.WrongMethod, gate.Judge(Own with { Method = "OPTIONS" }));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:8643")]
    [InlineData("localhost:8642")]
    [InlineData("127.0.0.1:8642.evil.example")]
    [InlineData("evil.example:8642")]
    public void Another_host_is_refused(string? host) => Assert.Equal(Access.WrongHost, gate.Judge(Own with { Host = host }));

    [Theory]
    [InlineData("GET", "http://evil.example", null)]
    [InlineData("GET", "null", null)]
    [InlineData("POST", null, null)]
    [InlineData("POST", "http://127.0.0.1:8643", null)]
    [InlineData("POST", "https://127.0.0.1:8642", null)]
    [InlineData("GET", null, "cross-site")]
    [InlineData("GET", null, "same-site")]
    [InlineData("GET", null, "none")]
    public void Another_page_is_refused(string method, string? origin, string? site) =>
        Assert.Equal(Access.Foreign, gate.Judge(Own with { Method = method, Origin = origin, FetchSite = site }));

    [Fact]
    public void Two_gates_share_no_secret()
    {
        AccessGate other = new(8642);
        Assert.NotEqual(gate.Address, other.Address);
        Assert.NotEqual(gate.Root, other.Root);
        Assert.NotEqual(gate.SetCookie, other.SetCookie);
        Assert.Contains("HttpOnly", gate.SetCookie, StringComparison.Ordinal);
        Assert.Contains("SameSite=Strict", gate.SetCookie, StringComparison.Ordinal);
    }
}
