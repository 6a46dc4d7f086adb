namespace BrushEdit.Linking;

/// <summary>Where a libtorch comes from.</summary>
public enum RuntimeOrigin
{
    /// <summary>The variable <c>BRUSHEDIT_NATIVES</c> names its folder.</summary>
    Variable,

    /// <summary>Installed, or recorded in its existing location, by <c>Install-EditRuntime</c>.</summary>
    Installed,

    /// <summary>Staged beside the module by a build from source.</summary>
    Build,
}

/// <summary>A usable libtorch: its native libraries and the matching shim of TorchSharp.</summary>
/// <param name="Name">The version and the backend, or where it comes from.</param>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Natives">The folder of libtorch's libraries.</param>
/// <param name="Shim">TorchSharp's own library.</param>
public sealed record TorchRuntime(string Name, RuntimeOrigin Origin, string Natives, string Shim)
{
    /// <summary>The variable that names a folder with the user's own native libraries; it takes precedence.</summary>
    public const string NativesVariable = "BRUSHEDIT_NATIVES";

    /// <summary>The variable that names the folder where runtimes are installed.</summary>
    public const string FolderVariable = "BRUSHEDIT_RUNTIMES";

    internal const string ShimName = "LibTorchSharp";

    /// <summary>The record of an installed runtime; null for others.</summary>
    public RuntimeRecord? Record { get; init; }

    /// <summary>Whether it includes the CUDA libraries.</summary>
    public bool HasCuda => File.Exists(Path.Combine(Natives, Platform.FileOf("torch_cuda")));

    /// <summary>Where runtimes are installed: the folder that <see cref="FolderVariable"/> names, else <c>BrushEdit/runtimes</c> in the user's data folder.</summary>
    /// <exception cref="EditException">The system has no data folder for this user, and the variable names none.</exception>
    public static string InstallFolder() => TryInstallFolder() ?? throw new EditException(
        EditFault.NotFound, "There is no folder for runtimes: this user has no data folder.", $"Set {FolderVariable} to a folder for them.", FolderVariable);

    /// <summary>
    /// The runtimes of this machine that match this build, in order of precedence: the one that <see cref="NativesVariable"/> names, then the
    /// installed ones, most recently chosen first, then the one that the build staged.
    /// </summary>
    public static IReadOnlyList<TorchRuntime> List()
    {
        List<TorchRuntime> found = [];
        string? configured = Environment.GetEnvironmentVariable(NativesVariable);
        if (!string.IsNullOrWhiteSpace(configured))
        {
            string folder = Path.GetFullPath(configured.Trim());
            found.Add(new TorchRuntime(NativesVariable, RuntimeOrigin.Variable, folder, ShimIn(folder) ?? PackagedShim() ?? Path.Combine(folder, Platform.FileOf(ShimName))));
        }

        found.AddRange(Installed().Where(runtime => runtime.Record!.Fits));
        if (NativeLibraries.PackagedDirectory is { } staged && HasLibTorch(staged) && ShimIn(staged) is { } shim)
        {
            found.Add(new TorchRuntime($"{Platform.LibTorchVersion}-build", RuntimeOrigin.Build, staged, shim));
        }

        return found;
    }

    /// <summary>The runtime that is used; null if there are none.</summary>
    public static TorchRuntime? Find() => List() is [{ } first, ..] ? first : null;

    /// <summary>All installed runtimes, including those of other versions, most recently chosen first.</summary>
    public static IReadOnlyList<TorchRuntime> Installed()
    {
        string? root = TryInstallFolder();
        if (root is null || !Directory.Exists(root))
        {
            return [];
        }

        return [.. Directory.EnumerateDirectories(root)
            .Select(folder => (Folder: folder, Record: RuntimeRecord.TryRead(folder)))
            .Where(pair => pair.Record is not null)
            .Select(pair => Of(pair.Folder, pair.Record!))
            .OrderByDescending(runtime => runtime.Record!.Chosen)];
    }

    /// <summary>The runtime of a folder and its record.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="record">Its record.</param>
    internal static TorchRuntime Of(string folder, RuntimeRecord record)
    {
        string own = Path.Combine(folder, RuntimeRecord.NativeFolder);
        return new TorchRuntime(record.Name, RuntimeOrigin.Installed, record.Natives ?? own, Path.Combine(own, Platform.FileOf(ShimName))) { Record = record };
    }

    /// <summary>Whether a folder contains libtorch.</summary>
    /// <param name="folder">The folder.</param>
    internal static bool HasLibTorch(string folder) => File.Exists(Path.Combine(folder, Platform.FileOf("torch_cpu")));

    /// <summary>The shim that is shipped with the module; null if it does not exist.</summary>
    internal static string? PackagedShim() => NativeLibraries.PackagedDirectory is { } folder ? ShimIn(folder) : null;

    private static string? ShimIn(string folder) => Path.Combine(folder, Platform.FileOf(ShimName)) is { } shim && File.Exists(shim) ? shim : null;

    private static string? TryInstallFolder()
    {
        string? given = Environment.GetEnvironmentVariable(FolderVariable);
        if (!string.IsNullOrWhiteSpace(given))
        {
            return Path.GetFullPath(given.Trim());
        }

        string data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return data.Length > 0 ? Path.Combine(data, "BrushEdit", "runtimes") : null;
    }
}
