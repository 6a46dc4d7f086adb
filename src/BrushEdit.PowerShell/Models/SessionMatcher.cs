using BrushEdit.Caching;
using BrushEdit.Imaging;
using BrushEdit.Installing;
using BrushEdit.Loading;
using BrushEdit.Measuring;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>The CLIP that judges whether fills show what was requested, borrowed from the session for each picture.</summary>
/// <param name="typed">As typed; null for the usual one.</param>
/// <param name="baseModel">The base model that fills, a name or a full path: the one in its folder is the usual one; null for none.</param>
/// <param name="host">Lends it.</param>
/// <param name="paths">For paths relative to the current location.</param>
internal sealed class SessionMatcher(string? typed, string? baseModel, ModelHost host, PathResolver paths) : IPictureMatcher
{
    /// <summary>The environment variable with the judge that is used if none is given.</summary>
    public const string Variable = "BRUSHEDIT_JUDGE";

    private string? folder;
    private EditException? absence;

    /// <inheritdoc/>
    public string Name => System.IO.Path.GetFileName(Folder);

    /// <inheritdoc/>
    public EditException? Absence => folder is null ? absence ??= StageModel.Absence(() => _ = Folder) : null;

    /// <summary>The same choice, borrowed from another host; its folder is not searched for again.</summary>
    /// <param name="other">Lends it.</param>
    public SessionMatcher On(ModelHost other) => new(typed, baseModel, other, paths) { folder = folder };

    private string Folder => folder ??= Find();

    /// <inheritdoc/>
    public IReadOnlyList<double> Match(Picture picture, Box region, IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        ComputeDevice where = host.Where;
        return host.Models.Lend(
            new LoadedModel(Folder, "clip", where),
            () => ClipMeasure.Open(Folder, where.Device),
            (ClipMeasure clip) => new ClipMatcher(clip, Name).Match(picture, region, texts, cancellation));
    }

    private string Find()
    {
        ModelCatalog catalog = ModelCatalog.CreateDefault(PublishedModels.Remedy);
        string? wanted = typed ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } usual ? usual : null);
        if (wanted is not null)
        {
            return catalog.Open(ModelChoice.Place(wanted, paths), ModelKind.Clip).Path;
        }

        ModelFiles? own = string.IsNullOrEmpty(baseModel) ? null : catalog.Locate(baseModel).Bundled().FirstOrDefault(inner => inner.Kind == ModelKind.Clip);
        return own?.Path ?? throw new EditException(
            EditFault.ModelNotFound, "The base model's folder contains no judge.", $"Name the folder of a CLIP model with -Judge, or in the variable {Variable}.", baseModel);
    }
}
