using System.Globalization;
using BrushEdit.Editing;

namespace BrushEdit.Reporting;

/// <summary>Writes a report's section on one edit: its pictures and the facts behind it, round by round.</summary>
/// <param name="html">The page.</param>
/// <param name="most">The maximum length of a picture's longer side in pixels.</param>
internal sealed class ReportSection(HtmlWriter html, int most)
{
    // Samples are shown side by side.
    private const int LargestSample = 400;

    /// <summary>Writes the section.</summary>
    /// <param name="line">The edit's line in the summary, which links here.</param>
    /// <param name="edit">The edit.</param>
    /// <param name="rounds">Its rounds, oldest first; the edit itself is the last.</param>
    public void Write(ReportLine line, ImageEdit edit, IReadOnlyList<ImageEdit> rounds)
    {
        string id = $"edit-{line.Number}";
        using (html.Begin("article", ("id", id), ("aria-labelledby", id + "-name")))
        {
            using (html.Begin("header"))
            {
                html.Put("h2", $"{line.Number}. {line.Name}", ("id", id + "-name"));
                html.Put("p", line.Outcome.Text, ("class", "chip " + line.Outcome.Kind));
            }

            html.Put("p", rounds[0].Picture.ToString(), ("class", "note data"));
            for (int i = 0; i < rounds.Count; i++)
            {
                if (rounds.Count == 1)
                {
                    Round(rounds[i], line.Name, $"{line.Number}. {line.Name}", "h3");
                    continue;
                }

                using (html.Begin("section", ("class", "round")))
                {
                    html.Put("h3", $"Round {i + 1} of {rounds.Count}");
                    string name = $"{line.Name}, round {i + 1}";
                    Round(rounds[i], name, $"{line.Number}. {name}", "h4");
                }
            }

            using (html.Begin("p", ("class", "note")))
            {
                html.Put("a", "Back to the summary", ("href", "#summary"));
            }
        }
    }

    private void Round(ImageEdit edit, string name, string numbered, string heading)
    {
        ReportFacts facts = new(html, edit, heading);
        facts.Plan();
        using (html.Begin("div", ("class", "pictures")))
        {
            Pictures(edit, name);
        }

        new ReportVerdict(html, heading, numbered).Write(edit);
        facts.Warnings();
        facts.Details();
    }

    private void Pictures(ImageEdit edit, string name)
    {
        ReportPicture before = ReportPicture.Of(edit.Picture, most);
        if (edit.Result is { } result && result.Width == edit.Picture.Width && result.Height == edit.Picture.Height)
        {
            Slider(edit, name, before, ReportPicture.Of(result, most));
        }
        else
        {
            Figure(before, $"{name} before the edit", "Picture");
            if (edit.Result is { } other)
            {
                // The sizes differ, for example after manual scaling: the two cannot be overlaid.
                Figure(ReportPicture.Of(other, most), AlternativeOf(edit, name), $"Result, {other.Width} x {other.Height}");
            }
        }

        if (edit.Detections is { Length: > 0 } found)
        {
            string boxes = string.Join(", ", found.Select(box => Invariant($"{box.Phrase} {box.Score:0.00}")));
            Figure(ReportPicture.Overlay(edit, most, boxes: true), $"{name} with the detected boxes: {boxes}", $"Found: {boxes}");
        }

        if (edit.Mask is { } mask)
        {
            string area = Invariant($"{mask.Coverage:P1} of the picture{(mask.Bounds is { } bounds ? $", in the box {bounds}" : string.Empty)}");
            string shaped = edit.ShapedFor is { } type ? $", shaped for {type}" : string.Empty;
            Figure(ReportPicture.Overlay(edit, most, boxes: false), $"{name} with the edited part tinted red: {area}", $"Mask: {area}{shaped}");
        }

        if (edit.Samples.Count > 1)
        {
            foreach (EditSample sample in edit.Samples)
            {
                string chosen = ReferenceEquals(sample.Picture, edit.Result) ? ", the result" : string.Empty;
                string score = sample.Verdict is { } verdict ? Invariant($", score {verdict.Score:0.00}") : string.Empty;
                Figure(
                    ReportPicture.Of(sample.Picture, Math.Min(most, LargestSample)),
                    $"{name}, the sample of seed {sample.Seed}",
                    $"Sample of seed {sample.Seed}{score}{chosen}");
            }
        }
    }

    private void Slider(ImageEdit edit, string name, ReportPicture before, ReportPicture after)
    {
        using (html.Begin("figure", ("class", "compare")))
        {
            using (html.Begin("div", ("class", "stack")))
            {
                Image(before, $"{name} before the edit", "before");
                Image(after, AlternativeOf(edit, name), "after");
                html.Void(
                    "input",
                    ("type", "range"),
                    ("min", "0"),
                    ("max", "100"),
                    ("value", "50"),
                    ("aria-label", $"{name}: how much of the picture before the edit is shown, the rest being after it"));
            }

            html.Put("figcaption", edit.Seed is { } seed ? $"Before (left) and after (right), seed {seed}" : "Before (left) and after (right)");
        }
    }

    private static string AlternativeOf(ImageEdit edit, string name) =>
        (edit.Settings?.Caption ?? edit.Plan?.Caption) is { Length: > 0 } caption ? $"{name} after the edit: {caption}" : $"{name} after the edit";

    private void Figure(ReportPicture picture, string alternative, string caption)
    {
        using (html.Begin("figure"))
        {
            Image(picture, alternative, null);
            html.Put("figcaption", caption, ("class", "data"));
        }
    }

    private void Image(ReportPicture picture, string alternative, string? kind) => html.Void(
        "img",
        ("class", $"{kind} {(picture.Magnified ? "pixels" : null)}".Trim()),
        ("src", picture.Source),
        ("alt", alternative),
        ("width", Invariant($"{picture.Width}")),
        ("height", Invariant($"{picture.Height}")));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
