namespace BrushEdit.Planning;

/// <summary>A word of an instruction.</summary>
/// <param name="Text">Lower case, with typing errors corrected; a comma, full stop or arrow is a separate word.</param>
/// <param name="Shown">The form for a plan: names keep their capitals, quotations their quotation marks.</param>
internal readonly record struct Word(string Text, string Shown)
{
    /// <summary>Whether the user put it in quotation marks.</summary>
    public bool Quoted => Shown.StartsWith('"');

    /// <summary>Whether it has a capital letter other than at the beginning of a sentence.</summary>
    public bool Named => Shown.Length > 0 && char.IsUpper(Shown[0]);

    /// <summary>The shown forms of the words, separated by spaces.</summary>
    public static string Join(IEnumerable<Word> words) => string.Join(' ', words.Select(w => w.Shown));

    /// <inheritdoc />
    public override string ToString() => Shown;
}
