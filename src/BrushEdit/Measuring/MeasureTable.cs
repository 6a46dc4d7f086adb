using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace BrushEdit.Measuring;

/// <summary>Writes figures to files.</summary>
public static class MeasureTable
{
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false);

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Writes a line an edit, with commas between (RFC 4180), in UTF-8; what was not measured is empty, equal pictures' PSNR is <c>Infinity</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rule">Which files may be replaced.</param>
    /// <param name="edits">The figures.</param>
    /// <exception cref="EditException">The file cannot be written (CannotWrite).</exception>
    public static void WriteCsv(string path, WriteRule rule, IEnumerable<EditMeasures> edits) => Write(path, rule, file =>
    {
        using StreamWriter lines = new(file, append: false, Encoding) { NewLine = "\r\n" };
        lines.WriteLine(Line(["Name", "Method", "EditType", "Caption", "Rule", "Original", "Result", "MaskShare", .. MeasureColumn.All.Select(column => column.Name), "LpipsNetwork", "Notes"]));
        foreach (EditMeasures edit in edits)
        {
            lines.WriteLine(Line(
            [
                edit.Name, edit.Method, edit.EditType, edit.Caption, edit.Rule.ToString(), edit.OriginalPath, edit.ResultPath, Number(edit.MaskShare),
                .. MeasureColumn.All.Select(column => Number(column.Read(edit))), edit.LpipsNetwork, string.Join(" ", edit.Notes),
            ]));
        }
    });

    /// <summary>Writes one object with the means (<c>summary</c>) and the edits (<c>edits</c>); infinite and missing numbers are the texts <c>Infinity</c> and <c>NaN</c>, and null.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rule">Which files may be replaced.</param>
    /// <param name="edits">The figures.</param>
    /// <param name="summary">The means.</param>
    /// <exception cref="EditException">The file cannot be written (CannotWrite).</exception>
    public static void WriteJson(string path, WriteRule rule, IReadOnlyList<EditMeasures> edits, IReadOnlyList<MeasureSummary> summary) => Write(path, rule, file =>
    {
        using FileStream stream = File.Create(file);
        JsonSerializer.Serialize(stream, new { Summary = summary, Edits = edits }, Json);
    });

    private static void Write(string path, WriteRule rule, Action<string> write)
    {
        try
        {
            AtomicFile.Write(path, rule, write);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.CannotWrite, $"'{path}' cannot be written ({fault.Message}).", "Check the folder's permissions and free space.", path, fault);
        }
    }

    private static string Line(IEnumerable<string?> cells) => string.Join(',', cells.Select(Cell));

    private static string Cell(string? text)
    {
        string plain = PlainText.Line(text);
        return plain.AsSpan().IndexOfAny(",\"\r\n") < 0 ? plain : $"\"{plain.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static string Number(double? value) => value switch
    {
        null => string.Empty,
        double.PositiveInfinity => "Infinity",
        _ => value.Value.ToString("R", CultureInfo.InvariantCulture),
    };
}
