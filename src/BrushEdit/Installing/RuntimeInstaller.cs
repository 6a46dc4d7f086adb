using System.Security.Cryptography;
using System.Text;
using BrushEdit.Linking;

namespace BrushEdit.Installing;

/// <summary>
/// Installs libtorch for this platform from the user's NuGet sources into the runtimes folder, or records an existing one. Packages
/// are collected in a hidden folder beside the runtimes; a runtime appears when it is complete and verified, and the next run
/// resumes an interrupted one.
/// </summary>
/// <param name="settings">Time-outs and retries.</param>
public sealed class RuntimeInstaller(HubSettings settings)
{
    // A package that needs more than this is not one of libtorch's.
    private const int MostPackages = 200;

    /// <summary>Returns the free bytes on a folder's disk; tests substitute other values.</summary>
    internal Func<string, long?> FreeSpace { get; init; } = DiskFaults.Free;

    /// <summary>The shim shipped with the module; tests use none.</summary>
    internal Func<string?> PackagedShim { get; init; } = TorchRuntime.PackagedShim;

    /// <summary>Finds the packages of a runtime; nothing is downloaded.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="source">The address, folder or name of a package source; null for those of NuGet's configuration.</param>
    /// <param name="folder">The folder where the search for NuGet's configuration files begins: the user's current folder.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <exception cref="EditException">No such runtime exists for this platform, or no source has it.</exception>
    public async Task<RuntimePlan> PlanAsync(RuntimeBackend backend, string? source, string folder, CancellationToken cancellation = default)
    {
        if (backend == RuntimeBackend.Cuda && OperatingSystem.IsMacOS())
        {
            throw new EditException(EditFault.BadArgument, "There is no libtorch with CUDA for macOS.", "Omit -Backend: the default libtorch uses the Mac's GPU.", backend);
        }

        PackageSources sources = PackageSources.Read(source, folder, settings);
        Queue<(string Id, string Version)> wanted = new([(HeadOf(backend), Platform.LibTorchVersion)]);
        if (PackagedShim() is null)
        {
            wanted.Enqueue(("TorchSharp", Platform.TorchSharpVersion));
        }

        Dictionary<string, FoundPackage> found = new(StringComparer.OrdinalIgnoreCase);
        while (wanted.TryDequeue(out (string Id, string Version) next))
        {
            if (found.ContainsKey(next.Id))
            {
                continue;
            }

            FoundPackage package = await sources.FindAsync(next.Id, next.Version, cancellation).ConfigureAwait(false);
            found.Add(next.Id, package);
            if (found.Count > MostPackages)
            {
                throw new EditException(EditFault.BadDownload, $"{HeadOf(backend)} needs more than {MostPackages} packages.", "Give another source with -Source.", next.Id);
            }

            // If libtorch is split into parts, the head package depends on all of them and is empty itself; a known package is complete.
            if (IsLibTorch(next.Id) && KnownPackages.Find(next.Id, next.Version) is null)
            {
                foreach ((string Id, string Version) part in (await package.DependenciesAsync(cancellation).ConfigureAwait(false)).Where(part => IsLibTorch(part.Id)))
                {
                    wanted.Enqueue(part);
                }
            }
        }

        return new RuntimePlan(backend, [.. found.Values]);
    }

    /// <summary>Returns the runtime that is installed under a name.</summary>
    /// <param name="name">From <see cref="RuntimePlan.NameOf"/> or <see cref="NameOf"/>.</param>
    /// <param name="root">The runtimes folder.</param>
    /// <returns>Null if none exists, or only an incomplete one.</returns>
    public static TorchRuntime? Installed(string name, string root)
    {
        string folder = Path.Combine(root, name);
        TorchRuntime? runtime = RuntimeRecord.TryRead(folder) is { } record ? TorchRuntime.Of(folder, record) : null;
        return runtime is not null && TorchRuntime.HasLibTorch(runtime.Natives) && File.Exists(runtime.Shim) ? runtime : null;
    }

    /// <summary>Selects an installed runtime for use.</summary>
    /// <param name="runtime">From <see cref="Installed"/>.</param>
    /// <param name="root">The runtimes folder.</param>
    public static TorchRuntime Choose(TorchRuntime runtime, string root)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        string folder = Path.Combine(root, runtime.Name);
        RuntimeRecord record = runtime.Record! with { Chosen = DateTimeOffset.UtcNow };
        try
        {
            record.Write(folder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw DiskFaults.Write(fault, folder);
        }

        return TorchRuntime.Of(folder, record);
    }

