using System.Management.Automation;
using BrushEdit.Models;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Weights;

namespace BrushEdit.PowerShell;

/// <summary>A stage that one network does: chooses model, device and precision, and borrows the network from the session.</summary>
public abstract class NetworkStageCmdlet : StageCmdlet
{
    private ModelFiles? files;
    private ComputeDevice? where;

    /// <summary>Where the network runs.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string Device { get; set; } = ComputeDevice.Auto;

    /// <summary>The type of weights and activations.</summary>
    [Parameter]
    [ValidateSet("auto", "single", "half", "bfloat16")]
    public string Precision { get; set; } = ComputeDevice.Auto;

    /// <summary>Keeps one network in memory at a time.</summary>
    [Parameter]
    public SwitchParameter LowMemory { get; set; }

    /// <summary>The name of the model's folder, once it is chosen.</summary>
    private protected string ModelName => System.IO.Path.GetFileName(files!.Path);

    /// <summary>Chooses the model; reads configurations only. Called once the first edit needs it.</summary>
    private protected abstract ModelFiles ChooseModel();

    /// <summary>Borrows the network, loading it where it is not held. On the compute thread.</summary>
    /// <typeparam name="TModel">The network's class.</typeparam>
    /// <typeparam name="TResult">What is made with it.</typeparam>
    /// <param name="part">What it is called in listings.</param>
    /// <param name="load">Loads it.</param>
    /// <param name="use">Uses it.</param>
    private protected TResult Borrow<TModel, TResult>(string part, Func<ModelFiles, ComputeDevice, TModel> load, Func<TModel, TResult> use)
        where TModel : class, IDisposable
    {
        files ??= ChooseModel();
        if (where is null)
        {
            where = ComputeDevice.Choose(Device, Precision);
            if (LowMemory)
            {
                EditSession.Models.Clear();
            }
        }

        EditSession.Models.LowMemory = LowMemory;
        LoadedModel description = new(files.Path, part, where) { Sources = [(files, ModelPart.Network)] };
        return EditSession.Models.Lend(description, () => load(files, where), use);
    }
}
