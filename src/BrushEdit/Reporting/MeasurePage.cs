using System.Globalization;
using BrushEdit.Imaging;
using BrushEdit.Measuring;

namespace BrushEdit.Reporting;

/// <summary>Writes the page of a <see cref="MeasureReport"/>.</summary>
/// <param name="writer">The output.</param>
/// <param name="title">The heading.</param>
internal sealed class MeasurePage(TextWriter writer, string title)
{
    private static readonly PageHead Head = new(PageHead.Resource("report.css") + PageHead.Resource("measures.css"), PageHead.Resource("measures.js"));

    private readonly HtmlWriter html = new(writer);

    /// <summary>Writes the cells with an edit's pictures: before, the mask, after, and the true result.</summary>
    /// <param name="cells">The output.</param>
    /// <param name="item">The edit.</param>
    /// <param name="most">The maximum length of a picture's longer side in pixels.</param>
    public static void WritePictures(HtmlWriter cells, MeasureItem item, int most)
    {
        Cell(cells, item.Original, $"{item.Name} before the edit", most);
        if (item.Mask is { } mask)
        {
            (int width, int height) = PictureView.Fit(item.Original.Width, item.Original.Height, most);
            Picture small = Picture.FromRgb(PictureView.ToRgb(item.Original, width, height), width, height);
            Cell(cells, mask.Fit(width, height).Overlay(small), $"{item.Name} with the edited part tinted red", most);
        }
        else
        {
            cells.Put("td", string.Empty);
        }

        Cell(cells, item.Result, $"{item.Name} after the edit{(item.Method.Length > 0 ? " by " + item.Method : string.Empty)}", most);
        if (item.Truth is { } truth)
        {
            Cell(cells, truth, $"{item.Name} as it should be", most);
        }
    }

    /// <summary>Writes the page.</summary>
    /// <param name="summary">The means.</param>
    /// <param name="sorted">The edits in display order, and the figure they are sorted by.</param>
    /// <param name="failures">Edits that could not be measured.</param>
    /// <param name="copyPictures">Writes an edit's cells with pictures.</param>
    public void Write(
        IReadOnlyList<MeasureSummary> summary,
        (IReadOnlyList<MeasureReportRow> Rows, MeasureColumn? By) sorted,
        IReadOnlyList<(string Name, string Reason)> failures,
        Action<MeasureReportRow> copyPictures)
    {
        writer.Write("<!DOCTYPE html>\n");
        using (html.Begin("html", ("lang", "en")))
        {
            Head.Write(html, title);
            html.Put("a", "Skip to the edits", ("class", "skip"), ("href", "#edits"));
            html.Put("h1", title, ("class", "data"));
            html.Put("p", Written(sorted.Rows.Count), ("class", "note"));
            Notes(sorted.Rows);
            Summary(summary);
            Failures(failures);
            Edits(sorted.Rows, sorted.By, copyPictures);
            Head.WriteScript(html);
        }
    }

    private static void Cell(HtmlWriter cells, Picture picture, string alternative, int most)
    {
        ReportPicture shown = ReportPicture.Of(picture, most);
        using (cells.Begin("td"))
        {
            cells.Void(
                "img", ("class", shown.Magnified ? "pixels" : null), ("src", shown.Source), ("alt", alternative), ("width", Invariant($"{shown.Width}")), ("height", Invariant($"{shown.Height}")));
        }
    }

    private static string Written(int count) => Invariant(
        $"{count} edits. Written by BrushEdit {typeof(MeasurePage).Assembly.GetName().Version?.ToString(3)} on {DateTimeOffset.UtcNow:yyyy-MM-dd, HH:mm} UTC. The page is self-contained.");

    // Notes that apply to many edits are written once.
    private void Notes(IReadOnlyList<MeasureReportRow> rows)
    {
        foreach (IGrouping<string, MeasureReportRow> note in rows.SelectMany(row => row.Measures.Notes.Select(text => (Row: row, Text: text))).GroupBy(one => one.Text, one => one.Row))
        {
            html.Put("p", note.Count() == rows.Count ? note.Key : Invariant($"{note.Key} ({note.Count()} of {rows.Count} edits)"), ("class", "note"));
        }

        foreach (string rule in rows.Select(row => RuleText(row.Measures.Rule)).Distinct())
        {
            html.Put("p", rule, ("class", "note"));
        }

        if (rows.Select(row => row.Measures.LpipsNetwork).OfType<string>().Distinct().ToArray() is { Length: > 0 } networks)
        {
            html.Put("p", $"LPIPS by {string.Join(", ", networks)}.", ("class", "note"));
        }
    }

    private static string RuleText(MeasureRule rule) => rule switch
    {
        MeasureRule.BrushBench => "Measured as in BrushBench's script: at 512 x 512, the kept part's squared error summed over three channels and divided by the kept pixels.",
        MeasureRule.PieBench => "Measured as in PIE-Bench's script: the kept part's measures are those of the whole pictures with the edited part black in both.",
        _ => "Measured at the pictures' own size; a part's errors are means over its pixels and channels.",
    };