    /// <summary>Installs a runtime, and selects it for use.</summary>
    /// <param name="plan">From <see cref="PlanAsync"/>.</param>
    /// <param name="root">The runtimes folder; created if it does not exist.</param>
    /// <param name="progress">Receives progress; null for none.</param>
    /// <param name="warn">Receives warnings; null for none.</param>
    /// <param name="cancellation">Cancels the installation; received data is kept.</param>
    /// <exception cref="EditException">A package cannot be downloaded or written, or differs from the published one.</exception>
    public async Task<TorchRuntime> InstallAsync(
        RuntimePlan plan, string root, IProgress<InstallProgress>? progress = null, Action<string>? warn = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        string name = RuntimePlan.NameOf(plan.Backend);
        string staging = StagingFolder.Make(root, name);
        try
        {
            using FileStream guard = StagingFolder.Guard(staging, name);
            InstallMeter meter = new($"libtorch {name}", plan.Size, plan.Count, progress);
            DiskFaults.RequireRoom(staging, plan.Packages.Sum(package => Missing(staging, package)), FreeSpace(staging), $"that {TorchRuntime.FolderVariable} names");
            List<(string File, RuntimePackage Record)> packages = [];
            foreach (FoundPackage package in plan.Packages.OrderBy(package => package.Size))
            {
                packages.Add(await BringAsync(package, staging, meter, warn, cancellation).ConfigureAwait(false));
            }

            string natives = Path.Combine(staging, RuntimeRecord.NativeFolder);
            Unpack([.. packages.Select(package => package.File)], natives, meter, cancellation);
            PlaceShim(natives);
            RuntimeRecord record = new()
            {
                Name = name,
                Backend = plan.Backend.ToString(),
                LibTorchVersion = Platform.LibTorchVersion,
                TorchSharpVersion = Platform.TorchSharpVersion,
                RuntimeId = Platform.RuntimeId,
                Chosen = DateTimeOffset.UtcNow,
                Packages = [.. packages.Select(package => package.Record)],
            };
            return Place(record, staging, Path.Combine(root, name));
        }
        finally
        {
            StagingFolder.Tidy(staging);
        }
    }

    /// <summary>The name under which native libraries in another folder are recorded.</summary>
    /// <param name="natives">Their folder.</param>
    public static string NameOf(string natives) =>
        $"{Platform.LibTorchVersion}-path-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(natives))))[..8]}";

    /// <summary>Records existing native libraries and selects them for use; they are not copied.</summary>
    /// <param name="natives">Their folder, from <see cref="RuntimeFit.Folder"/>.</param>
    /// <param name="root">The runtimes folder; created if it does not exist.</param>
    /// <param name="force">Accepts them even if they lack functions that the shim needs.</param>
    /// <param name="warn">Receives warnings; null for none.</param>
    /// <exception cref="EditException">They do not fit, or no shim exists for them.</exception>
    public TorchRuntime Record(string natives, string root, bool force = false, Action<string>? warn = null)
    {
        string shim = PackagedShim() ?? throw new EditException(
            EditFault.NotFound, "The module lacks its native part of TorchSharp, which connects it to libtorch.", "Install the module again, or build it.", TorchRuntime.ShimName);
        IReadOnlyList<string> missing = RuntimeFit.Missing(natives, shim);
        if (missing.Count > 0)
        {
            string what = $"The libtorch in '{natives}' lacks {missing.Count} of the functions that TorchSharp {Platform.TorchSharpVersion} calls ({missing[0]}{(missing.Count > 1 ? ", ..." : "")})";
            if (!force)
            {
                throw new EditException(
                    EditFault.BadArgument,
                    $"{what}: its version is not {Platform.LibTorchVersion}.",
                    $"Give a libtorch {Platform.LibTorchVersion}; or accept the risk with -Force: a call of such a function ends PowerShell.",
                    natives);
            }

            warn?.Invoke($"{what}; a call of such a function ends PowerShell.");
        }

        string name = NameOf(natives);
        string staging = StagingFolder.Make(root, name);
        try
        {
            using FileStream guard = StagingFolder.Guard(staging, name);
            string own = Path.Combine(staging, RuntimeRecord.NativeFolder);
            Directory.CreateDirectory(own);
            PlaceShim(own);
            return Place(
                new RuntimeRecord
                {
                    Name = name,
                    Backend = "Path",
                    LibTorchVersion = Platform.LibTorchVersion,
                    TorchSharpVersion = Platform.TorchSharpVersion,
                    RuntimeId = Platform.RuntimeId,
                    Natives = Path.GetFullPath(natives),
                    Chosen = DateTimeOffset.UtcNow,
                },
                staging,
                Path.Combine(root, name));
        }
        finally
        {
            StagingFolder.Tidy(staging);
        }
    }

    private static string HeadOf(RuntimeBackend backend) => backend == RuntimeBackend.Cpu
        ? $"libtorch-cpu-{Platform.RuntimeId}"
        : $"libtorch-cuda-{Platform.CudaVersion}-{Platform.RuntimeId}";

    private static bool IsLibTorch(string id) => id.StartsWith("libtorch-", StringComparison.OrdinalIgnoreCase);

    private static string FileOf(string staging, FoundPackage package) => Path.Combine(staging, $"{package.Id.ToLowerInvariant()}.{package.Version}.nupkg");

