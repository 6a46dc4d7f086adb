namespace BrushEdit;

/// <summary>The part of a file's content that a message quotes, on one line.</summary>
internal static class Quoted
{
    private const int Most = 80;

    /// <summary>Returns the beginning of a text, without line breaks.</summary>
    /// <param name="text">The text.</param>
    public static string Short(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        int end = line.Length > Most && char.IsHighSurrogate(line[Most - 1]) ? Most - 1 : Most;
        return line.Length <= Most ? line : $"{line[..end]}...";
    }

    /// <summary>Joins the beginning and the end of a library's error message on one line: some libraries quote the rest of a file.</summary>
    /// <param name="message">The library's message.</param>
    public static string Reason(string message) => PlainText.Shortened(PlainText.Line(message), PlainText.MostQuoted);
}
