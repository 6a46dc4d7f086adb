namespace BrushEdit.Planning;

/// <summary>A word of an instruction.</summary>
/// <param name="Text">Lower case, typing errors mended; a comma, full stop or arrow is a word of its own.</param>
/// <param name="Shown">As it is to appear in a plan: names keep their capitals, quotations their marks.</param>
internal readonly record struct Word(string Text, string Shown)
{
    /// <summary>Whether it is what the user put in quotation marks.</summary>
    public bool Quoted => Shown.StartsWith('"');

    /// <summary>Whether it was written with a capital that the beginning of a sentence does not explain.</summary>
    public bool Named => Shown.Length > 0 && char.IsUpper(Shown[0]);

    /// <summary>The text of words, a space between.</summary>
    public static string Join(IEnumerable<Word> words) => string.Join(' ', words.Select(w => w.Shown));

    /// <inheritdoc />
    public override string ToString() => Shown;
}
