using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Planning;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Import-EditPlan</c>: reads plans from JSON files, alone or into the edits they are for.</summary>
[Cmdlet(VerbsData.Import, "EditPlan", DefaultParameterSetName = PathSet)]
[OutputType(typeof(EditPlan), typeof(ImageEdit))]
public sealed class ImportEditPlanCommand : EditCmdlet
{
    private const string PathSet = "Path";
    private const string EditSet = "Edit";

    /// <summary>Files, wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = EditSet)]
    public string[] Path { get; set; } = [];

    /// <summary>Edits that take their plans.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = EditSet)]
    [EditTransformation]
    public ImageEdit InputObject { get; set; } = null!;

    /// <summary>The folder of plans, each named after its picture.</summary>
    [Parameter(ParameterSetName = EditSet)]
    public string? Directory { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (ParameterSetName == EditSet)
        {
            Attempt(InputObject, () => WriteObject(Into(InputObject)));
            return;
        }

        foreach ((string path, EditException? fault) in new PathResolver(SessionState).Files(Path, literal: false))
        {
            Cancellation.ThrowIfStopped();
            Attempt(path, () => WriteObject(fault is null ? PlanFile.Load(path, out _) : throw fault));
        }
    }

    private ImageEdit Into(ImageEdit edit)
    {
        PathResolver paths = new(SessionState);
        string file = Path.Length == 1 ? paths.Output(Path[0])
            : Path.Length > 1 ? throw new EditException(EditFault.BadArgument, "An edit takes one plan.", "Give one file, or -Directory with a plan for each picture.", nameof(Path))
            : edit.Path is { } source ? System.IO.Path.Combine(paths.Output(Directory ?? "."), System.IO.Path.GetFileName(source) + ".plan.json")
            : throw edit.Missing("file name", "Name its plan with -Path.");
        EditPlan plan = PlanFile.Load(file, out _);
        return edit.With("Plan", TimeSpan.Zero, parts => parts.SetPlan(plan));
    }
}
