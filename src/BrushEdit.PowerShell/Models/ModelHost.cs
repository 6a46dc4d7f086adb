using BrushEdit.Caching;
using BrushEdit.Loading;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>Where a cmdlet's networks run, and the session's pool that lends them. To be used on the compute thread.</summary>
/// <param name="device">As typed: <c>auto</c>, <c>cpu</c>, <c>cuda:0</c> ...</param>
/// <param name="precision">As typed.</param>
/// <param name="lowMemory">Whether one network at a time is kept.</param>
internal sealed class ModelHost(string device, string precision, bool lowMemory)
{
    private ComputeDevice? where;

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
                    EditSession.Models.Clear();
                }
            }

            EditSession.Models.LowMemory = lowMemory;
            return where;
        }
    }

    /// <summary>Lends a model of one network, loading it where it is not held.</summary>
    /// <typeparam name="TModel">The network's class.</typeparam>
    /// <typeparam name="TResult">What is made with it.</typeparam>
    /// <param name="files">Its files.</param>
    /// <param name="part">What it is called in listings.</param>
    /// <param name="load">Loads it.</param>
    /// <param name="use">Uses it.</param>
    public TResult Lend<TModel, TResult>(ModelFiles files, string part, Func<ModelFiles, ComputeDevice, TModel> load, Func<TModel, TResult> use)
        where TModel : class, IDisposable
    {
        ComputeDevice chosen = Where;
        LoadedModel description = new(files.Path, part, chosen) { Sources = [(files, ModelPart.Network)] };
        return EditSession.Models.Lend(description, () => load(files, chosen), use);
    }
}
