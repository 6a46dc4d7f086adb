using System.Reflection;
using System.Runtime.Loader;

namespace BrushEdit.Loader;

/// <summary>
/// Finds the module's managed dependencies in its own folder. Whatever is not there, PowerShell's engine above all, comes from the process.
/// Native libraries are found by the module's own library (<c>BrushEdit.Linking.NativeLibraries</c>), which is asked before the runtime's own
/// search, so that neither a libvips of the system nor TorchSharp's search through the package cache comes first.
/// </summary>
internal sealed class ModuleLoadContext : AssemblyLoadContext
{
    private readonly string folder;
    private readonly Lazy<Func<string, nint>> resolveNative;

    /// <summary>Makes the context; loads nothing yet.</summary>
    /// <param name="folder">The folder of the module's assemblies.</param>
    public ModuleLoadContext(string folder)
        : base("BrushEdit")
    {
        this.folder = folder;
        resolveNative = new(() => LoadFromAssemblyName(new AssemblyName("BrushEdit"))
            .GetType("BrushEdit.Linking.NativeLibraries", throwOnError: true)!
            .GetMethod("Resolve", [typeof(string)])!
            .CreateDelegate<Func<string, nint>>());
    }

    /// <inheritdoc />
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string path = Path.Combine(folder, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    /// <inheritdoc />
    protected override nint LoadUnmanagedDll(string unmanagedDllName) => resolveNative.Value(unmanagedDllName);
}
