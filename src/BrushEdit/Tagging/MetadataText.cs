namespace BrushEdit.Tagging;

/// <summary>A text that a file carries beside its picture: a PNG's text chunk, the comment of a JPEG or GIF.</summary>
/// <param name="Keyword">What it is, as PNG names it, such as <c>Comment</c>, <c>Author</c>, <c>Description</c>.</param>
/// <param name="Text">The text.</param>
public sealed record MetadataText(string Keyword, string Text)
{
    /// <summary>The keyword of a plain comment.</summary>
    public const string Comment = "Comment";
}
