using System.Management.Automation;
using BrushEdit.Linking;

namespace BrushEdit.PowerShell;

/// <summary><c>Get-EditRuntime</c>: which libtorch versions exist, which one is used, and where it comes from.</summary>
[Cmdlet(VerbsCommon.Get, "EditRuntime")]
[OutputType(typeof(EditRuntime))]
public sealed class GetEditRuntimeCommand : Infrastructure.EditCmdlet
{
    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        IReadOnlyList<TorchRuntime> usable = TorchRuntime.List();
        WriteObject(
            usable.Concat(TorchRuntime.Installed().Where(runtime => !runtime.Record!.Fits)).Select(EditRuntime.Of),
            enumerateCollection: true);
        if (usable.Count == 0)
        {
            WriteWarning($"No libtorch for the networks is installed. {LibTorch.Remedy}");
        }
    }
}
