using System.Reflection;

namespace BrushEdit.Linking;

/// <summary>What this platform calls its native libraries, and which versions of libtorch and TorchSharp this build is made for.</summary>
public static class Platform
{
    /// <summary>The runtime identifier whose native libraries are used here: <c>linux-x64</c>, <c>win-x64</c> or <c>osx-arm64</c>.</summary>
    public static string RuntimeId { get; } =
        OperatingSystem.IsWindows() ? "win-x64" : OperatingSystem.IsMacOS() ? "osx-arm64" : "linux-x64";

    /// <summary>The version of the libtorch packages that TorchSharp's shim was built for.</summary>
    public static string LibTorchVersion { get; } = Metadata("LibTorchVersion");

    /// <summary>The CUDA version in the names of the libtorch packages, such as <c>12.8</c>.</summary>
    public static string CudaVersion { get; } = Metadata("LibTorchCudaVersion");

    /// <summary>The version of TorchSharp.</summary>
    public static string TorchSharpVersion { get; } = Metadata("TorchSharpVersion");

    /// <summary>The file name of a library with a bare name: <c>torch_cpu</c> is <c>libtorch_cpu.so</c> on Linux.</summary>
    /// <param name="name">The bare name.</param>
    public static string FileOf(string name) =>
        OperatingSystem.IsWindows() ? name + ".dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    // The project file writes these into the assembly, from Directory.Packages.props.
    private static string Metadata(string key) => typeof(Platform).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(attribute => attribute.Key == key).Value!;
}
