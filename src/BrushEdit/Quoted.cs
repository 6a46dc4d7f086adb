namespace BrushEdit;

/// <summary>What a message quotes of a file's content: a piece of it, on one line.</summary>
internal static class Quoted
{
    private const int Most = 80;

    /// <summary>The beginning of a text, without line breaks.</summary>
    /// <param name="text">The text.</param>
    public static string Short(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        int end = line.Length > Most && char.IsHighSurrogate(line[Most - 1]) ? Most - 1 : Most;
        return line.Length <= Most ? line : $"{line[..end]}...";
    }

    /// <summary>The beginning and the end of what a library says of a fault, one line together: some quote all that is left of a file.</summary>
    /// <param name="message">The library's message.</param>
    public static string Reason(string message) => PlainText.Shortened(PlainText.Line(message), PlainText.MostQuoted);
}
