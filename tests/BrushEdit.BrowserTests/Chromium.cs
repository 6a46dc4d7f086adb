using Microsoft.Playwright;

namespace BrushEdit.BrowserTests;

/// <summary>The system's Chromium, or where there is none the one that Playwright fetches; started once for all tests.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge"];

    private IPlaywright playwright = null!;

    /// <summary>The browser.</summary>
    public IBrowser Browser { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        playwright = await Playwright.CreateAsync();
        Browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Find(), Args = ["--no-sandbox", "--disable-dev-shm-usage"] });
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        playwright.Dispose();
    }

    // Null for Playwright's own, which is fetched here.
    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("BRUSHEDIT_CHROMIUM") is { Length: > 0 } given)
        {
            return given;
        }

        string suffix = OperatingSystem.IsWindows() ? ".exe" : string.Empty;
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string? found = folders.SelectMany(folder => Names.Select(name => Path.Combine(folder, name + suffix))).FirstOrDefault(File.Exists);
        return found is not null || Microsoft.Playwright.Program.Main(["install", "chromium"]) == 0
            ? found
            : throw new InvalidOperationException("No Chromium is in the PATH, and none could be fetched: install one (apt-get install chromium), or name its file in BRUSHEDIT_CHROMIUM.");
    }
}

[CollectionDefinition(Name)]
#pragma warning disable CA1711 // xunit's own word for it.
public sealed class BrowserCollection : ICollectionFixture<Chromium>
#pragma warning restore CA1711
{
    public const string Name = "browser";
}
