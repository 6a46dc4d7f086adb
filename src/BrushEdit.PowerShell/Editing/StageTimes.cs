using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace BrushEdit.PowerShell;

/// <summary>Times by stage that convert to one text where a table does not fit, as in a column of <c>Export-Csv</c>.</summary>
/// <param name="times">The times.</param>
public sealed class StageTimes(IReadOnlyDictionary<string, TimeSpan> times) : IReadOnlyDictionary<string, TimeSpan>
{
    /// <inheritdoc/>
    public IEnumerable<string> Keys => times.Keys;

    /// <inheritdoc/>
    public IEnumerable<TimeSpan> Values => times.Values;

    /// <inheritdoc/>
    public int Count => times.Count;

    /// <inheritdoc/>
    public TimeSpan this[string key] => times[key];

    /// <inheritdoc/>
    public bool ContainsKey(string key) => times.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out TimeSpan value) => times.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, TimeSpan>> GetEnumerator() => times.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => times.GetEnumerator();

    /// <summary>Each stage with its seconds.</summary>
    public override string ToString() => string.Join("; ", times.Select(time => string.Create(CultureInfo.InvariantCulture, $"{time.Key} {time.Value.TotalSeconds:0.00} s")));
}
