using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Painting;
using Microsoft.Playwright;

namespace BrushEdit.BrowserTests;

/// <summary>A desk with one picture, and the page open on it.</summary>
internal sealed class PaintPage : IAsyncDisposable
{
    private readonly CancellationTokenSource end = new();

    private PaintPage(PaintDesk desk, IBrowserContext context, IPage page)
    {
        Desk = desk;
        Context = context;
        Page = page;
    }

    public PaintDesk Desk { get; }

    public IBrowserContext Context { get; }

    public IPage Page { get; }

    /// <summary>How the painting ends.</summary>
    public Task<PaintOutcome> Outcome { get; private set; } = null!;

    /// <summary>Errors of the page's scripts, and what its policy refused.</summary>
    public List<string> Errors { get; } = [];

    public static async Task<PaintPage> Open(Chromium chromium, ImageEdit edit, Mask? start = null, BrowserNewContextOptions? options = null)
    {
        PaintDesk desk = PaintDesk.Open(Networks.Shared.Models);
        IBrowserContext context = await chromium.Browser.NewContextAsync(options ?? new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1100, Height = 700 } });
        context.SetDefaultTimeout(60_000);
        PaintPage opened = new(desk, context, await context.NewPageAsync());
        opened.Page.PageError += (_, error) => opened.Errors.Add(error);
        opened.Page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.Ordinal))
            {
                opened.Errors.Add(message.Text);
            }
        };
        opened.Begin(edit, start);
        await opened.Page.GotoAsync(desk.Address);
        await opened.Ready();
        return opened;
    }

    /// <summary>Shows the next picture.</summary>
    public void Begin(ImageEdit edit, Mask? start = null) => Outcome = Task.Run(() => Desk.Paint(edit, start, end.Token));

    /// <summary>Waits until a picture can be painted.</summary>
    public Task Ready(IPage? page = null) => Assertions.Expect((page ?? Page).Locator("#done")).ToBeEnabledAsync(new() { Timeout = 60_000 });

    /// <summary>A place of the window, by a place of the picture.</summary>
    public async Task<(float X, float Y)> At(double x, double y)
    {
        double[] place = await Page.EvaluateAsync<double[]>(
            "async ([x, y]) => { const { desk } = await import('./main.js'); const place = desk.view.toWindow(x, y); return [place.x, place.y]; }", new[] { x, y });
        return ((float)place[0], (float)place[1]);
    }

    /// <summary>Presses the button at the first place, moves over the others, and lets it go.</summary>
    public async Task Drag(params (double X, double Y)[] places)
    {
        for (int i = 0; i < places.Length; i++)
        {
            (float x, float y) = await At(places[i].X, places[i].Y);
            await Page.Mouse.MoveAsync(x, y, new() { Steps = i == 0 ? 1 : 4 });
            if (i == 0)
            {
                await Page.Mouse.DownAsync();
            }
        }

        await Page.Mouse.UpAsync();
    }

    public async Task Click(double x, double y)
    {
        (float left, float top) = await At(x, y);
        await Page.Mouse.ClickAsync(left, top);
    }

    /// <summary>Waits until all that was begun is done and has arrived.</summary>
    public Task Settle() => Page.EvaluateAsync("async () => { const { desk } = await import('./main.js'); await desk.queue(() => {}); await desk.painting.flush(); }");

    /// <summary>The mask as the page has it.</summary>
    public async Task<byte[]> Values()
    {
        await Settle();
        string text = await Page.EvaluateAsync<string>(
            "async () => { const { desk } = await import('./main.js'); const v = desk.painting.mask.values; let s = ''; for (let i = 0; i < v.length; i += 8192) s += String.fromCharCode(...v.subarray(i, i + 8192)); return btoa(s); }");
        return Convert.FromBase64String(text);
    }

    /// <summary>Presses Done, and gives the edit that comes of it.</summary>
    public async Task<ImageEdit> Done()
    {
        await Page.ClickAsync("#done");
        PaintOutcome outcome = await Outcome.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(PaintEnd.Done, outcome.End);
        return outcome.Edit!;
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await Context.DisposeAsync();
        Desk.Dispose();
        end.Dispose();
        Assert.Empty(Errors);
    }
}