    private void Summary(IReadOnlyList<MeasureSummary> summary)
    {
        MeasureColumn[] columns = [.. MeasureColumn.All.Where(column => summary.Any(row => row.Means.ContainsKey(column.Name)))];
        using (html.Begin("div", ("class", "scroll"), ("role", "region"), ("aria-label", "Means"), ("tabindex", "0")))
        using (html.Begin("table"))
        {
            html.Put("caption", "Means by method and type of edit");
            Headings([("Method", null), ("Kind of edit", null), ("Edits", null), ("Kept part equal", null), .. columns.Select(column => (column.Heading, (MeasureColumn?)column))], sorted: null, sortable: false);
            using (html.Begin("tbody"))
            {
                foreach (MeasureSummary row in summary)
                {
                    using (html.Begin("tr"))
                    {
                        html.Put("th", row.Method.Length > 0 ? row.Method : "-", ("scope", "row"), ("class", "data"));
                        html.Put("td", row.EditType.Length > 0 ? row.EditType : "all", ("class", "data"));
                        html.Put("td", Invariant($"{row.Edits}"), ("class", "number"));
                        html.Put("td", Invariant($"{row.Unchanged}"), ("class", "number"));
                        foreach (MeasureColumn column in columns)
                        {
                            html.Put("td", row.Means.TryGetValue(column.Name, out double mean) ? Text(column, mean) : "-", ("class", "number"));
                        }
                    }
                }
            }
        }
    }

    private void Failures(IReadOnlyList<(string Name, string Reason)> failures)
    {
        if (failures.Count == 0)
        {
            return;
        }

        using (html.Begin("section", ("class", "warning")))
        {
            html.Put("h2", Invariant($"{failures.Count} could not be measured"));
            using (html.Begin("ul"))
            {
                foreach ((string name, string reason) in failures)
                {
                    html.Put("li", $"{name}: {reason}", ("class", "data"));
                }
            }
        }
    }

    private void Edits(IReadOnlyList<MeasureReportRow> rows, MeasureColumn? by, Action<MeasureReportRow> copyPictures)
    {
        MeasureColumn[] columns = [.. MeasureColumn.All.Where(column => rows.Any(row => column.Read(row.Measures) is not null))];
        bool anyTruth = rows.Any(row => row.HasTruth);
        string caption = by is null ? "The edits" : $"The edits, the worst by {by.Heading} first; a heading sorts by its column";
        using (html.Begin("div", ("class", "scroll measures"), ("role", "region"), ("aria-label", "The edits"), ("tabindex", "0"), ("id", "edits")))
        using (html.Begin("table"))
        {
            html.Put("caption", caption);
            string[] pictures = anyTruth ? ["Before", "Mask", "After", "Truth"] : ["Before", "Mask", "After"];
            Headings(
                [("Edit", null), ("Method", null), ("Kind", null), .. pictures.Select(name => (name, (MeasureColumn?)null)), .. columns.Select(column => (column.Heading, (MeasureColumn?)column))],
                by,
                sortable: true);
            using (html.Begin("tbody"))
            {
                foreach (MeasureReportRow row in rows)
                {
                    using (html.Begin("tr"))
                    {
                        Row(row, columns, anyTruth, copyPictures);
                    }
                }
            }
        }
    }

    private void Row(MeasureReportRow row, MeasureColumn[] columns, bool anyTruth, Action<MeasureReportRow> copyPictures)
    {
        EditMeasures measures = row.Measures;
        using (html.Begin("th", ("scope", "row"), ("class", "data"), ("data-value", measures.Name)))
        {
            html.Text(measures.Name);
            html.Put("span", measures.Caption, ("class", "note data"));
        }

        html.Put("td", measures.Method, ("class", "data"), ("data-value", measures.Method));
        html.Put("td", measures.EditType, ("class", "data"), ("data-value", measures.EditType));
        copyPictures(row);
        if (anyTruth && !row.HasTruth)
        {
            html.Put("td", string.Empty);
        }

        foreach (MeasureColumn column in columns)
        {
            double? value = column.Read(measures);
            bool has = value is { } number && !double.IsNaN(number);
            html.Put("td", value is { } shown ? Text(column, shown) : "-", ("class", "number"), ("data-value", has ? value!.Value.ToString("R", CultureInfo.InvariantCulture).Replace("\u221e", "Infinity", StringComparison.Ordinal) : null));
        }
    }

    private void Headings(IReadOnlyList<(string Text, MeasureColumn? Column)> headings, MeasureColumn? sorted, bool sortable)
    {
        using (html.Begin("thead"))
        using (html.Begin("tr"))
        {
            foreach ((string text, MeasureColumn? column) in headings)
            {
                bool words = text is "Edit" or "Method" or "Kind";
                if (!sortable || (column is null && !words))
                {
                    html.Put("th", text, ("scope", "col"));
                    continue;
                }

                string worst = column is { HigherIsBetter: false } ? "descending" : "ascending";
                using (html.Begin("th", ("scope", "col"), ("data-worst", worst), ("data-text", words ? "yes" : null), ("aria-sort", column is not null && column == sorted ? worst : null)))
                {
                    html.Put("button", text, ("type", "button"));
                }
            }
        }
    }

    private static string Text(MeasureColumn column, double value) =>
        double.IsPositiveInfinity(value) ? "equal" : double.IsNaN(value) ? "none" : value.ToString(column.Format, CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
