using BrushEdit.Caching;
using BrushEdit.Loading;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>Where a cmdlet's networks run, and the pool that lends them: the session's, or a worker's own. To be used on one thread.</summary>
/// <param name="device">As typed: <c>auto</c>, <c>cpu</c>, <c>cuda:0</c> ...</param>
/// <param name="precision">As typed.</param>
/// <param name="lowMemory">Whether only one network is kept in memory at a time.</param>
/// <param name="pool">Lends them; null for the session's.</param>
internal sealed class ModelHost(string device, string precision, bool lowMemory, ModelPool? pool = null)
{
    private ComputeDevice? where;

    /// <summary>Lends the networks.</summary>
    public ModelPool Models { get; } = pool ?? EditSession.Models;

    /// <summary>Device and precision, chosen at the first use.</summary>
    public ComputeDevice Where
    {
        get
        {
            if (where is null)
            {
                where = ComputeDevice.Choose(device, precision);
                if (lowMemory)
                {
                    Models.Clear();
                }
            }

            Models.LowMemory = lowMemory;
            return where;
        }
    }

    /// <summary>Lends a model of one network, and loads it if necessary.</summary>
    /// <typeparam name="TModel">The network's class.</typeparam>
    /// <typeparam name="TResult">The result type.</typeparam>
    /// <param name="files">Its files.</param>
    /// <param name="part">Its name in listings.</param>
    /// <param name="load">Loads it.</param>
    /// <param name="use">Uses it.</param>
    public TResult Lend<TModel, TResult>(ModelFiles files, string part, Func<ModelFiles, ComputeDevice, TModel> load, Func<TModel, TResult> use)
        where TModel : class, IDisposable
    {
        ComputeDevice chosen = Where;
        LoadedModel description = new(files.Path, part, chosen) { Sources = [(files, ModelPart.Network)] };
        return Models.Lend(description, () => load(files, chosen), use);
    }
}
