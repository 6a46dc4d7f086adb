#!/usr/bin/env dotnet
// Makes the pictures of the painting page that the README shows, docs/paint-light.png, docs/paint-dark.png and docs/paint-phone.png: runs the
// chain of cmdlets on a drawn scene in a PowerShell of its own, and works the page in the system's Chromium (or the one that BRUSHEDIT_CHROMIUM
// names). Needs a build of the module.
//
//     dotnet run docs/make-screenshots.cs
#:package Microsoft.Playwright
#:property PublishAot=false
#:property EnforceCodeStyleInBuild=false
#:property NoWarn=CA1303;CA1307;CA1849;CA2007

using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

string docs = (string)AppContext.GetData("EntryPointFileDirectoryPath")!;
string root = Path.GetDirectoryName(docs)!;
const string Commands = """
    Import-Module ./BrushEdit.psd1
    $scene = New-ToyScene -Seed 7 -Width 256 -Height 192
    Get-EditPlan $scene.Picture 'remove the yellow ball' | Find-Object | Get-SegmentMask | Edit-MaskForType |
        Edit-Mask -Paint -NoBrowser -Steps 20 -WarningAction Ignore
    """;
ProcessStartInfo start = new("dotnet", ["pwsh", "-NoLogo", "-NoProfile", "-Command", Commands]) { WorkingDirectory = root, RedirectStandardOutput = true };
using Process shell = Process.Start(start)!;
try
{
    string address = await ReadAddress(shell);
    using IPlaywright playwright = await Playwright.CreateAsync();
    await using IBrowser browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
    {
        ExecutablePath = Environment.GetEnvironmentVariable("BRUSHEDIT_CHROMIUM") ?? "/usr/bin/chromium",
        Args = ["--no-sandbox"],
    });
    IPage page = await browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1000, Height = 660 }, ColorScheme = ColorScheme.Light });
    await page.GotoAsync(address);
    await Assertions.Expect(page.Locator("#done")).ToBeEnabledAsync(new() { Timeout = 60_000 });

    // A stroke over the tree, the ball found by words, and the plan's mask below both.
    await Drag(page, (158, 106), (190, 82), (200, 118));
    await page.FillAsync("#words", "yellow ball");
    await page.ClickAsync("#find-button");
    await Assertions.Expect(page.Locator("#found button")).ToHaveCountAsync(1, new() { Timeout = 60_000 });
    await Shoot(page, "paint-light.png");

    await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
    await page.ClickAsync("#undo");
    await page.ClickAsync("#try-button");
    await Assertions.Expect(page.Locator("#compare")).ToBeVisibleAsync(new() { Timeout = 300_000 });
    await page.Locator("#cut").FillAsync("40");
    await page.Locator("#tries").ScrollIntoViewIfNeededAsync();
    await Shoot(page, "paint-dark.png");

    await page.ClickAsync("#back");
    await page.SetViewportSizeAsync(390, 760);
    await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
    await page.EvaluateAsync("document.getElementById('panel').scrollTo(0, 0)");
    await Drag(page, (158, 106), (190, 82), (200, 118));
    await Shoot(page, "paint-phone.png");
    await page.ClickAsync("#cancel");
    await shell.WaitForExitAsync();
}
finally
{
    if (!shell.HasExited)
    {
        shell.Kill(entireProcessTree: true);
    }
}

async Task<string> ReadAddress(Process process)
{
    while (await process.StandardOutput.ReadLineAsync() is { } line)
    {
        if (Regex.Match(line, @"http://127\.0\.0\.1:\d+/\S+") is { Success: true } found)
        {
            return found.Value;
        }
    }

    throw new InvalidOperationException("The command has written no address.");
}

async Task Drag(IPage page, params (double X, double Y)[] places)
{
    for (int i = 0; i < places.Length; i++)
    {
        double[] at = await page.EvaluateAsync<double[]>(
            "async ([x, y]) => { const { desk } = await import('./main.js'); const place = desk.view.toWindow(x, y); return [place.x, place.y]; }", new[] { places[i].X, places[i].Y });
        await page.Mouse.MoveAsync((float)at[0], (float)at[1], new() { Steps = 4 });
        if (i == 0)
        {
            await page.Mouse.DownAsync();
        }
    }

    await page.Mouse.UpAsync();
}

async Task Shoot(IPage page, string name)
{
    await page.WaitForTimeoutAsync(500);
    await page.ScreenshotAsync(new() { Path = Path.Combine(docs, name) });
    Console.WriteLine($"{name}: {new FileInfo(Path.Combine(docs, name)).Length / 1024} kB");
}
