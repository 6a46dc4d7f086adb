using System.Reflection;

namespace BrushEdit.PowerShell.Tests;

/// <summary>Where the tests find what the build made.</summary>
internal static class Checkout
{
    /// <summary>The repository's root.</summary>
    public static string Root { get; } = Path.TrimEndingDirectorySeparator(Metadata("RepositoryRoot"));

    /// <summary>The module's manifest.</summary>
    public static string Manifest { get; } = Path.Combine(Root, "BrushEdit.psd1");

    /// <summary>The console host's assembly, to be run by <c>dotnet</c>.</summary>
    public static string ShellProgram { get; } = Metadata("ShellProgram");

    private static string Metadata(string key) => typeof(Checkout).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == key).Value!;
}
