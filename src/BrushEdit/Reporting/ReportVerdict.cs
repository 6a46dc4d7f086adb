using System.Globalization;
using BrushEdit.Editing;

namespace BrushEdit.Reporting;

/// <summary>Writes the verdict on a round: every check with its measurement, and every attempt.</summary>
/// <param name="html">The page.</param>
/// <param name="heading">The element of its headings.</param>
/// <param name="name">The unique name of the round.</param>
internal sealed class ReportVerdict(HtmlWriter html, string heading, string name)
{
    /// <summary>Writes the verdict; nothing if there is none.</summary>
    /// <param name="edit">The round.</param>
    public void Write(ImageEdit edit)
    {
        if (edit.Verdict is not { } verdict)
        {
            return;
        }

        html.Put(heading, $"Verdict: {(verdict.Passed ? "passed" : "failed")}, score {Number(verdict.Score)}");
        Table("Checks", ["Check", "Outcome", "Score", "What was measured"], verdict.Checks, Row);
        if (edit.Attempts.Count > 1)
        {
            Table("Attempts", ["No.", "Outcome", "Score", "Seed", "What was changed"], edit.Attempts, Row);
        }
    }

    private void Table<T>(string caption, string[] columns, IReadOnlyList<T> rows, Action<T> row)
    {
        using (html.Begin("div", ("class", "scroll"), ("role", "region"), ("aria-label", $"{caption}: {name}"), ("tabindex", "0")))
        using (html.Begin("table"))
        {
            html.Put("caption", caption);
            using (html.Begin("thead"))
            using (html.Begin("tr"))
            {
                foreach (string column in columns)
                {
                    html.Put("th", column, ("scope", "col"));
                }
            }

            using (html.Begin("tbody"))
            {
                foreach (T item in rows)
                {
                    using (html.Begin("tr"))
                    {
                        row(item);
                    }
                }
            }
        }
    }

    private void Row(EditCheck check)
    {
        html.Put("th", check.Name, ("scope", "row"), ("class", "data"));
        Outcome(check.Passed, string.Empty);
        html.Put("td", Number(check.Score), ("class", "number"));
        html.Put("td", check.Reason, ("class", "data"));
    }

    private void Row(EditAttempt attempt)
    {
        html.Put("th", attempt.Number.ToString(CultureInfo.InvariantCulture), ("scope", "row"));
        Outcome(attempt.Verdict.Passed, attempt.IsKept ? ", kept" : string.Empty);
        html.Put("td", Number(attempt.Verdict.Score), ("class", "number"));
        html.Put("td", attempt.Seed.ToString(CultureInfo.InvariantCulture), ("class", "number"));
        html.Put("td", attempt.Change, ("class", "data"));
    }

    private void Outcome(bool passed, string more)
    {
        using (html.Begin("td"))
        {
            html.Put("span", (passed ? "Passed" : "Failed") + more, ("class", passed ? "chip good" : "chip bad"));
        }
    }

    private static string Number(double score) => score.ToString("0.00", CultureInfo.InvariantCulture);
}
