using System.Management.Automation;
using BrushEdit.Installing;
using BrushEdit.Loading;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Install-EditModel</c>: downloads published models into the models folder, resumable and verified.</summary>
[Cmdlet(VerbsLifecycle.Install, "EditModel", SupportsShouldProcess = true)]
[OutputType(typeof(EditModel))]
public sealed class InstallEditModelCommand : EditCmdlet
{
    // The size from which a confirmation is requested even if no other prompt appears.
    private const long LargeBytes = 1_000_000_000;

    private bool yesToAll;
    private bool noToAll;
    private string root = "";

    /// <summary>Names, wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(PublishedModelCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The models folder; the user's own if omitted.</summary>
    [Parameter]
    public string? Destination { get; set; }

    /// <summary>Verifies installed files and downloads those again that differ from the published ones.</summary>
    [Parameter]
    public SwitchParameter Verify { get; set; }

    /// <summary>Skips the confirmation of large downloads.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing() => Demand(() =>
    {
        root = Destination is null ? ModelCatalog.UserFolder() : new PathResolver(SessionState).Output(Destination);
        if (File.Exists(root))
        {
            throw new EditException(EditFault.CannotWrite, $"'{root}' is a file.", "Give a folder with -Destination.", root);
        }
    });

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            Cancellation.ThrowIfStopped();
            IReadOnlyList<PublishedModel> models = [];
            Attempt(name, () => models = Matching(name));
            foreach (PublishedModel model in models)
            {
                Attempt(model.Name, () => Install(model));
            }
        }
    }

    private static IReadOnlyList<PublishedModel> Matching(string name)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(name))
        {
            return [PublishedModels.Find(name)];
        }

        WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
        PublishedModel[] found = [.. PublishedModels.All.Where(model => pattern.IsMatch(model.Name))];
        return found.Length > 0 ? found : [PublishedModels.Find(name)];
    }

    private void Install(PublishedModel model)
    {
        string folder = ModelInstaller.FolderOf(model, root);
        if (!Verify && ModelInstaller.Installed(model, root) is not null)
        {
            WriteVerbose($"{model.Name} is in '{folder}' already.");
            Give(model, folder);
            return;
        }

        HubSettings settings = HubSettings.FromEnvironment();
        string through = settings.Endpoint == new HubSettings().Endpoint ? "" : $" through {settings.Endpoint.Host}";
        string size = $"{(model.SizeIsExact ? "" : "about ")}{ByteText.Of(model.Size)}";
        string what = $"Download {model.Name} ({model.Title}): {size} from {model.Page}{through}, licence {model.License}, into '{folder}'.";
        if (!ShouldProcess(what, $"{what} Continue?", "Install-EditModel") || !Agreed(model, what))
        {
            return;
        }

        ModelInstaller installer = new(settings);
        WorkAside(feed => installer.InstallAsync(model, root, Verify, feed.Progress<InstallProgress>(InstallReport.Show), feed.Cancellation).GetAwaiter().GetResult());
        Give(model, folder);
    }

    private bool Agreed(PublishedModel model, string what)
    {
        // An explicit -Confirm, true or false, has already decided.
        if (Force || model.Size < LargeBytes || MyInvocation.BoundParameters.ContainsKey("Confirm"))
        {
            return true;
        }

        try
        {
            return ShouldContinue($"{what} Continue?", "A large download", ref yesToAll, ref noToAll);
        }
        catch (Exception fault) when (fault is PSInvalidOperationException or PSNotImplementedException or System.Management.Automation.Host.HostException or NullReferenceException)
        {
            // The pwsh host throws a null reference exception if standard input has ended.
            throw new EditException(EditFault.BadArgument, $"{what} This session cannot ask for confirmation.", "Give -Force to accept the size and the licence.", model.Name, fault);
        }
    }

    private void Give(PublishedModel model, string folder)
    {
        if (!ModelCatalog.DefaultRoots().Contains(root, StringComparer.Ordinal))
        {
            WriteVerbose($"'{root}' is not a models folder of this session: name the model by its path, or set {ModelCatalog.FolderVariable}.");
        }

        WriteObject(EditModel.Of(ModelFiles.Open(folder).Describe(model.Name)));
    }
}
