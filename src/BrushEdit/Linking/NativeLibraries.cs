using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace BrushEdit.Linking;

/// <summary>
/// Answers the search for native libraries before the system does: libtorch and the shim of TorchSharp from the <see cref="TorchRuntime"/> that is
/// used, libvips from the folder that travels with this assembly. Nothing of libtorch is loaded before it is asked for.
/// </summary>
/// <remarks>
/// A library that the system has as well (an older libvips) is never taken instead: in the module's load context the search begins here; in
/// a program's own context, where the system comes before the context's event, TorchSharp's calls are answered by a resolver, which is
/// asked first, and libvips, whose binding has a resolver of its own, is loaded beforehand, so that its name means the loaded one.
/// TorchSharp's own search, which copies half a gigabyte beside its assembly, is never reached: where libtorch cannot be loaded, the
/// search is ended with the process's own handle, and the first call into it tells why.
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
    /// Attaches the search to the load context of this assembly. Runs by itself before anything of this assembly does; a
    /// program that uses TorchSharp before that calls it first. Further calls do nothing.
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

    /// <summary>Loads a library by the name a binding has for it; zero where it is none of these natives.</summary>
    /// <param name="name">Bare or a file's name: <c>LibTorchSharp</c>, <c>torch_cpu</c>, <c>libvips.so.42</c>.</param>
    public static nint Resolve(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name is TorchRuntime.ShimName or "torch_cpu")
        {
            // TorchSharp swallows what is thrown here and searches on; its first call meets the resolver, which throws again.
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
