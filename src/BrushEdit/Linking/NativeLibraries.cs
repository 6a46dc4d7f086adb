using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace BrushEdit.Linking;

/// <summary>
/// Resolves native libraries before the system does: libtorch and the shim of TorchSharp from the <see cref="TorchRuntime"/> that is used, and
/// libvips from the folder that is shipped with this assembly. No part of libtorch is loaded before it is requested.
/// </summary>
/// <remarks>
/// A copy that the system also has (such as an older libvips) is never used instead. In the module's load context the search begins here. In a
/// program's own context the system precedes the context's event, so a resolver, which is asked first, answers TorchSharp's calls; libvips, whose
/// binding has its own resolver, is loaded beforehand, so that its name refers to the loaded library. TorchSharp's own search, which copies half a
/// gigabyte beside its assembly, is never reached: if libtorch cannot be loaded, the search ends with the process's own handle, and the first call
/// into it reports why.
/// </remarks>
public static class NativeLibraries
{
    private static readonly Lazy<string?> Packaged = new(FindPackaged);
    private static int registered;

    /// <summary>
    /// The folder of natives beside this assembly, or of the checkout it was built in: libvips and the shim, and libtorch after a build from
    /// source. Null if there is none.
    /// </summary>
    public static string? PackagedDirectory => Packaged.Value;

    private static string VipsFile =>
        OperatingSystem.IsWindows() ? "libvips-42.dll" : OperatingSystem.IsMacOS() ? "libvips.42.dylib" : "libvips.so.42";

    /// <summary>
    /// Attaches the search to the load context of this assembly. Runs automatically before any code of this assembly; a program that uses TorchSharp
    /// earlier must call it first. Further calls do nothing.
    /// </summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries",
        Justification = "The resolver must be set before the first native call of any library this one uses.")]
    public static void Register()
    {
        if (Interlocked.Exchange(ref registered, 1) != 0)
        {
            return;
        }

        NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (name, _, _) => name == TorchRuntime.ShimName ? LibTorch.Require() : 0);
        AssemblyLoadContext? context = AssemblyLoadContext.GetLoadContext(typeof(NativeLibraries).Assembly);
        if (context == AssemblyLoadContext.Default)
        {
            context.ResolvingUnmanagedDll += (_, name) => Resolve(name);
            Resolve(VipsFile);
        }
    }

    /// <summary>Loads a library by the name that a binding uses; zero if it is none of these native libraries.</summary>
    /// <param name="name">A bare name or a file name: <c>LibTorchSharp</c>, <c>torch_cpu</c>, <c>libvips.so.42</c>.</param>
    public static nint Resolve(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name is TorchRuntime.ShimName or "torch_cpu")
        {
            // TorchSharp swallows exceptions thrown here and continues its search; its first call reaches the resolver, which throws again.
            return LibTorch.TryRequire() is { } shim && shim != 0 ? shim : NativeLibrary.GetMainProgramHandle();
        }

        string?[] folders = [Environment.GetEnvironmentVariable(TorchRuntime.NativesVariable), LibTorch.Used?.Natives, PackagedDirectory];
        foreach (string path in folders.Where(folder => !string.IsNullOrEmpty(folder)).SelectMany(folder => FileNames(name), (folder, file) => Path.Combine(folder!, file)))
        {
            if (File.Exists(path) && NativeLibrary.TryLoad(path, out nint handle))
            {
                return handle;
            }
        }

        return 0;
    }

    private static string[] FileNames(string name) => OperatingSystem.IsWindows() ? [name, name + ".dll"] : [name, Platform.FileOf(name)];

    private static string? FindPackaged()
    {
        string tail = Path.Combine("runtimes", Platform.RuntimeId, "native");
        for (string? folder = Path.GetDirectoryName(typeof(NativeLibraries).Assembly.Location); !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
        {
            string here = Path.Combine(folder, tail);
            if (Directory.Exists(here))
            {
                return here;
            }

            string inCheckout = Path.Combine(folder, "module", "lib", tail);
            if (Directory.Exists(inCheckout))
            {
                return inCheckout;
            }
        }

        return null;
    }
}
