using System.Management.Automation;
using BrushEdit.Measuring;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Reporting;

namespace BrushEdit.PowerShell;

/// <summary>The files that figures are written to: a table, an object, a page. Each is written only once all edits have been measured.</summary>
internal sealed class MeasureOutputs : IDisposable
{
    private readonly string? csv;
    private readonly string? json;
    private readonly string? page;
    private readonly string title;
    private readonly MeasureColumn? sortBy;
    private readonly WriteRule rule;
    private readonly InputFiles inputs = new();
    private readonly List<EditMeasures> kept = [];
    private MeasureReport? report;

    /// <summary>Checks the names; nothing is written yet.</summary>
    /// <param name="csv">A full path; null for none.</param>
    /// <param name="json">A full path; null for none.</param>
    /// <param name="page">A full path; null for none.</param>
    /// <param name="title">The page's heading.</param>
    /// <param name="sortBy">The figure that the page is sorted by; null for the first figure that differs between edits.</param>
    /// <param name="force">Whether existing files are replaced.</param>
    /// <exception cref="EditException">A file exists already, or two are the same (CannotWrite, BadArgument).</exception>
    public MeasureOutputs(string? csv, string? json, string? page, string title, MeasureColumn? sortBy, bool force)
    {
        (this.csv, this.json, this.page, this.title, this.sortBy) = (csv, json, page, title, sortBy);
        rule = WriteRule.For(force, inputs);
        foreach (string file in Files)
        {
            rule.Check(file);
        }

        if (Files.Distinct(StringComparer.Ordinal).Count() < Files.Count)
        {
            throw new EditException(EditFault.BadArgument, $"'{Files[0]}' is named twice.", "Give each file its own name.", Files[0]);
        }
    }

    /// <summary>The files that are wanted.</summary>
    public IReadOnlyList<string> Files => [.. new[] { csv, json, page }.OfType<string>()];

    /// <summary>Adds an edit.</summary>
    /// <param name="item">Its pictures.</param>
    /// <param name="measures">Its figures.</param>
    public void Add(MeasureItem item, EditMeasures measures)
    {
        inputs.Add([.. new[] { item.Original.Path, item.Result.Path, item.Mask?.Path }.OfType<string>()]);
        foreach (string file in Files)
        {
            rule.Check(file);
        }

        if (csv is not null || json is not null)
        {
            kept.Add(measures);
        }

        Page()?.Add(item, measures);
    }

    /// <summary>Records that an edit could not be measured.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="reason">Why not.</param>
    public void AddFailure(string name, string reason) => Page()?.AddFailure(name, reason);

    /// <summary>Writes the files.</summary>
    /// <param name="totals">The means.</param>
    public void Complete(MeasureTotals totals)
    {
        foreach (string file in Files)
        {
            OutputFolder.Make(Path.GetDirectoryName(file)!, "ReportPath");
        }

        if (csv is not null)
        {
            MeasureTable.WriteCsv(csv, rule, kept);
        }

        if (json is not null)
        {
            MeasureTable.WriteJson(json, rule, kept, totals.Rows());
        }

        report?.Complete(totals, sortBy);
    }

    /// <inheritdoc/>
    public void Dispose() => report?.Dispose();

    // Made only at the first edit, so that an immediate failure leaves no folder behind.
    private MeasureReport? Page()
    {
        if (page is not null && report is null)
        {
            OutputFolder.Make(Path.GetDirectoryName(page)!, "ReportPath");
            report = new MeasureReport(page, title, rule);
        }

        return report;
    }

    /// <summary>A row of means for a table, with one property per figure.</summary>
    /// <param name="row">The means.</param>
    public static PSObject AsObject(MeasureSummary row)
    {
        PSObject shown = new();
        shown.TypeNames.Insert(0, "BrushEdit.PowerShell.EditMeasureSummary");
        shown.Properties.Add(new PSNoteProperty("Method", row.Method));
        shown.Properties.Add(new PSNoteProperty("EditType", row.EditType));
        shown.Properties.Add(new PSNoteProperty("Edits", row.Edits));
        shown.Properties.Add(new PSNoteProperty("Unchanged", row.Unchanged));
        foreach ((string name, double mean) in row.Means)
        {
            shown.Properties.Add(new PSNoteProperty(name, mean));
        }

        return shown;
    }
}
