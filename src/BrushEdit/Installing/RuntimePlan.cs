using BrushEdit.Linking;

namespace BrushEdit.Installing;

/// <summary>Which libtorch is brought.</summary>
public enum RuntimeBackend
{
    /// <summary>The one that computes on the processor.</summary>
    Cpu,

    /// <summary>The one that computes on NVIDIA's GPUs as well (Linux and Windows); several gigabytes.</summary>
    Cuda,
}

/// <summary>What an installation brings: the packages, as they were found.</summary>
public sealed class RuntimePlan
{
    internal RuntimePlan(RuntimeBackend backend, IReadOnlyList<FoundPackage> packages)
    {
        Backend = backend;
        Packages = packages;
    }

    /// <summary>The backend.</summary>
    public RuntimeBackend Backend { get; }

    /// <summary>Bytes that are to be brought over the network.</summary>
    public long DownloadSize => Packages.Where(package => package.File is null).Sum(package => package.Size);

    /// <summary>Bytes of all packages.</summary>
    public long Size => Packages.Sum(package => package.Size);

    /// <summary>How many packages there are.</summary>
    public int Count => Packages.Count;

    /// <summary>Where they come from.</summary>
    public IReadOnlyList<string> Sources => [.. Packages.Select(package => package.Source).Distinct()];

    internal IReadOnlyList<FoundPackage> Packages { get; }

    /// <summary>The name of a runtime of this build's version.</summary>
    /// <param name="backend">The backend.</param>
    public static string NameOf(RuntimeBackend backend) => $"{Platform.LibTorchVersion}-{(backend == RuntimeBackend.Cpu ? "cpu" : "cuda")}";
}
