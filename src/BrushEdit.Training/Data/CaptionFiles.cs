using System.Text;
using System.Text.Json;

namespace BrushEdit.Training;

/// <summary>
/// The captions of a folder of pictures: a text file next to each (<c>cat.txt</c> for <c>cat.jpg</c>), or one table for all,
/// <c>metadata.jsonl</c>, <c>captions.jsonl</c>, <c>metadata.csv</c> or <c>captions.csv</c>, with the columns <c>file_name</c> and <c>text</c>
/// (or <c>file</c>, <c>path</c>, <c>image</c>, and <c>caption</c>).
/// </summary>
internal sealed class CaptionFiles
{
    private const long MostTable = 1L << 30;
    private const long MostText = 1 << 16;

    private static readonly string[] Tables = ["metadata.jsonl", "captions.jsonl", "metadata.csv", "captions.csv"];
    private static readonly string[] NameKeys = ["file_name", "file", "path", "image"];
    private static readonly string[] TextKeys = ["text", "caption"];

    private readonly string folder;
    private readonly Dictionary<string, string> captions = new(StringComparer.Ordinal);
    private readonly List<string> problems = [];

    /// <summary>Reads a folder's tables.</summary>
    /// <param name="folder">The folder.</param>
    public CaptionFiles(string folder)
    {
        this.folder = folder;
        foreach (string table in TablesIn(folder))
        {
            byte[] content = RegularFile.ReadAll(table, MostTable);
            string text = Encoding.UTF8.GetString(content).TrimStart('\uFEFF');
            if (table.EndsWith(".csv", StringComparison.Ordinal))
            {
                ReadCsv(table, text);
            }
            else
            {
                ReadLines(table, text);
            }
        }
    }

    /// <summary>Rows that were skipped, each with the reason.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>The tables that a folder contains.</summary>
    /// <param name="folder">The folder.</param>
    public static IEnumerable<string> TablesIn(string folder) => Tables.Select(name => Path.Combine(folder, name)).Where(File.Exists);

    /// <summary>The caption file that may exist next to a picture.</summary>
    /// <param name="picture">The picture's file.</param>
    public static string Beside(string picture) => Path.ChangeExtension(picture, ".txt");

    /// <summary>A picture's caption; null if it has none.</summary>
    /// <param name="picture">The picture's file.</param>
    public string? Of(string picture)
    {
        string beside = Beside(picture);
        if (File.Exists(beside))
        {
            return Encoding.UTF8.GetString(RegularFile.ReadAll(beside, MostText)).TrimStart('\uFEFF').Trim();
        }

        return captions.GetValueOrDefault(Key(Path.GetRelativePath(folder, picture)));
    }

    private static string Key(string name) => name.Replace('\\', '/').TrimStart('.', '/');

    private void ReadLines(string table, string text)
    {
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            try
            {
                using JsonDocument row = JsonDocument.Parse(line);
                string? name = Text(row.RootElement, NameKeys);
                string? caption = Text(row.RootElement, TextKeys);
                Add(table, number, name, caption);
            }
            catch (Exception fault) when (fault is JsonException or InvalidOperationException)
            {
                problems.Add($"{table}, line {number}: {fault.Message}");
            }
        }
    }

    private static string? Text(JsonElement row, string[] keys)
    {
        if (row.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("the line is not a JSON object");
        }

        foreach (string key in keys)
        {
            if (row.TryGetProperty(key, out JsonElement value))
            {
                return value.ValueKind == JsonValueKind.String ? value.GetString() : throw new JsonException($"'{key}' is {value.ValueKind}, not a text");
            }
        }

        return null;
    }

    private void ReadCsv(string table, string text)
    {
        List<IReadOnlyList<string>> rows = CsvRows.Read(text);
        if (rows.Count == 0)
        {
            return;
        }

        int name = Column(rows[0], NameKeys);
        int caption = Column(rows[0], TextKeys);
        if (name < 0 || caption < 0)
        {
            problems.Add($"{table}: the first line must name one of the columns {string.Join(", ", NameKeys)} and one of {string.Join(", ", TextKeys)}");
            return;
        }

        for (int row = 1; row < rows.Count; row++)
        {
            Add(table, row + 1, rows[row].ElementAtOrDefault(name), rows[row].ElementAtOrDefault(caption));
        }
    }

    private static int Column(IReadOnlyList<string> header, string[] keys) =>
        Enumerable.Range(0, header.Count).FirstOrDefault(at => keys.Contains(header[at].Trim(), StringComparer.OrdinalIgnoreCase), -1);

    private void Add(string table, int row, string? name, string? caption)
    {
        if (string.IsNullOrWhiteSpace(name) || caption is null)
        {
            problems.Add($"{table}, line {row}: it lacks the picture or the caption");
            return;
        }

        captions[Key(name)] = caption.Trim();
    }
}
