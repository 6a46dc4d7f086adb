using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Planning;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Export-EditPlan</c>: writes plans to JSON files, one per picture.</summary>
[Cmdlet(VerbsData.Export, "EditPlan", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo), typeof(ImageEdit))]
public sealed class ExportEditPlanCommand : SourceCmdlet
{
    private readonly HashSet<string> written = new(OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);

    /// <summary>The folder the files go to; made if it is missing.</summary>
    [Parameter(Position = 0)]
    public string Directory { get; set; } = ".";

    /// <summary>The one file that is written.</summary>
    [Parameter]
    public string? Path { get; set; }

    /// <summary>Replaces existing files.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Passes the edits on, instead of the files.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    private protected override void Process(SourceItem item)
    {
        ImageEdit edit = Open(item);
        EditPlan plan = edit.Plan ?? throw edit.Missing("plan", "Pipe it through Get-EditPlan first.");
        PathResolver paths = new(SessionState);
        string name = edit.Path is { } source ? System.IO.Path.GetFileName(source) : $"edit-{written.Count + 1}";
        string file = Path is not null ? paths.Output(Path) : System.IO.Path.Combine(paths.Output(Directory), name + ".plan.json");
        if (!written.Add(file))
        {
            throw new EditException(EditFault.CannotWrite, $"'{file}' has just been written by this command.", "Write pictures of the same name to different folders.", file);
        }

        if (ShouldProcess(file, "Write plan"))
        {
            if (Path is null)
            {
                OutputFolder.Make(paths.Output(Directory));
            }

            PlanFile.Save(plan, file, edit.Path is null ? null : name, WriteRule.For(Force, new InputFiles(edit.InputFiles)));
            if (!PassThru)
            {
                WriteObject(new FileInfo(file));
            }
        }

        if (PassThru)
        {
            WriteObject(edit);
        }
    }
}
