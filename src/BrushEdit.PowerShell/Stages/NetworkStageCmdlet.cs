using System.Management.Automation;
using BrushEdit.Caching;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>A stage that runs networks: where they run, and in what precision.</summary>
public abstract class NetworkStageCmdlet : StageCmdlet
{
    private ModelHost? host;

    /// <summary>Where networks run.</summary>
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

    /// <summary>Lends networks of the session; made once the parameters are bound.</summary>
    private protected ModelHost Lender => host ??= new ModelHost(Device, Precision, LowMemory);
}