    private static long Missing(string staging, FoundPackage package) =>
        package.File is not null || new FileInfo(FileOf(staging, package)) is { Exists: true } ? 0 : package.Size;

    private async Task<(string File, RuntimePackage Record)> BringAsync(FoundPackage package, string staging, InstallMeter meter, Action<string>? warn, CancellationToken cancellation)
    {
        (HubFile expected, string? verifiedBy) = await package.ExpectedAsync(cancellation).ConfigureAwait(false);
        string name = $"{package.Id} {package.Version}";
        int number = meter.Begin(name);
        string file = package.File ?? FileOf(staging, package);
        if (package.File is null && !File.Exists(file))
        {
            ResumableDownload download = new(settings, (from, token) => package.Client!.OpenAsync(package.Address!, from, token))
            {
                Sender = package.Client!.Host,
                Between = "a proxy or a mirror",
            };
            await download.RunAsync(name, file, expected, bytes => meter.Report(InstallStage.Downloading, name, number, bytes), cancellation).ConfigureAwait(false);
        }

        meter.Report(InstallStage.Checking, name, number, 0);
        try
        {
            if (!await expected.Digest.MatchesAsync(file, cancellation).ConfigureAwait(false))
            {
                throw new EditException(
                    EditFault.BadDownload,
                    $"The package {name} of {package.Source} differs from the published package: its {expected.Digest.Name} is not {expected.Digest.Hex}.",
                    "Run the command again, or with another -Source.",
                    package.Id);
            }

            verifiedBy ??= await PackageSignature.CoversAsync(file, cancellation).ConfigureAwait(false) ? "signature" : null;
        }
        catch (EditException) when (package.File is null)
        {
            File.Delete(file);
            throw;
        }

        if (verifiedBy is null)
        {
            warn?.Invoke($"{name} of {package.Source} cannot be verified: it is not signed, and its source declares no hash.");
        }

        meter.End(package.Size);
        string hash = expected.Digest.Hex.Length > 0 ? expected.Digest.Hex : await HashAsync(file, cancellation).ConfigureAwait(false);
        return (file, new RuntimePackage(package.Id, package.Version, package.Size, Convert.ToBase64String(Convert.FromHexString(hash)), verifiedBy ?? "none", package.Source));
    }

    private void Unpack(IReadOnlyList<string> packages, string natives, InstallMeter meter, CancellationToken cancellation)
    {
        using NativeUnpacking unpacking = new(packages, Platform.RuntimeId);
        if (!unpacking.Names.Contains(Platform.FileOf("torch_cpu")))
        {
            throw new EditException(EditFault.BadDownload, $"The packages contain no {Platform.FileOf("torch_cpu")}.", "Check that the source has the packages as published.", natives);
        }

        DiskFaults.RequireRoom(Path.GetDirectoryName(natives)!, unpacking.Size, FreeSpace(Path.GetDirectoryName(natives)!), $"that {TorchRuntime.FolderVariable} names");
        if (Directory.Exists(natives))
        {
            Directory.Delete(natives, recursive: true);
        }

        meter.Restart();
        meter.Total = unpacking.Size;
        int number = meter.Begin("");
        unpacking.Write(natives, (name, bytes) => meter.Report(InstallStage.Unpacking, name, number, bytes), cancellation);
    }

    // A private copy, which may be patched if this system's C++ runtime is older than the shim's.
    private void PlaceShim(string natives)
    {
        string target = Path.Combine(natives, Platform.FileOf(TorchRuntime.ShimName));
        try
        {
            if (PackagedShim() is { } shim)
            {
                File.Copy(shim, target, overwrite: true);
            }

            if (OperatingSystem.IsLinux())
            {
                SymbolVersions.WeakenWhereMissing(target, SymbolVersions.UnusedByShim);
            }
        }
        catch (InvalidDataException fault)
        {
            throw new EditException(EditFault.BadDownload, $"TorchSharp's library cannot be used: {fault.Message}", "Install the module again, or give another -Source.", target, fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw DiskFaults.Write(fault, target);
        }
    }

    // Everything is present: the packages are deleted, and the folder appears atomically, with its record.
    private static TorchRuntime Place(RuntimeRecord record, string staging, string folder)
    {
        try
        {
            foreach (string package in Directory.EnumerateFiles(staging))
            {
                File.Delete(package);
            }

            record.Write(staging);
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            Directory.Move(staging, folder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(
                EditFault.CannotWrite, $"'{folder}' cannot be replaced: {fault.Message}", "If another PowerShell process uses this runtime, end it first.", folder, fault);
        }

        return TorchRuntime.Of(folder, record);
    }

    private static async Task<string> HashAsync(string file, CancellationToken cancellation)
    {
        await using FileStream content = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan | FileOptions.Asynchronous);
        return Convert.ToHexStringLower(await SHA512.HashDataAsync(content, cancellation).ConfigureAwait(false));
    }
}
