using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace BrushEdit.Loader;

/// <summary>
/// Finds the module's managed dependencies in its own folder, first those that were compiled ahead of time for this platform
/// (<c>build/ReadyToRun.targets</c>). Assemblies that are not found there, above all PowerShell's engine, come from the process.
/// Native libraries are found by the module's own library (<c>BrushEdit.Linking.NativeLibraries</c>), which takes precedence over the runtime's own
/// search, so that neither a system libvips nor a library that TorchSharp finds in the package cache is loaded first.
/// </summary>
internal sealed class ModuleLoadContext : AssemblyLoadContext
{
    private readonly string[] folders;
    private readonly Lazy<Func<string, nint>> resolveNative;

    /// <summary>Makes the context; loads nothing yet.</summary>
    /// <param name="folder">The folder of the module's assemblies.</param>
    public ModuleLoadContext(string folder)
        : base("BrushEdit")
    {
        folders = [Path.Combine(folder, "ready", Platform), folder];
        resolveNative = new(() => LoadFromAssemblyName(new AssemblyName("BrushEdit"))
            .GetType("BrushEdit.Linking.NativeLibraries", throwOnError: true)!
            .GetMethod("Resolve", [typeof(string)])!
            .CreateDelegate<Func<string, nint>>());
    }

    // The build's folder names for the platforms that it supports; no folder exists for other platforms.
    private static string Platform => (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")
        + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <inheritdoc />
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        foreach (string folder in folders)
        {
            string path = Path.Combine(folder, assemblyName.Name + ".dll");
            if (File.Exists(path))
            {
                return LoadFromAssemblyPath(path);
            }
        }

        return null;
    }

    /// <inheritdoc />
    protected override nint LoadUnmanagedDll(string unmanagedDllName) => resolveNative.Value(unmanagedDllName);
}
