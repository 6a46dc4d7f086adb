using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Planning;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Import-EditPlan</c>: reads plans from JSON files, alone or into the edits they are for.</summary>
[Cmdlet(VerbsData.Import, "EditPlan")]
[OutputType(typeof(EditPlan), typeof(ImageEdit))]
public sealed class ImportEditPlanCommand : PictureCmdlet
{
    /// <summary>The folder of plans, each named after its picture.</summary>
    [Parameter]
    public string? Directory { get; set; }

    /// <summary>The single plan for the pictures from the pipeline.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Plan { get; set; }

    // A file is a plan, unless the location of the plans is given: then it is a picture that needs one.
    private bool TakesPlans => Directory is not null || Plan is not null;

    /// <inheritdoc />
    private protected override void Process(SourceItem item)
    {
        if (item.Path is { } file && !TakesPlans)
        {
            WriteObject(PlanFile.Load(file, out _));
            return;
        }

        WriteObject(Into(Open(item)));
    }

    /// <inheritdoc />
    // 'Import-EditImage photo.jpg | Import-EditPlan photo.plan.json'
    private protected override string? TakeWords(string[] words)
    {
        if (TakesPlans)
        {
            return null;
        }

        Plan = words.Length == 1 ? words[0] : string.Empty;
        return nameof(Plan);
    }

    private ImageEdit Into(ImageEdit edit)
    {
        PathResolver paths = new(SessionState);
        string file = Plan is { Length: > 0 } ? paths.Output(Plan)
            : Plan is not null ? throw new EditException(EditFault.BadArgument, "An edit takes one plan.", "Give one file, or -Directory with a plan for each picture.", nameof(Plan))
            : edit.Path is { } source ? System.IO.Path.Combine(paths.Output(Directory ?? "."), System.IO.Path.GetFileName(source) + ".plan.json")
            : throw edit.Missing("file name", "Name its plan with -Plan.");
        EditPlan plan = PlanFile.Load(file, out _);
        return edit.With("Plan", TimeSpan.Zero, parts => parts.SetPlan(plan));
    }
}
