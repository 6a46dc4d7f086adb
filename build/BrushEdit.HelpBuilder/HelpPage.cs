using System.Text;

namespace BrushEdit.HelpBuilder;

/// <summary>
/// A cmdlet's help page, written by hand in Markdown: a title with the cmdlet's name, a synopsis, then the sections
/// <c>Description</c>, <c>Parameters</c> (a heading <c>-Name</c> for each), <c>Inputs</c>, <c>Outputs</c>, <c>Examples</c> (a heading, a block
/// of code, remarks), <c>Notes</c> and <c>Links</c> (a list).
/// </summary>
internal sealed class HelpPage
{
    /// <summary>The cmdlet's name.</summary>
    public required string Name { get; init; }

    /// <summary>What the cmdlet does, in one sentence.</summary>
    public required string Synopsis { get; init; }

    /// <summary>The text of each section before its subheadings, by the section's name.</summary>
    public Dictionary<string, string> Sections { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The description of each parameter, by its name without the dash.</summary>
    public Dictionary<string, string> Parameters { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The title, code and remarks of each example.</summary>
    public List<(string Title, string Code, string Remarks)> Examples { get; } = [];

    /// <summary>The text of a section; empty if it does not exist.</summary>
    /// <param name="section">Its heading.</param>
    public string this[string section] => Sections.GetValueOrDefault(section, string.Empty);

    /// <summary>Reads a page.</summary>
    /// <param name="path">The Markdown file.</param>
    /// <exception cref="FormatException">The page does not have this form.</exception>
    public static HelpPage Read(string path)
    {
        List<(int Level, string Heading, string Body)> parts = Split(File.ReadAllLines(path));
        if (parts.Count == 0 || parts[0].Level != 1)
        {
            throw new FormatException($"{path}: the page must begin with '# ' and the cmdlet's name.");
        }

        HelpPage page = new() { Name = parts[0].Heading, Synopsis = Prose(parts[0].Body) };
        string section = string.Empty;
        foreach ((int level, string heading, string body) in parts.Skip(1))
        {
            if (level == 2)
            {
                section = heading;
                page.Sections.Add(heading, Prose(body));
            }
            else if (level == 3 && section == "Parameters" && heading.StartsWith('-'))
            {
                page.Parameters.Add(heading[1..], Prose(body));
            }
            else if (level == 3 && section == "Examples")
            {
                page.Examples.Add(Example(path, heading, body));
            }
            else
            {
                throw new FormatException($"{path}: the heading '{heading}' is not expected under '{section}'.");
            }
        }

        return page;
    }

    private static List<(int Level, string Heading, string Body)> Split(string[] lines)
    {
        List<(int, string, StringBuilder)> parts = [];
        bool code = false;
        foreach (string line in lines)
        {
            code ^= line.StartsWith("```", StringComparison.Ordinal);
            int level = line.TakeWhile(c => c == '#').Count();
            if (!code && level is >= 1 and <= 3 && line.Length > level && line[level] == ' ')
            {
                parts.Add((level, line[(level + 1)..].Trim(), new StringBuilder()));
            }
            else if (parts.Count > 0)
            {
                parts[^1].Item3.Append(line).Append('\n');
            }
        }

        return parts.ConvertAll(p => (p.Item1, p.Item2, p.Item3.ToString().Trim('\n')));
    }

    private static (string Title, string Code, string Remarks) Example(string path, string title, string body)
    {
        string[] lines = body.Split('\n');
        int open = Array.FindIndex(lines, l => l.StartsWith("```", StringComparison.Ordinal));
        int close = open < 0 ? -1 : Array.FindIndex(lines, open + 1, l => l.StartsWith("```", StringComparison.Ordinal));
        if (close < 0)
        {
            throw new FormatException($"{path}: the example '{title}' has no block of code.");
        }

        string remarks = string.Join('\n', lines[..open].Concat(lines[(close + 1)..]));
        return (title, string.Join('\n', lines[(open + 1)..close]), Prose(remarks));
    }

    // Joins the lines of a paragraph, so that the console can wrap them, and removes backticks.
    private static string Prose(string body)
    {
        IEnumerable<string> paragraphs = body.Split("\n\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(p => p.StartsWith("- ", StringComparison.Ordinal) ? p : p.Replace('\n', ' '));
        return string.Join("\n\n", paragraphs).Replace("`", string.Empty, StringComparison.Ordinal);
    }
}
