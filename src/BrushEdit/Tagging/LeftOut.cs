namespace BrushEdit.Tagging;

/// <summary>Parts of a file that are dropped because they show the original picture: parts the owner may miss cause warnings, others notes.</summary>
internal sealed class LeftOut
{
    private readonly List<string> warnings = [];
    private readonly List<string> notes = [];

    /// <summary>Parts that the owner may miss: a gain map, a film, other pictures.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>Parts that are regenerated or dispensable: thumbnails and previews.</summary>
    public IReadOnlyList<string> Notes => notes;

    /// <summary>Warns of a part.</summary>
    /// <param name="text">The dropped part and the consequence.</param>
    public void Warn(string text) => Add(warnings, text);

    /// <summary>Adds a note.</summary>
    /// <param name="text">The note.</param>
    public void Note(string text) => Add(notes, text);

    /// <summary>Notes a preview.</summary>
    /// <param name="what">The preview's location.</param>
    public void Preview(string what) => Add(notes, $"The {what} shows the picture before the edit, and is left out.");

    private static void Add(List<string> texts, string text)
    {
        if (!texts.Contains(text))
        {
            texts.Add(text);
        }
    }
}
