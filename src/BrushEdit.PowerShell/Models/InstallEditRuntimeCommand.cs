using System.Management.Automation;
using BrushEdit.Installing;
using BrushEdit.Linking;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Install-EditRuntime</c>: downloads libtorch from the user's NuGet sources, or registers an existing one.</summary>
[Cmdlet(VerbsLifecycle.Install, "EditRuntime", SupportsShouldProcess = true, DefaultParameterSetName = PackageSet)]
[OutputType(typeof(EditRuntime))]
public sealed class InstallEditRuntimeCommand : EditCmdlet
{
    private const string PackageSet = "Package";
    private const string PathSet = "Path";

    /// <summary>The backend.</summary>
    [Parameter(Position = 0, ParameterSetName = PackageSet)]
    public RuntimeBackend Backend { get; set; } = RuntimeBackend.Cpu;

    /// <summary>A package source instead of those of NuGet's configuration.</summary>
    [Parameter(ParameterSetName = PackageSet)]
    [ValidateNotNullOrEmpty]
    public string? Source { get; set; }

    /// <summary>A folder with an existing libtorch.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Downloads it again; with -Path, accepts a libtorch that lacks functions.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Attempt(ParameterSetName == PathSet ? Path : Backend, () =>
    {
        string root = TorchRuntime.InstallFolder();
        TorchRuntime? runtime = ParameterSetName == PathSet ? Record(root) : Bring(root);
        if (runtime is not null)
        {
            Tell(runtime);
            WriteObject(EditRuntime.Of(runtime));
        }
    });

    private TorchRuntime? Record(string root)
    {
        string natives = RuntimeFit.Folder(new PathResolver(SessionState).Output(Path));
        return ShouldProcess($"Use the libtorch in '{natives}' in place; record this in '{root}'.", $"Use the libtorch in '{natives}'?", "Install-EditRuntime")
            ? WorkAside(feed => new RuntimeInstaller(new HubSettings()).Record(natives, root, Force, feed.Warn))
            : null;
    }

    private TorchRuntime? Bring(string root)
    {
        string name = RuntimePlan.NameOf(Backend);
        string folder = System.IO.Path.Combine(root, name);
        if (!Force && RuntimeInstaller.Installed(name, root) is { } there)
        {
            WriteVerbose($"libtorch {name} is in '{folder}' already.");
            return ShouldProcess($"Use the libtorch in '{folder}', which is already installed.", $"Use the libtorch in '{folder}'?", "Install-EditRuntime")
                ? RuntimeInstaller.Choose(there, root)
                : null;
        }

        RuntimeInstaller installer = new(new HubSettings());
        string location = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        RuntimePlan plan = WorkAside(feed => installer.PlanAsync(Backend, Source, location, feed.Cancellation).GetAwaiter().GetResult());
        string what = plan.DownloadSize > 0
            ? $"Download libtorch {name}: {ByteText.Of(plan.DownloadSize)} in {plan.Count} package(s) from {string.Join(", ", plan.Sources)}, into '{folder}'."
            : $"Unpack libtorch {name}: {ByteText.Of(plan.Size)} in {plan.Count} package(s) of {string.Join(", ", plan.Sources)}, into '{folder}'.";
        return ShouldProcess(what, $"{what} Continue?", "Install-EditRuntime")
            ? WorkAside(feed => installer.InstallAsync(plan, root, feed.Progress<InstallProgress>(InstallReport.Show), feed.Warn, feed.Cancellation).GetAwaiter().GetResult())
            : null;
    }

    // The chosen libtorch may differ from the one that this session has loaded.
    private void Tell(TorchRuntime runtime)
    {
        if (!string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(TorchRuntime.NativesVariable)))
        {
            WriteWarning($"The variable {TorchRuntime.NativesVariable} names another libtorch, which takes precedence; remove it to use this one.");
        }
        else if (LibTorch.Used is { } used && used.Natives != runtime.Natives)
        {
            WriteWarning($"This session has loaded the libtorch in '{used.Natives}' and keeps it; restart PowerShell to use the other.");
        }
    }
}
