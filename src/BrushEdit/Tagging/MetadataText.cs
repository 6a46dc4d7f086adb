namespace BrushEdit.Tagging;

/// <summary>A text stored in a file with its picture: a PNG's text chunk, the comment of a JPEG or GIF.</summary>
/// <param name="Keyword">The kind of text in PNG's terms, such as <c>Comment</c>, <c>Author</c>, <c>Description</c>.</param>
/// <param name="Text">The text.</param>
public sealed record MetadataText(string Keyword, string Text)
{
    /// <summary>The keyword of a plain comment.</summary>
    public const string Comment = "Comment";
}
