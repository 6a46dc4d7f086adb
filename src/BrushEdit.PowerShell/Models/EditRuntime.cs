using BrushEdit.Installing;
using BrushEdit.Linking;

namespace BrushEdit.PowerShell;

/// <summary>A libtorch as <c>Get-EditRuntime</c> shows it.</summary>
/// <param name="Name">Its version and backend, or where it comes from.</param>
/// <param name="Backend"><c>Cpu</c>, <c>Cuda</c> if it has the CUDA libraries.</param>
/// <param name="Use"><c>Loaded</c>, <c>Next</c> for the one the first network will load, or <c>No</c>.</param>
/// <param name="Origin">Installed, staged by a build, or named by a variable.</param>
/// <param name="Size">Bytes of its own files; files elsewhere are not counted.</param>
/// <param name="Path">The folder of its libraries.</param>
public sealed record EditRuntime(string Name, RuntimeBackend Backend, string Use, RuntimeOrigin Origin, long Size, string Path)
{
    /// <summary>Whether its version is the one this module is made for.</summary>
    public bool Fits { get; init; } = true;

    /// <summary>The packages it was made from, with their hashes and the source of each hash.</summary>
    public IReadOnlyList<RuntimePackage> Packages { get; init; } = [];

    /// <summary>Shows a runtime.</summary>
    /// <param name="runtime">The runtime.</param>
    internal static EditRuntime Of(TorchRuntime runtime)
    {
        string folder = System.IO.Path.GetDirectoryName(runtime.Record is null ? System.IO.Path.Combine(runtime.Natives, "x") : runtime.Shim)!;
        long size = Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length) : 0;
        bool loaded = LibTorch.Used is { } used && used.Natives == runtime.Natives && used.Shim == runtime.Shim;
        string use = loaded ? "Loaded" : LibTorch.Used is null && TorchRuntime.Find() is { } next && next.Shim == runtime.Shim ? "Next" : "No";
        return new EditRuntime(runtime.Name, runtime.HasCuda ? RuntimeBackend.Cuda : RuntimeBackend.Cpu, use, runtime.Origin, size, runtime.Natives)
        {
            Fits = runtime.Record?.Fits ?? true,
            Packages = runtime.Record?.Packages ?? [],
        };
    }
}
