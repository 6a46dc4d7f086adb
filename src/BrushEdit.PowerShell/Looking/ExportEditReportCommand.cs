using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Reporting;

namespace BrushEdit.PowerShell;

/// <summary><c>Export-EditReport</c>: writes one self-contained HTML page on edits.</summary>
[Cmdlet(VerbsData.Export, "EditReport", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo), typeof(ImageEdit))]
public sealed class ExportEditReportCommand : EditCmdlet
{
    private string file = string.Empty;
    private bool writes;
    private EditReport? report;

    /// <summary>The page's file.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>Edits. Of any type for the binder, so that what is no edit gets an error that says what to do.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    /// <summary>The page's heading.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Title { get; set; } = new EditReportOptions().Title;

    /// <summary>Pixels the longer side of a picture on the page has at most.</summary>
    [Parameter]
    [ValidateRange(EditReport.LeastSide, EditReport.MostSide)]
    public int MaxSide { get; set; } = new EditReportOptions().MaxSide;

    /// <summary>Replaces a file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Passes the edits on, instead of the file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing() => Demand(() =>
    {
        file = new PathResolver(SessionState).Output(Path);
        EditReport.RequireWritable(file, Force);
        writes = ShouldProcess(file, "Write report");
    });

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        Cancellation.ThrowIfStopped();
        ImageEdit? edit = null;
        if (!Attempt(InputObject.BaseObject, () => edit = Taken(InputObject.BaseObject)))
        {
            return;
        }

        if (writes)
        {
            Demand(Open);
            Attempt(edit, () => Add(edit!));
        }

        if (PassThru)
        {
            WriteObject(edit);
        }
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (report is { Count: > 0 })
        {
            Demand(report.Complete);
            if (!PassThru)
            {
                WriteObject(new FileInfo(file));
            }
        }
        else if (writes)
        {
            WriteWarning($"No edit came, so '{file}' was not written.");
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            report?.Dispose();
        }

        base.Dispose(disposing);
    }

    private static ImageEdit Taken(object item) => item as ImageEdit ?? throw new EditException(
        EditFault.BadArgument, $"A {item.GetType().Name} is no edit.", "Begin one with Import-EditImage or Get-EditPlan, and pipe that in.", item);

    private void Add(ImageEdit edit)
    {
        try
        {
            report!.Add(edit);
        }
        catch (EditException fault) when (fault.Kind == EditFault.CannotWrite)
        {
            // A page with a hole is worse than none.
            ThrowTerminatingError(Faults.ToRecord(fault, edit));
        }
    }

    // Not before the first edit: a chain that fails at once leaves no folder behind.
    private void Open()
    {
        if (report is not null)
        {
            return;
        }

        string folder = System.IO.Path.GetDirectoryName(file)!;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.CannotWrite, $"The folder '{folder}' cannot be made ({fault.Message}).", "Give another -Path.", folder, fault);
        }

        report = new EditReport(file, new EditReportOptions { Title = Title, MaxSide = MaxSide, Overwrite = Force });
    }
}
