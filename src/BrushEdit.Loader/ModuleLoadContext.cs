using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace BrushEdit.Loader;

/// <summary>
/// Finds the module's managed dependencies in its own folder and its native libraries in <c>runtimes/&lt;rid&gt;/native</c> below it
/// (or where the variable <c>BRUSHEDIT_NATIVES</c> points). Whatever is not there, PowerShell's engine above all, comes from
/// the process.
/// </summary>
/// <remarks>
/// The answer for native libraries is given here, before the runtime's own search, so that neither a libvips of the system
/// nor TorchSharp's search through the package cache comes first. Nothing is loaded before it is asked for.
/// </remarks>
internal sealed class ModuleLoadContext : AssemblyLoadContext
{
    private readonly string folder;
    private readonly string natives;

    /// <summary>Makes the context; loads nothing yet.</summary>
    /// <param name="folder">The folder of the module's assemblies.</param>
    public ModuleLoadContext(string folder)
        : base("BrushEdit")
    {
        this.folder = folder;
        string? configured = Environment.GetEnvironmentVariable("BRUSHEDIT_NATIVES");
        natives = string.IsNullOrEmpty(configured) ? Path.Combine(folder, "runtimes", RuntimeId, "native") : configured;
    }

    private static string RuntimeId =>
        OperatingSystem.IsWindows() ? "win-x64" : OperatingSystem.IsMacOS() ? "osx-arm64" : "linux-x64";

    /// <inheritdoc />
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string path = Path.Combine(folder, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    /// <inheritdoc />
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        foreach (string file in FileNames(unmanagedDllName))
        {
            string path = Path.Combine(natives, file);
            if (File.Exists(path) && NativeLibrary.TryLoad(path, out nint handle))
            {
                return handle;
            }
        }

        return 0;
    }

    // A DllImport may name a library bare ("torch_cpu") or in full ("libvips.so.42").
    private static string[] FileNames(string name) =>
        OperatingSystem.IsWindows() ? [name, name + ".dll"]
        : OperatingSystem.IsMacOS() ? [name, $"lib{name}.dylib", name + ".dylib"]
        : [name, $"lib{name}.so", name + ".so"];
}
