namespace BrushEdit.Tagging;

/// <summary>What of a file is not taken over, since it shows the picture as it was: what is missed by its owner is warned of, the rest is noted.</summary>
internal sealed class LeftOut
{
    private readonly List<string> warnings = [];
    private readonly List<string> notes = [];

    /// <summary>What its owner may miss: a gain map, a film, other pictures.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>What is made again or does without: thumbnails and previews.</summary>
    public IReadOnlyList<string> Notes => notes;

    /// <summary>Warns of a part.</summary>
    /// <param name="text">What is left out, and what follows.</param>
    public void Warn(string text) => Add(warnings, text);

    /// <summary>Notes what is worth knowing.</summary>
    /// <param name="text">What.</param>
    public void Note(string text) => Add(notes, text);

    /// <summary>Notes a preview.</summary>
    /// <param name="what">Where it was.</param>
    public void Preview(string what) => Add(notes, $"The {what} shows the picture before the edit, and is left out.");

    private static void Add(List<string> texts, string text)
    {
        if (!texts.Contains(text))
        {
            texts.Add(text);
        }
    }
}
