namespace BrushEdit.Linking;

/// <summary>Checks whether native libraries from elsewhere, such as a Python installation, have what TorchSharp's shim needs.</summary>
public static class RuntimeFit
{
    // Where a Python package stores them, relative to the folder that a user names.
    private static readonly string[] Below = ["", "lib", Path.Combine("torch", "lib")];

    /// <summary>The folder of libtorch's libraries at a path: the path itself, <c>lib</c> or <c>torch/lib</c> below it.</summary>
    /// <param name="path">A folder.</param>
    /// <exception cref="EditException">No libtorch exists there.</exception>
    public static string Folder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Below.Select(below => Path.GetFullPath(Path.Combine(path, below))).FirstOrDefault(TorchRuntime.HasLibTorch) ?? throw new EditException(
            EditFault.NotFound,
            $"There is no libtorch in '{path}': {Platform.FileOf("torch_cpu")} is neither there nor in 'lib' or 'torch/lib' below it.",
            "Give the folder of its libraries, such as torch/lib of a Python installation (python -c \"import torch; print(torch.__path__[0])\").",
            path);
    }

    /// <summary>
    /// The functions that the shim needs and the libraries of a folder lack. Linux only; elsewhere the system checks when it loads them.
    /// </summary>
    /// <param name="folder">The folder of libtorch's libraries.</param>
    /// <param name="shim">TorchSharp's library.</param>
    /// <exception cref="EditException">A library cannot be read.</exception>
    public static IReadOnlyList<string> Missing(string folder, string shim)
    {
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        string reading = shim;
        try
        {
            HashSet<string> needed = [.. ElfSymbols.Read(shim).Needed()];
            foreach (string library in Directory.EnumerateFiles(folder, "lib*.so*").Where(IsLibTorch).Order(StringComparer.Ordinal))
            {
                reading = library;
                needed.ExceptWith(ElfSymbols.Read(library).Given());
            }

            return [.. needed.Order(StringComparer.Ordinal)];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new EditException(EditFault.BadArgument, $"'{reading}' cannot be used: {fault.Message}", "Give the folder of a libtorch for this platform.", reading, fault);
        }
    }

    private static bool IsLibTorch(string path) =>
        Path.GetFileName(path) is { } name && (name.StartsWith("libtorch", StringComparison.Ordinal) || name.StartsWith("libc10", StringComparison.Ordinal)) && !name.Contains("python", StringComparison.Ordinal);
}
