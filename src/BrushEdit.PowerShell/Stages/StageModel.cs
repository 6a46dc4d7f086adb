using BrushEdit.Installing;
using BrushEdit.Loading;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>The detector or segmenter a user has chosen, or the default one.</summary>
internal static class StageModel
{
    /// <summary>The environment variable with the detector that is used if none is given.</summary>
    public const string DetectorVariable = "BRUSHEDIT_DETECTOR";

    /// <summary>The environment variable with the segmenter that is used if none is given.</summary>
    public const string SegmenterVariable = "BRUSHEDIT_SEGMENTER";

    /// <summary>Uses the argument, else the variable's value, else the first model of its kind: the module's own before the user's.</summary>
    /// <param name="model">As typed; null if it was not given.</param>
    /// <param name="variable">The variable that may name one.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="published">A model of the kind that can be installed, for the remedy.</param>
    /// <param name="paths">For paths relative to the current location.</param>
    /// <param name="parameter">The cmdlet's parameter that names one, for the remedy.</param>
    /// <exception cref="EditException">No model exists; the error says how to get one.</exception>
    public static ModelFiles Find(string? model, string variable, ModelKind kind, string published, PathResolver paths, string parameter)
    {
        ModelCatalog catalog = ModelCatalog.CreateDefault(PublishedModels.Remedy);
        string? wanted = model ?? (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } usual ? usual : null);
        if (wanted is not null)
        {
            return catalog.Open(ModelChoice.Place(wanted, paths), kind);
        }

        ModelListing listing = catalog.Scan();
        if (listing.Models.FirstOrDefault(found => found.Kind == kind) is { } first)
        {
            return catalog.Open(first.Path, kind);
        }

        string broken = listing.Problems.Count > 0 ? $" Not usable: {listing.Problems[0].Path} ({listing.Problems[0].Reason.Message})" : string.Empty;
        throw new EditException(
            EditFault.ModelNotFound,
            $"There is no {ModelRecognition.Text(kind)} in {string.Join(" nor in ", catalog.Roots)}.{broken}",
            $"Install one (Install-EditModel {published}), copy its folder to {catalog.Roots[^1]}, or give a folder with -{parameter}.",
            kind);
    }

    /// <summary>Why a model does not exist; null if it exists.</summary>
    /// <param name="find">Looks for it.</param>
    public static EditException? Absence(Action find)
    {
        try
        {
            find();
            return null;
        }
        catch (EditException missing) when (missing.Kind == EditFault.ModelNotFound)
        {
            return missing;
        }
    }
}
