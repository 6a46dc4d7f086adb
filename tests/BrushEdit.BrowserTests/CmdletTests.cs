using BrushEdit.Imaging;
using Microsoft.Playwright;

namespace BrushEdit.BrowserTests;

/// <summary>Edit-Mask -Paint in a PowerShell, with its page in a browser.</summary>
[Collection(BrowserCollection.Name)]
public sealed class CmdletTests(Chromium chromium) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("brushedit-paint").FullName;

    [Fact]
    public async Task A_pipeline_waits_for_the_painter_and_goes_on_with_what_was_painted()
    {
        using Shell shell = new(
            folder,
            """
            New-ToyScene -Seed 7 -Width 96 -Height 96 | Export-EditImage -Path beach.png
            $done = Get-EditPlan beach.png 'remove the yellow ball' | Find-Object -WarningAction Ignore | Get-SegmentMask | Edit-MaskForType |
                Edit-Mask -Paint -NoBrowser | Invoke-Inpaint -Steps 2 -Seed 5
            $done.Mask.Save((Join-Path $PWD 'came-out.png'))
            "overrides: $($done.Overrides -join ', '); seed $($done.Seed); loaded $((Get-EditModel -Loaded).Count)"
            """);
        IPage page = await chromium.Browser.NewPageAsync();
        await page.GotoAsync(await shell.Address());
        await Ready(page);
        await Drag(page, (10, 10), (30, 14));
        string shown = await page.EvaluateAsync<string>(
            "async () => { const { desk } = await import('./main.js'); await desk.painting.flush(); return btoa(String.fromCharCode(...desk.painting.mask.values)); }");
        await page.ClickAsync("#done");
        string written = await shell.End();
        Assert.Contains("overrides: Mask (painted); seed 5", written, StringComparison.Ordinal);
        Mask mask = Mask.Open(Path.Combine(folder, "came-out.png"));
        Assert.Equal(Convert.FromBase64String(shown), mask.Values.ToArray());
        Assert.Equal(255, mask[20, 12]);
        await page.CloseAsync();
    }

    [Fact]
    public async Task A_folder_of_pictures_goes_through_one_page_and_leaves_masks()
    {
        using Shell shell = new(
            folder,
            """
            1..3 | ForEach-Object { New-ToyScene -Seed $_ -Width 64 -Height 64 | Export-EditImage -Path "p$_.png" }
            New-EditMask -Box 40,40,10,10 -Width 64 -Height 64 | ForEach-Object Save (Join-Path $PWD 'p3.mask.png')
            $null = New-Item masks -ItemType Directory; Move-Item p3.mask.png masks
            $edits = Get-ChildItem p*.png | Edit-Mask -Paint -NoBrowser -MaskFolder masks -ErrorVariable faults -ErrorAction SilentlyContinue
            "edits: $($edits.Name -join ', '); faults: $($faults.FullyQualifiedErrorId -join ', ')"
            """);
        IPage page = await chromium.Browser.NewPageAsync();
        await page.GotoAsync(await shell.Address());
        foreach (int number in (int[])[1, 2, 3])
        {
            await Assertions.Expect(page.Locator("#name")).ToHaveTextAsync($"p{number}.png", new() { Timeout = 60_000 });
            await Ready(page);
            if (number == 2)
            {
                await page.ClickAsync("#cancel");
                continue;
            }

            await Drag(page, (10, 10 * number), (30, 10 * number));
            await page.ClickAsync("#done");
        }

        Assert.Contains("edits: p1.png, p3.png; faults: NotPainted,", await shell.End(), StringComparison.Ordinal);
        await Assertions.Expect(page.Locator("#veil")).ToContainTextAsync("All done");
        Assert.False(File.Exists(Path.Combine(folder, "masks", "p2.mask.png")));
        Assert.Equal(255, Mask.Open(Path.Combine(folder, "masks", "p1.mask.png"))[20, 10]);
        Mask third = Mask.Open(Path.Combine(folder, "masks", "p3.mask.png"));
        Assert.Equal((255, 255), (third[20, 30], third[45, 45]));
        await page.CloseAsync();
    }

    [Fact]
    public async Task Ctrl_C_ends_the_command_and_tells_the_page()
    {
        using Shell shell = new(
            folder,
            """
            "pid $PID"
            New-ToyScene -Seed 7 -Width 64 -Height 64 | Export-EditImage -Path beach.png
            Import-EditImage beach.png | Edit-Mask -Paint -NoBrowser
            "not reached"
            """);
        IPage page = await chromium.Browser.NewPageAsync();
        await page.GotoAsync(await shell.Address());
        await Ready(page);
        shell.Interrupt();
        Assert.DoesNotContain("not reached", await shell.End(), StringComparison.Ordinal);
        await Assertions.Expect(page.Locator("#veil")).ToBeVisibleAsync(new() { Timeout = 15_000 });
        await page.CloseAsync();
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static Task Ready(IPage page) => Assertions.Expect(page.Locator("#done")).ToBeEnabledAsync(new() { Timeout = 60_000 });

    private static async Task Drag(IPage page, (double X, double Y) from, (double X, double Y) to)
    {
        await Move(page, from);
        await page.Mouse.DownAsync();
        await Move(page, to);
        await page.Mouse.UpAsync();
    }

    private static async Task Move(IPage page, (double X, double Y) place)
    {
        double[] at = await page.EvaluateAsync<double[]>(
            "async ([x, y]) => { const { desk } = await import('./main.js'); const place = desk.view.toWindow(x, y); return [place.x, place.y]; }", new[] { place.X, place.Y });
        await page.Mouse.MoveAsync((float)at[0], (float)at[1], new() { Steps = 3 });
    }
}
