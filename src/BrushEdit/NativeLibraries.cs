using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace BrushEdit;

/// <summary>
/// Answers the runtime's search for libtorch, the TorchSharp shim and libvips from the folder where the build staged
/// them: <c>runtimes/&lt;rid&gt;/native</c> beside this assembly, or <c>module/lib/runtimes/&lt;rid&gt;/native</c> of the checkout it
/// was built in. Nothing is loaded before it is asked for.
/// </summary>
/// <remarks>
/// Without an answer TorchSharp searches the package cache, copies half a gigabyte beside its assembly and writes to the
/// console. The variable <c>BRUSHEDIT_NATIVES</c> names another folder, for a libtorch of one's own.
/// </remarks>
public static class NativeLibraries
{
    private static readonly Lazy<string?> Folder = new(FindFolder);

    /// <summary>The folder the native libraries are loaded from; null where only the system's own search is left.</summary>
    public static string? Directory => Folder.Value;

    private static int registered;

    /// <summary>
    /// Attaches the search to the load context of this assembly. Runs by itself before anything of this assembly does; a
    /// program that uses TorchSharp before that calls it first. Further calls do nothing.
    /// </summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries",
        Justification = "The event must be attached before the first native call of any library this one uses.")]
    public static void Register()
    {
        if (Interlocked.Exchange(ref registered, 1) != 0)
        {
            return;
        }

        AssemblyLoadContext? context = AssemblyLoadContext.GetLoadContext(typeof(NativeLibraries).Assembly);
        if (context is not null)
        {
            context.ResolvingUnmanagedDll += (_, name) => Resolve(name);
        }
    }

    /// <summary>Loads a library by its bare name from <see cref="Directory"/>; zero where it is not there.</summary>
    /// <param name="name">The name as a DllImport has it: <c>LibTorchSharp</c>, <c>torch_cpu</c>, <c>libvips.so.42</c>.</param>
    public static nint Resolve(string name)
    {
        if (Directory is not { } directory)
        {
            return 0;
        }

        foreach (string file in FileNames(name))
        {
            string path = Path.Combine(directory, file);
            if (File.Exists(path) && NativeLibrary.TryLoad(path, out nint handle))
            {
                return handle;
            }
        }

        return 0;
    }

    private static IEnumerable<string> FileNames(string name)
    {
        yield return name;
        if (OperatingSystem.IsWindows())
        {
            yield return name + ".dll";
        }
        else
        {
            string extension = OperatingSystem.IsMacOS() ? ".dylib" : ".so";
            yield return "lib" + name + extension;
            yield return name + extension;
        }
    }

    private static string? FindFolder()
    {
        string? configured = Environment.GetEnvironmentVariable("BRUSHEDIT_NATIVES");
        if (!string.IsNullOrEmpty(configured))
        {
            return configured;
        }

        string tail = Path.Combine("runtimes", RuntimeId, "native");
        string? start = Path.GetDirectoryName(typeof(NativeLibraries).Assembly.Location);
        for (string? folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string here = Path.Combine(folder, tail);
            if (System.IO.Directory.Exists(here))
            {
                return here;
            }

            string inCheckout = Path.Combine(folder, "module", "lib", tail);
            if (System.IO.Directory.Exists(inCheckout))
            {
                return inCheckout;
            }
        }

        return null;
    }

    private static string RuntimeId =>
        OperatingSystem.IsWindows() ? "win-x64" : OperatingSystem.IsMacOS() ? "osx-arm64" : "linux-x64";
}
