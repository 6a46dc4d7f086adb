using System.Globalization;

namespace BrushEdit.Reporting;

/// <summary>The frame of a report: head, summary and end.</summary>
/// <param name="html">The page.</param>
internal sealed class ReportPage(HtmlWriter html)
{
    private static readonly PageHead Head = new(PageHead.Resource("report.css"), PageHead.Resource("report.js"));

    /// <summary>Writes the head and the summary, and leaves the page open for the edits.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="lines">One line per edit.</param>
    public void Begin(string title, IReadOnlyList<ReportLine> lines)
    {
        Head.Write(html, title);
        html.Put("a", "Skip to the pictures", ("class", "skip"), ("href", "#edits"));
        using (html.Begin("header", ("class", "top"), ("id", "summary")))
        {
            html.Put("h1", title, ("class", "data"));
            html.Put("p", Written(), ("class", "note"));
            Totals(lines);
        }

        if (lines.Count > 1)
        {
            Table(lines);
        }
    }

    /// <summary>Writes the end.</summary>
    public void End() => Head.WriteScript(html);

    private static string Written() => Invariant(
        $"Written by BrushEdit {typeof(ReportPage).Assembly.GetName().Version?.ToString(3)} on {DateTimeOffset.UtcNow:yyyy-MM-dd, HH:mm} UTC. The page is self-contained.");

    private void Totals(IReadOnlyList<ReportLine> lines)
    {
        using (html.Begin("ul", ("class", "totals")))
        {
            Total(Invariant($"{lines.Count}"), lines.Count == 1 ? "picture" : "pictures");
            if (lines.Sum(line => line.Rounds) is int rounds && rounds > lines.Count)
            {
                Total(Invariant($"{rounds}"), "rounds");
            }

            foreach (IGrouping<string, ReportLine> outcome in lines.GroupBy(line => line.Outcome.Text))
            {
                Total(Invariant($"{outcome.Count()}"), outcome.Key.ToLowerInvariant());
            }

            int warnings = lines.Sum(line => line.Warnings);
            Total(Invariant($"{warnings}"), warnings == 1 ? "warning" : "warnings");
            Total(Seconds(TimeSpan.FromTicks(lines.Sum(line => line.Time.Ticks))), "seconds of work");
        }
    }

    private void Total(string number, string what)
    {
        using (html.Begin("li"))
        {
            html.Put("strong", number);
            html.Text(" " + what);
        }
    }

    private void Table(IReadOnlyList<ReportLine> lines)
    {
        // A wide table scrolls by itself; so it must be reachable by keyboard.
        using (html.Begin("div", ("class", "scroll"), ("role", "region"), ("aria-label", "All edits"), ("tabindex", "0")))
        using (html.Begin("table"))
        {
            html.Put("caption", "All edits");
            using (html.Begin("thead"))
            using (html.Begin("tr"))
            {
                foreach (string column in (string[])["No.", "Picture", "Instruction", "Outcome", "Warnings", "Seconds"])
                {
                    html.Put("th", column, ("scope", "col"));
                }
            }

            using (html.Begin("tbody"))
            {
                foreach (ReportLine line in lines)
                {
                    Row(line);
                }
            }
        }
    }

    private void Row(ReportLine line)
    {
        using (html.Begin("tr"))
        {
            html.Put("td", Invariant($"{line.Number}"));
            using (html.Begin("th", ("scope", "row")))
            {
                html.Put("a", line.Name, ("href", $"#edit-{line.Number}"), ("class", "data"));
            }

            html.Put("td", line.What, ("class", "data"));
            using (html.Begin("td"))
            {
                html.Put("span", line.Outcome.Text, ("class", "chip " + line.Outcome.Kind));
            }

            html.Put("td", Invariant($"{line.Warnings}"), ("class", "number"));
            html.Put("td", Seconds(line.Time), ("class", "number"));
        }
    }

    private static string Seconds(TimeSpan time) => Invariant($"{time.TotalSeconds:0.0}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
