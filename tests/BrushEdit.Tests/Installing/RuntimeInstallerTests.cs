using System.Security.Cryptography;
using BrushEdit.Installing;
using BrushEdit.Linking;

namespace BrushEdit.Tests.Installing;

/// <summary>libtorch from local package sources: folders, and a server that speaks NuGet's protocol 3.</summary>
public sealed class RuntimeInstallerTests : IDisposable
{
    private static readonly HubSettings Quick = new() { Retries = 2, RetryDelay = TimeSpan.FromMilliseconds(1), Timeout = TimeSpan.FromSeconds(20) };

    private readonly string folder = Directory.CreateTempSubdirectory("brushedit-runtime-").FullName;
    private readonly List<string> warnings = [];

    private string Root => Path.Combine(folder, "runtimes");

    private string Feed => Path.Combine(folder, "feed");

    private string Staged => Path.Combine(Root, StagingFolder.Name, RuntimePlan.NameOf(RuntimeBackend.Cuda));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_library_in_pieces_is_joined_as_its_build_files_would()
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "There is no CUDA for macOS.");
        MadePackages.Lay(Feed, MadePackages.Cuda());
        TorchRuntime runtime = await InstallAsync(Feed);
        Assert.Equal(MadePackages.Processor, Native(runtime, "torch_cpu"));
        Assert.Equal(MadePackages.Graphics, Native(runtime, "torch_cuda"));
        Assert.True(runtime.HasCuda);
        Assert.False(File.Exists(Path.Combine(runtime.Natives, Platform.FileOf("torch_python"))));
        Assert.Empty(Directory.EnumerateFiles(runtime.Natives, "*.sha"));
        Assert.True(File.Exists(runtime.Shim));
        Assert.Equal(6, runtime.Record!.Packages.Count);
        Assert.All(runtime.Record.Packages, package => Assert.Equal("none", package.VerifiedBy));
        Assert.Equal(6, warnings.Count);
        Assert.False(Directory.Exists(Path.Combine(Root, StagingFolder.Name)));
    }

    [Theory]
    [InlineData("fragment2", "fragments 1, 3")]
    [InlineData("fragment3", "differs from the published one")]
    [InlineData("primary", "no beginning")]
    public async Task A_piece_that_is_missing_is_named(string piece, string told)
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "There is no CUDA for macOS.");
        Dictionary<string, byte[]> packages = MadePackages.Cuda();
        string part = packages.Keys.Single(id => id.EndsWith(piece, StringComparison.Ordinal));
        packages[part] = MadePackages.Package(part, []);
        MadePackages.Lay(Feed, packages);
        EditException fault = await Assert.ThrowsAsync<EditException>(() => InstallAsync(Feed));
        Assert.Equal(EditFault.BadDownload, fault.Kind);
        Assert.Contains(told, fault.Message);
        Assert.Null(RuntimeInstaller.Installed(RuntimePlan.NameOf(RuntimeBackend.Cuda), Root));
    }

    [Fact]
    public async Task A_part_that_the_source_lacks_is_named()
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "There is no CUDA for macOS.");
        Dictionary<string, byte[]> packages = MadePackages.Cuda();
        packages.Remove($"{MadePackages.Head}-part2-fragment2");
        MadePackages.Lay(Feed, packages);
        EditException fault = await Assert.ThrowsAsync<EditException>(() => InstallAsync(Feed));
        Assert.Equal(EditFault.NotFound, fault.Kind);
        Assert.Contains("part2-fragment2", fault.Message);
    }

    [Fact]
    public async Task A_package_that_the_module_knows_must_be_that_very_file()
    {
        KnownPackage known = KnownPackages.Find($"libtorch-cpu-{Platform.RuntimeId}", Platform.LibTorchVersion)!;
        Directory.CreateDirectory(Feed);
        string file = Path.Combine(Feed, $"{known.Id}.{known.Version}.nupkg");
        await File.WriteAllBytesAsync(file, MadePackages.Package(known.Id, []));
        EditException fault = await Assert.ThrowsAsync<EditException>(() => InstallAsync(Feed, RuntimeBackend.Cpu));
        Assert.Equal(EditFault.BadDownload, fault.Kind);
        Assert.Contains($"{known.Size} were published", fault.Message);

        // The right length does not make it right; the user's own file stays.
        KnownPackage shim = KnownPackages.Find("torchsharp", Platform.TorchSharpVersion)!;
        int rest = (int)shim.Size - MadePackages.Package(shim.Id, new() { ["padding"] = [] }).Length;
        await File.WriteAllBytesAsync(file, MadePackages.Package(shim.Id, new() { ["padding"] = new byte[rest] }));
        NuGet.Packaging.Core.PackageIdentity identity = new(shim.Id, NuGet.Versioning.NuGetVersion.Parse(shim.Version));
        RuntimePlan plan = new(RuntimeBackend.Cpu, [FoundPackage.InFolder(identity, file, "feed")]);
        fault = await Assert.ThrowsAsync<EditException>(() => new RuntimeInstaller(Quick).InstallAsync(plan, Root));
        Assert.Equal(EditFault.BadDownload, fault.Kind);
        Assert.Contains("SHA-512", fault.Message);
        Assert.True(File.Exists(file));
    }

    [Fact]
    public void The_list_of_known_packages_is_of_the_versions_that_are_built_with()
    {
        Assert.All(KnownPackages.All, known => Assert.Equal(known.Id == "torchsharp" ? Platform.TorchSharpVersion : Platform.LibTorchVersion, known.Version));
        Assert.Equal(["libtorch-cpu-linux-x64", "libtorch-cpu-osx-arm64", "libtorch-cpu-win-x64", "torchsharp"], KnownPackages.All.Select(known => known.Id).Order());
        Assert.All(KnownPackages.All, known => Assert.Equal(128, ContentDigest.Sha512(known.Sha512).Hex.Length));
    }

    [Fact]
    public async Task A_server_s_packages_are_brought_verified_and_gone_on_with()
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "There is no CUDA for macOS.");
        using HubServer server = Serve(MadePackages.Cuda());
        string large = $"{MadePackages.Head}-part2-primary.{Platform.LibTorchVersion}.nupkg";
        bool broken = true;
        server.Instead = async (call, response, _) =>
        {
            if (!broken || call.Method != "GET" || !call.Path.EndsWith(large, StringComparison.Ordinal))
            {
                return false;
            }

            await HubServer.BreakAsync(call, response, server.Files[call.Path["/blob/".Length..]], call.From > 0 ? 0 : 70_000);
            return true;
        };
        string source = $"{server.Root}blob/index.json";
        EditException fault = await Assert.ThrowsAsync<EditException>(() => InstallAsync(source));
        Assert.Equal(EditFault.ServiceFailed, fault.Kind);
        Assert.NotEmpty(Directory.EnumerateFiles(Staged, large + "*.part"));
        Assert.False(File.Exists(Path.Combine(Root, RuntimePlan.NameOf(RuntimeBackend.Cuda), RuntimeRecord.FileName)));

        broken = false;
        int before = server.Calls.Count;
        TorchRuntime runtime = await InstallAsync(source);
        Assert.Equal(MadePackages.Graphics, Native(runtime, "torch_cuda"));
        Assert.All(runtime.Record!.Packages, package => Assert.Equal("catalogue", package.VerifiedBy));
        Assert.Empty(warnings);
        HubCall resumed = Assert.Single(server.Calls.Skip(before), call => call.Method == "GET" && call.Path.EndsWith(large, StringComparison.Ordinal));
        Assert.InRange(resumed.From, 1, 70_000);
        Assert.DoesNotContain(server.Calls.Skip(before), call => call.Method == "GET" && call.Path.EndsWith($"part2-fragment1.{Platform.LibTorchVersion}.nupkg", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_package_other_than_the_catalogue_says_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "There is no CUDA for macOS.");
        using HubServer server = Serve(MadePackages.Cuda());
        string path = server.Files.Keys.Single(file => file.EndsWith($"part1.{Platform.LibTorchVersion}.nupkg", StringComparison.Ordinal));
        byte[] spoilt = [.. server.Files[path]];
        spoilt[spoilt.Length / 2] ^= 1;
        server.Files[path] = spoilt;
        EditException fault = await Assert.ThrowsAsync<EditException>(() => InstallAsync($"{server.Root}blob/index.json"));
        Assert.Equal(EditFault.BadDownload, fault.Kind);
        Assert.Contains("SHA-512", fault.Message);
    }

    [Fact]
    public async Task What_was_cancelled_is_no_runtime_and_goes_on()
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "There is no CUDA for macOS.");
        using HubServer server = Serve(MadePackages.Cuda());
        using CancellationTokenSource stop = new();
        string source = $"{server.Root}blob/index.json";
        RuntimeInstaller installer = new(Quick);
        RuntimePlan plan = await installer.PlanAsync(RuntimeBackend.Cuda, source, folder);
        Assert.Equal(plan.Size, plan.DownloadSize);
        Stopper stopper = new(stop, InstallStage.Unpacking);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => installer.InstallAsync(plan, Root, stopper, cancellation: stop.Token));
        Assert.Null(RuntimeInstaller.Installed(RuntimePlan.NameOf(RuntimeBackend.Cuda), Root));
        int before = server.Calls.Count(call => call.Method == "GET" && call.Path.EndsWith(".nupkg", StringComparison.Ordinal));
        TorchRuntime runtime = await InstallAsync(source);
        Assert.Equal(MadePackages.Graphics, Native(runtime, "torch_cuda"));
        Assert.Equal(before, server.Calls.Count(call => call.Method == "GET" && call.Path.EndsWith(".nupkg", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_full_disk_is_told_before_anything_comes()
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "There is no CUDA for macOS.");
        MadePackages.Lay(Feed, MadePackages.Cuda());
        EditException fault = await Assert.ThrowsAsync<EditException>(() => InstallAsync(Feed, installer: new RuntimeInstaller(Quick) { FreeSpace = _ => 1000 }));
        Assert.Equal(EditFault.CannotWrite, fault.Kind);
        Assert.Contains(TorchRuntime.FolderVariable, fault.Remedy);
    }

    [Fact]
    public void Natives_that_are_there_are_recorded_where_they_are()
    {
        string natives = NativeLibraries.PackagedDirectory!;
        TorchRuntime runtime = new RuntimeInstaller(Quick).Record(RuntimeFit.Folder(natives), Root);
        Assert.Equal(natives, runtime.Natives);
        Assert.NotEqual(natives, Path.GetDirectoryName(runtime.Shim));
        Assert.Single(Directory.EnumerateFiles(Path.GetDirectoryName(runtime.Shim)!));
    }

    [Fact]
    public void Natives_without_what_the_shim_calls_are_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the system looks when it loads them.");
        string other = Directory.CreateDirectory(Path.Combine(folder, "torch", "lib")).FullName;
        File.Copy(Path.Combine(NativeLibraries.PackagedDirectory!, "libc10.so"), Path.Combine(other, "libc10.so"));
        File.Copy(Path.Combine(NativeLibraries.PackagedDirectory!, "libshm.so"), Path.Combine(other, "libtorch_cpu.so"));
        string natives = RuntimeFit.Folder(folder);
        Assert.Equal(other, natives);
        RuntimeInstaller installer = new(Quick);
        EditException fault = Assert.Throws<EditException>(() => installer.Record(natives, Root));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Matches(@"lacks \d{3,} of the functions", fault.Message);
        Assert.Equal(natives, installer.Record(natives, Root, force: true, warnings.Add).Natives);
        Assert.Single(warnings);
    }

    [Fact]
    public void What_is_no_library_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the system looks when it loads them.");
        Directory.CreateDirectory(Feed);
        byte[] whole = File.ReadAllBytes(Path.Combine(NativeLibraries.PackagedDirectory!, "libc10.so"));
        foreach (byte[] content in new byte[][] { [], [1, 2, 3], whole[..64], whole[..(whole.Length / 2)], [.. whole[..18], 0xb7, 0, .. whole[20..]] })
        {
            File.WriteAllBytes(Path.Combine(Feed, "libtorch_cpu.so"), content);
            EditException fault = Assert.Throws<EditException>(() => new RuntimeInstaller(Quick).Record(Feed, Root));
            Assert.Equal(EditFault.BadArgument, fault.Kind);
            Assert.Contains("libtorch_cpu.so", fault.Message);
        }
    }

    [Fact]
    public async Task The_signature_in_a_package_covers_its_content()
    {
        KnownPackage shim = KnownPackages.Find("torchsharp", Platform.TorchSharpVersion)!;
        string cache = NuGet.Configuration.SettingsUtility.GetGlobalPackagesFolder(NuGet.Configuration.Settings.LoadDefaultSettings(folder));
        string published = Path.Combine(cache, shim.Id, shim.Version, $"{shim.Id}.{shim.Version}.nupkg");
        Assert.SkipUnless(File.Exists(published), "The package was restored from elsewhere.");
        byte[] bytes = await File.ReadAllBytesAsync(published);
        Assert.Equal(shim.Sha512, Convert.ToBase64String(SHA512.HashData(bytes)));
        Assert.True(await PackageSignature.CoversAsync(published, CancellationToken.None));

        string spoilt = Path.Combine(folder, "spoilt.nupkg");
        bytes[bytes.Length / 3] ^= 1;
        await File.WriteAllBytesAsync(spoilt, bytes);
        EditException fault = await Assert.ThrowsAsync<EditException>(() => PackageSignature.CoversAsync(spoilt, CancellationToken.None));
        Assert.Equal(EditFault.BadDownload, fault.Kind);

        await File.WriteAllBytesAsync(spoilt, MadePackages.Package("unsigned", []));
        Assert.False(await PackageSignature.CoversAsync(spoilt, CancellationToken.None));
    }

    [Fact]
    public async Task A_configuration_s_sources_mapping_and_order_are_obeyed()
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "There is no CUDA for macOS.");
        MadePackages.Lay(Feed, MadePackages.Cuda());
        string other = Directory.CreateDirectory(Path.Combine(folder, "other")).FullName;
        MadePackages.Lay(other, MadePackages.Cuda());
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <packageSources><clear /><add key="other" value="{other}" /><add key="mine" value="{Feed}" /></packageSources>
              <packageSourceMapping>
                <packageSource key="mine"><package pattern="libtorch-*" /></packageSource>
                <packageSource key="other"><package pattern="*" /></packageSource>
              </packageSourceMapping>
            </configuration>
            """);
        RuntimeInstaller installer = new(Quick);
        Assert.Equal(["mine"], (await installer.PlanAsync(RuntimeBackend.Cuda, null, folder)).Sources);
        Assert.Equal(["other"], (await installer.PlanAsync(RuntimeBackend.Cuda, "other", folder)).Sources);
        EditException fault = await Assert.ThrowsAsync<EditException>(() => installer.PlanAsync(RuntimeBackend.Cuda, "nowhere", folder));
        Assert.Equal(EditFault.NotFound, fault.Kind);
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), "<configuration><packageSources>");
        fault = await Assert.ThrowsAsync<EditException>(() => installer.PlanAsync(RuntimeBackend.Cuda, null, folder));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
    }

    private static HubServer Serve(Dictionary<string, byte[]> packages)
    {
        HubServer server = new(new Dictionary<string, byte[]>());
        foreach ((string path, byte[] content) in MadePackages.Served(packages, server.Root))
        {
            server.Files[path] = content;
        }

        return server;
    }

    private static byte[] Native(TorchRuntime runtime, string name) => File.ReadAllBytes(Path.Combine(runtime.Natives, Platform.FileOf(name)));

    private async Task<TorchRuntime> InstallAsync(string source, RuntimeBackend backend = RuntimeBackend.Cuda, RuntimeInstaller? installer = null)
    {
        installer ??= new RuntimeInstaller(Quick);
        RuntimePlan plan = await installer.PlanAsync(backend, source, folder);
        return await installer.InstallAsync(plan, Root, warn: warnings.Add);
    }

    private sealed class Stopper(CancellationTokenSource stop, InstallStage stage) : IProgress<InstallProgress>
    {
        public void Report(InstallProgress value)
        {
            if (value.Stage == stage)
            {
                stop.Cancel();
            }
        }
    }
}
