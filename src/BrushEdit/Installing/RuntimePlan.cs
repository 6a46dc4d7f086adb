using BrushEdit.Linking;

namespace BrushEdit.Installing;

/// <summary>The libtorch variant to install.</summary>
public enum RuntimeBackend
{
    /// <summary>The variant that computes on the CPU.</summary>
    Cpu,

    /// <summary>The variant that computes on NVIDIA's GPUs as well (Linux and Windows); several gigabytes.</summary>
    Cuda,
}

/// <summary>The content of an installation: the packages found.</summary>
public sealed class RuntimePlan
{
    internal RuntimePlan(RuntimeBackend backend, IReadOnlyList<FoundPackage> packages)
    {
        Backend = backend;
        Packages = packages;
    }

    /// <summary>The backend.</summary>
    public RuntimeBackend Backend { get; }

    /// <summary>The number of bytes to download.</summary>
    public long DownloadSize => Packages.Where(package => package.File is null).Sum(package => package.Size);

    /// <summary>The total size of all packages in bytes.</summary>
    public long Size => Packages.Sum(package => package.Size);

    /// <summary>The number of packages.</summary>
    public int Count => Packages.Count;

    /// <summary>The sources of the packages.</summary>
    public IReadOnlyList<string> Sources => [.. Packages.Select(package => package.Source).Distinct()];

    internal IReadOnlyList<FoundPackage> Packages { get; }

    /// <summary>Returns the name of a runtime of this build's version.</summary>
    /// <param name="backend">The backend.</param>
    public static string NameOf(RuntimeBackend backend) => $"{Platform.LibTorchVersion}-{(backend == RuntimeBackend.Cpu ? "cpu" : "cuda")}";
}
