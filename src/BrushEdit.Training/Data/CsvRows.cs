using System.Text;

namespace BrushEdit.Training;

/// <summary>Reads comma-separated values: fields in quotes may contain commas, line ends and doubled quotes (RFC 4180).</summary>
internal static class CsvRows
{
    /// <summary>All rows that are not empty.</summary>
    /// <param name="text">The file's text.</param>
    public static List<IReadOnlyList<string>> Read(string text)
    {
        List<IReadOnlyList<string>> rows = [];
        List<string> row = [];
        StringBuilder field = new();
        bool quoted = false;
        void EndField()
        {
            row.Add(field.ToString());
            field.Clear();
        }

        void EndRow()
        {
            EndField();
            if (row.Any(value => value.Length > 0))
            {
                rows.Add(row);
            }

            row = [];
        }

        for (int at = 0; at < text.Length; at++)
        {
            char sign = text[at];
            if (quoted && sign == '"' && at + 1 < text.Length && text[at + 1] == '"')
            {
                field.Append('"');
                at++;
            }
            else if (sign == '"' && (quoted || field.Length == 0))
            {
                quoted = !quoted;
            }
            else if (!quoted && sign == ',')
            {
                EndField();
            }
            else if (!quoted && sign == '\n')
            {
                EndRow();
            }
            else if (quoted || sign != '\r')
            {
                field.Append(sign);
            }
        }

        EndRow();
        return rows;
    }
}
