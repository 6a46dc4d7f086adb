using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace BrushEdit.Loader;

/// <summary>
/// Finds the module's managed dependencies in its own folder, those first that were compiled for this platform ahead of time
/// (<c>build/ReadyToRun.targets</c>). Whatever does not exist, PowerShell's engine above all, comes from the process.
/// Native libraries are found by the module's own library (<c>BrushEdit.Linking.NativeLibraries</c>), which is asked before the runtime's own
/// search, so that neither a libvips of the system nor TorchSharp's search through the package cache comes first.
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

    // The names that the build gives the platforms it knows; another's is the name of no folder.
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
