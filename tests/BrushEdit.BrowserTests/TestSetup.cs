using System.Runtime.CompilerServices;
using BrushEdit.Linking;

// One browser, one thread of networks.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace BrushEdit.BrowserTests;

internal static class TestSetup
{
    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    [ModuleInitializer]
    internal static void Initialize() => NativeLibraries.Register();

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "BrushEdit.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests do not lie in the repository.");
    }
}
