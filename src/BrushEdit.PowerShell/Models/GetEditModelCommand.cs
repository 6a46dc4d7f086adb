using System.Management.Automation;
using BrushEdit.Installing;
using BrushEdit.Loading;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Get-EditModel</c>: the models found on disk, or those loaded in memory.</summary>
[Cmdlet(VerbsCommon.Get, "EditModel", DefaultParameterSetName = FoundSet)]
[OutputType(typeof(EditModel), ParameterSetName = [FoundSet])]
[OutputType(typeof(LoadedEditModel), ParameterSetName = [LoadedSet])]
public sealed class GetEditModelCommand : EditCmdlet
{
    private const string FoundSet = "Found";
    private const string LoadedSet = "Loaded";

    /// <summary>Names, wildcards allowed, or paths of folders and files.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The kind of model.</summary>
    [Parameter(ParameterSetName = FoundSet)]
    public ModelKind[] Kind { get; set; } = [];

    /// <summary>Lists loaded models.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LoadedSet)]
    public SwitchParameter Loaded { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        IReadOnlyList<WildcardPattern> patterns = LoadedModels.Patterns(Name);
        if (Loaded)
        {
            WriteObject(EditSession.Models.Loaded.Where(model => LoadedModels.Matches(model, patterns)).Select(LoadedModels.Describe), enumerateCollection: true);
            return;
        }

        ModelCatalog catalog = ModelCatalog.CreateDefault(PublishedModels.Remedy);
        ModelListing listing = catalog.Scan();
        foreach (ModelProblem problem in listing.Problems)
        {
            WriteVerbose($"Not usable: {problem.Path}: {problem.Reason.Message}");
        }

        foreach (string name in Name)
        {
            WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            if (!WildcardPattern.ContainsWildcardCharacters(name) && !listing.Models.Any(model => pattern.IsMatch(model.Name)))
            {
                Attempt(name, () => Show(ByPath(name) ?? throw NotFound(name, catalog, listing)));
            }
        }

        foreach (ModelInfo model in listing.Models)
        {
            if (patterns.Count == 0 || patterns.Any(pattern => pattern.IsMatch(model.Name)))
            {
                Show(model);
            }
        }
    }

    private void Show(ModelInfo model)
    {
        if (Kind.Length == 0 || Kind.Contains(model.Kind))
        {
            WriteObject(EditModel.Of(model));
        }
    }

    // A folder or file outside the models folders.
    private ModelInfo? ByPath(string name)
    {
        string path = new PathResolver(SessionState).Output(name);
        return Directory.Exists(path) || File.Exists(path) ? ModelFiles.Open(path).Describe(System.IO.Path.GetFileNameWithoutExtension(path)) : null;
    }

    private static EditException NotFound(string name, ModelCatalog catalog, ModelListing listing)
    {
        ModelProblem? broken = listing.Problems.FirstOrDefault(problem => Path.GetFileNameWithoutExtension(problem.Path).Equals(name, StringComparison.OrdinalIgnoreCase));
        return broken is not null
            ? new EditException(EditFault.NotFound, $"The model '{name}' cannot be used: {broken.Reason.Message}", null, broken.Path, broken.Reason)
            : new EditException(
                EditFault.NotFound,
                $"There is no model '{name}' in {string.Join(" nor in ", catalog.Roots)}.",
                $"Set {ModelCatalog.FolderVariable} to the folder that contains your models.",
                name);
    }
}
