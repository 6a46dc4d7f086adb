using System.Collections;

namespace BrushEdit.PowerShell;

/// <summary>Texts that convert to one text where a list does not fit, as in a column of <c>Export-Csv</c>.</summary>
/// <param name="texts">The texts.</param>
public sealed class TextList(IReadOnlyList<string> texts) : IReadOnlyList<string>
{
    /// <summary>No texts.</summary>
    public static TextList Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => texts.Count;

    /// <inheritdoc/>
    public string this[int index] => texts[index];

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => texts.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => texts.GetEnumerator();

    /// <summary>The texts, with semicolons between them.</summary>
    public override string ToString() => string.Join("; ", texts);
}
