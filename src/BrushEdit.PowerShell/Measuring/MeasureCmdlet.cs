using System.Management.Automation;
using BrushEdit.Caching;
using BrushEdit.Measuring;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>A cmdlet that measures edits: the networks, the files it writes, and edits that go through the networks several at a time.</summary>
public abstract class MeasureCmdlet : PictureCmdlet
{
    private readonly List<(MeasureItem Item, object Target)> waiting = [];
    private readonly MeasureTotals totals = new();
    private MeasureOutputs? outputs;
    private MeasureLender? lender;

    /// <summary>Where the pictures are edited: a mask, a mask picture's file, or a folder of them.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("MaskFolder")]
    public object? Mask { get; set; }

    /// <summary>How masks in a folder are named.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MaskPattern { get; set; }

    /// <summary>Scales a mask of another size to the picture's.</summary>
    [Parameter]
    public SwitchParameter Fit { get; set; }

    /// <summary>What the picture shows after the edit.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Prompt")]
    public string? Caption { get; set; }

    /// <summary>The kind of edit; tables are grouped by it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? EditType { get; set; }

    /// <summary>The checkpoint of LPIPS.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Lpips { get; set; }

    /// <summary>The folder of CLIP.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Clip { get; set; }

    /// <summary>The checkpoint of DINO's vision transformer, for the structure distance.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Dino { get; set; }

    /// <summary>A table to write.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CsvPath { get; set; }

    /// <summary>A JSON file to write.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? JsonPath { get; set; }

    /// <summary>A page to write.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReportPath { get; set; }

    /// <summary>The page's heading.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Title { get; set; } = "Measured edits";

    /// <summary>The figure by which the page sorts edits, worst first.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MeasureColumnCompleter))]
    public string? SortBy { get; set; }

    /// <summary>How many pictures go through the networks together.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int BatchSize { get; set; } = 4;

    /// <summary>Where networks run.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string Device { get; set; } = ComputeDevice.Auto;

    /// <summary>Replaces existing files.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Whether the means are returned instead of one object per edit.</summary>
    private protected abstract bool GivesMeans { get; }

    /// <summary>The protocol by which edits are measured.</summary>
    private protected abstract MeasureRule MeasuredBy { get; }

    /// <summary>Whether edits are measured; not if <c>-WhatIf</c> suppresses the files.</summary>
    private protected bool Measures { get; private set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Demand(() =>
        {
            PathResolver paths = new(SessionState);
            string? Full(string? typed) => typed is null ? null : paths.Output(typed);
            lender = new MeasureLender(Lpips, Clip, Dino, Device, paths);
            outputs = new MeasureOutputs(Full(CsvPath), Full(JsonPath), Full(ReportPath), Title, SortBy is null ? null : MeasureColumn.Named(SortBy), Force);
            Measures = outputs.Files.Count == 0 || ShouldProcess(string.Join(", ", outputs.Files), "Write measurements");
        });
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        Flush();
        if (totals.Count > 0)
        {
            Demand(() => outputs!.Complete(totals));
        }

        if (GivesMeans)
        {
            WriteObject(totals.Rows().Select(MeasureOutputs.AsObject), enumerateCollection: true);
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            outputs?.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Queues an edit; edits are measured when a batch is full.</summary>
    /// <param name="item">The edit.</param>
    /// <param name="target">The target of error records.</param>
    private protected void Take(MeasureItem item, object target)
    {
        waiting.Add((item, target));
        if (waiting.Count >= BatchSize)
        {
            Flush();
        }
    }

    /// <summary>Processes one edit; if it fails, both the page and an error record report it.</summary>
    /// <param name="name">The edit's name.</param>
    /// <param name="target">The target of the error record.</param>
    /// <param name="action">What to do.</param>
    private protected void AttemptEdit(string name, object target, Action action) => Attempt(target, () =>
    {
        try
        {
            action();
        }
        catch (EditException fault)
        {
            outputs!.AddFailure(name, fault.Message);
            throw;
        }
    });

    private void Flush()
    {
        if (waiting.Count == 0)
        {
            return;
        }

        (MeasureItem Item, object Target)[] batch = [.. waiting];
        waiting.Clear();
        IReadOnlyList<MeasureAnswer> answers = [];
        bool isMeasured = Attempt(batch[0].Target, () => answers = Work(feed =>
        {
            feed.Report(new ProgressRecord(1, "Measuring edits", $"{totals.Count} measured, {batch[0].Item.Name}"));
            return lender!.Lend(networks => new ImageMeasurer(networks, MeasuredBy).Measure([.. batch.Select(one => one.Item)], feed.Cancellation));
        }));
        for (int i = 0; isMeasured && i < batch.Length; i++)
        {
            (MeasureItem item, object target) = batch[i];
            MeasureAnswer answer = answers[i];
            AttemptEdit(item.Name, target, () => Give(item, answer.Measures ?? throw answer.Fault!));
        }
    }

    private void Give(MeasureItem item, EditMeasures measures)
    {
        totals.Add(measures);
        outputs!.Add(item, measures);
        if (!GivesMeans)
        {
            WriteObject(measures);
        }
    }
}

/// <summary>Completes the figures' names.</summary>
public sealed class MeasureColumnCompleter : ValueCompleter
{
    /// <inheritdoc />
    protected override IEnumerable<(string Value, string Tip)> Values(System.Collections.IDictionary bound) => MeasureColumn.All.Select(column => (column.Name, column.Heading));
}
