using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Models;
using BrushEdit.Pipeline;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Verification;

namespace BrushEdit.PowerShell;

/// <summary><c>Test-EditResult</c>: judges results, and ranks samples by it.</summary>
[Cmdlet(VerbsDiagnostic.Test, "EditResult")]
[OutputType(typeof(ImageEdit))]
public sealed class TestEditResultCommand : EditCmdlet
{
    private SessionFinder? finder;
    private EditVerifier? verifier;

    /// <summary>Filled edits.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [EditTransformation]
    public ImageEdit InputObject { get; set; } = null!;

    /// <summary>The detector: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DetectorCompleter))]
    public string? Model { get; set; }

    /// <summary>Where the detector runs.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string Device { get; set; } = ComputeDevice.Auto;

    /// <summary>The type of its weights and activations.</summary>
    [Parameter]
    [ValidateSet("auto", "single", "half", "bfloat16")]
    public string Precision { get; set; } = ComputeDevice.Auto;

    /// <summary>Keeps the detector in memory no longer than it is needed.</summary>
    [Parameter]
    public SwitchParameter LowMemory { get; set; }

    /// <summary>Judges again what is judged already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        ModelHost lender = new(Device, Precision, LowMemory);
        finder = new SessionFinder(Model, lender, new PathResolver(SessionState));
        verifier = new EditVerifier(finder);
    }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        Cancellation.ThrowIfStopped();
        ImageEdit? judged = null;
        if (Attempt(InputObject, () => judged = Judge(InputObject)))
        {
            WriteObject(judged);
        }
    }

    private ImageEdit Judge(ImageEdit edit)
    {
        if (Model is not null && finder!.Absence is { } absence)
        {
            // One that was asked for by name must be there.
            throw absence;
        }

        return RunStage(edit, Force, context => [new VerifyStage(verifier!, finder!.Absence is null ? finder.Name : null).Complete(edit, context)])[0];
    }
}
