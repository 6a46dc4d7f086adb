using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Reporting;

namespace BrushEdit.PowerShell;

/// <summary><c>Export-EditReport</c>: writes one self-contained HTML page about edits.</summary>
[Cmdlet(VerbsData.Export, "EditReport", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo), typeof(ImageEdit))]
public sealed class ExportEditReportCommand : SourceCmdlet
{
    private string file = string.Empty;
    private bool writes;
    private EditReport? report;

    /// <summary>The page's file.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>The page's heading.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Title { get; set; } = new EditReportOptions().Title;

    /// <summary>The maximum length in pixels of the longer side of a picture on the page.</summary>
    [Parameter]
    [ValidateRange(EditReport.LeastSide, EditReport.MostSide)]
    public int MaxSide { get; set; } = new EditReportOptions().MaxSide;

    /// <summary>Replaces an existing file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Passes the edits on, instead of the file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Demand(Begin);
    }

    private void Begin()
    {
        file = new PathResolver(SessionState).Output(Path);
        EditReport.RequireWritable(file, Force);
        writes = ShouldProcess(file, "Write report");
    }

    /// <inheritdoc />
    private protected override void Process(SourceItem item)
    {
        ImageEdit edit = Open(item);
        if (writes)
        {
            Demand(Open);
            Add(edit);
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
            WriteWarning($"No edit was given, so '{file}' was not written.");
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

    private void Add(ImageEdit edit)
    {
        try
        {
            report!.Add(edit);
        }
        catch (EditException fault) when (fault.Kind == EditFault.CannotWrite)
        {
            // An incomplete page is worse than none.
            ThrowTerminatingError(Faults.ToRecord(fault, edit));
        }
    }

    // Made only at the first edit, so that a chain that fails immediately leaves no folder behind.
    private void Open()
    {
        if (report is not null)
        {
            return;
        }

        OutputFolder.Make(System.IO.Path.GetDirectoryName(file)!, nameof(Path));
        report = new EditReport(file, new EditReportOptions { Title = Title, MaxSide = MaxSide, Overwrite = Force });
    }
}
