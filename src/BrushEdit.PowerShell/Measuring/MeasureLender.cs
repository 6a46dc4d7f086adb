using BrushEdit.Caching;
using BrushEdit.Loading;
using BrushEdit.Measuring;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>The networks that a user has chosen to measure with, lent by the session. To be used on the compute thread.</summary>
internal sealed class MeasureLender
{
    private readonly string? lpips;
    private readonly string? clip;
    private readonly string? structure;
    private readonly ModelHost host;

    /// <summary>Finds the networks; nothing is loaded yet.</summary>
    /// <param name="lpips">As typed; null for none.</param>
    /// <param name="clip">As typed; null for none.</param>
    /// <param name="structure">As typed; null for none.</param>
    /// <param name="device">As typed.</param>
    /// <param name="paths">For paths relative to the current location.</param>
    /// <exception cref="EditException">One of them does not exist (ModelNotFound).</exception>
    public MeasureLender(string? lpips, string? clip, string? structure, string device, PathResolver paths)
    {
        this.lpips = Find(lpips);
        this.clip = Find(clip);
        this.structure = Find(structure);

        // Figures are compared with those of papers: single precision everywhere.
        host = new ModelHost(device, "single", lowMemory: false);

        string? Find(string? typed) => typed is null ? null : MeasureFiles.Find(ModelChoice.Place(typed, paths), ModelCatalog.DefaultRoots());
    }

    /// <summary>Whether any network was chosen.</summary>
    public bool HasAny => (lpips ?? clip ?? structure) is not null;

    /// <summary>Lends the networks, and loads those that are not in memory.</summary>
    /// <typeparam name="T">The result type.</typeparam>
    /// <param name="use">Uses them; must not keep them.</param>
    public T Lend<T>(Func<MeasureNetworks, T> use) => HasAny
        ? Lend(lpips, "lpips", LpipsMeasure.Open, (LpipsMeasure? l) =>
            Lend(clip, "clip", ClipMeasure.Open, (ClipMeasure? c) =>
                Lend(structure, "structure", StructureMeasure.Open, (StructureMeasure? s) => use(new MeasureNetworks(l, c, s)))))
        : use(new MeasureNetworks());

    private TResult Lend<TModel, TResult>(string? path, string part, Func<string, TorchSharp.torch.Device, TModel> open, Func<TModel?, TResult> use)
        where TModel : class, IDisposable
    {
        if (path is null)
        {
            return use(null);
        }

        ComputeDevice where = host.Where;
        return EditSession.Models.Lend(new LoadedModel(path, part, where), () => open(path, where.Device), (TModel model) => use(model));
    }
}
