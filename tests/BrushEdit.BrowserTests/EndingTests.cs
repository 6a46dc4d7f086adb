using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Painting;
using Microsoft.Playwright;

namespace BrushEdit.BrowserTests;

/// <summary>How painting ends, and what holds out: tabs, reloads, slow connections.</summary>
[Collection(BrowserCollection.Name)]
public sealed class EndingTests(Chromium chromium)
{
    private static ImageEdit Edit => new(Picture.FromRgb(new byte[64 * 64 * 3], 64, 64));

    [Fact]
    public async Task Cancel_leaves_the_picture_and_the_page_goes_on_with_the_next()
    {
        await using PaintPage page = await PaintPage.Open(chromium, Edit);
        await page.Page.ClickAsync("#cancel");
        Assert.Equal(PaintEnd.Cancelled, (await page.Outcome.WaitAsync(TimeSpan.FromSeconds(30))).End);
        await Assertions.Expect(page.Page.Locator("#veil")).ToContainTextAsync("Waiting");

        page.Begin(new ImageEdit(Picture.FromRgb(new byte[40 * 30 * 3], 40, 30)));
        await page.Ready();
        await page.Drag((10, 10), (20, 15));
        Assert.Equal(40, (await page.Done()).Mask!.Width);
        page.Desk.Dispose();
        await Assertions.Expect(page.Page.Locator("#veil")).ToContainTextAsync("All done");
    }

    [Fact]
    public async Task A_closed_tab_ends_it_and_a_loaded_one_does_not()
    {
        await using PaintPage page = await PaintPage.Open(chromium, Edit);
        await page.Drag((10, 10), (40, 40));
        byte[] painted = await page.Values();
        await page.Page.ReloadAsync();
        await page.Ready();
        Assert.Equal(painted, await page.Values());
        await Task.Delay(TimeSpan.FromSeconds(5));
        Assert.False(page.Outcome.IsCompleted);
        await page.Page.CloseAsync(new() { RunBeforeUnload = true });
        Assert.Equal(PaintEnd.Closed, (await page.Outcome.WaitAsync(TimeSpan.FromSeconds(30))).End);
    }

    [Fact]
    public async Task A_second_tab_asks_before_it_takes_over()
    {
        await using PaintPage page = await PaintPage.Open(chromium, Edit);
        await page.Drag((10, 10), (40, 40));
        byte[] painted = await page.Values();
        IPage second = await page.Context.NewPageAsync();
        await second.GotoAsync(page.Page.Url);
        await Assertions.Expect(second.Locator("#veil")).ToContainTextAsync("another tab");
        await second.ClickAsync("#veil-button");
        await page.Ready(second);
        await Assertions.Expect(page.Page.Locator("#veil")).ToContainTextAsync("another tab");

        // What the first tab still sends is refused.
        int status = await page.Page.EvaluateAsync<int>(
            "async () => (await fetch('cancel', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ tab: sessionStorage.tab, picture: 1 }) })).status");
        Assert.Equal(409, status);
        await second.ClickAsync("#done");
        Assert.Equal(painted, (await page.Outcome.WaitAsync(TimeSpan.FromSeconds(30))).Edit!.Mask!.Values.ToArray());
    }

    [Fact]
    public async Task A_slow_and_broken_connection_loses_nothing()
    {
        await using PaintPage page = await PaintPage.Open(chromium, Edit);
        int asked = 0;
        await page.Page.RouteAsync("**/steps", async route =>
        {
            // Every third message is lost, every third arrives and its answer is lost, all are late.
            int number = Interlocked.Increment(ref asked);
            await Task.Delay(150);
            if (number % 3 == 1)
            {
                await route.AbortAsync();
                return;
            }

            IAPIResponse answer = await route.FetchAsync();
            await (number % 3 == 2 ? route.AbortAsync() : route.FulfillAsync(new() { Response = answer }));
        });
        for (int i = 0; i < 4; i++)
        {
            await page.Drag((10 + (12 * i), 8), (10 + (12 * i), 50));
        }

        await page.Page.ClickAsync("#undo");
        await page.Page.Keyboard.PressAsync("r");
        await page.Drag((5, 52), (60, 62));
        byte[] shown = await page.Values();
        Assert.True(asked > 3);
        Assert.Equal(shown, (await page.Done()).Mask!.Values.ToArray());
    }

    [Fact]
    public async Task An_empty_mask_is_refused_and_the_page_stays()
    {
        await using PaintPage page = await PaintPage.Open(chromium, Edit);
        await page.Page.ClickAsync("#done");
        await Assertions.Expect(page.Page.Locator("#status")).ToContainTextAsync("painted");
        Assert.False(page.Outcome.IsCompleted);
        await page.Drag((10, 10), (40, 40));
        Assert.False((await page.Done()).Mask!.IsEmpty);
    }
}
