using System.Globalization;

namespace BrushEdit.Measuring;

/// <summary>Means over the edits of one method and kind, as in the tables of papers.</summary>
/// <param name="Method">The method that produced the results.</param>
/// <param name="EditType">The kind of edit; empty for all of the method.</param>
/// <param name="Edits">The number of measured edits.</param>
/// <param name="Unchanged">Edits whose kept part equals the original's, bit for bit.</param>
/// <param name="Means">
/// The means by a figure's name; only figures that some edit has. Infinite PSNRs (equal pictures) and NaN values are excluded from
/// a mean, which is infinite if all values are.
/// </param>
public sealed record MeasureSummary(string Method, string EditType, int Edits, int Unchanged, IReadOnlyDictionary<string, double> Means)
{
    /// <summary>A one-line description.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Method} {EditType}: {Edits} edits");
}

/// <summary>Accumulates figures; keeps sums, not edits.</summary>
public sealed class MeasureTotals
{
    private readonly Dictionary<(string Method, string EditType), Sums> groups = [];
    private readonly List<(string Method, string EditType)> order = [];

    /// <summary>The number of edits added.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an edit to its own row and to its method's.</summary>
    /// <param name="measures">The edit's figures.</param>
    public void Add(EditMeasures measures)
    {
        ArgumentNullException.ThrowIfNull(measures);
        Count++;
        Group((measures.Method, string.Empty)).Add(measures);
        if (measures.EditType.Length > 0)
        {
            Group((measures.Method, measures.EditType)).Add(measures);
        }
    }

    /// <summary>The rows: one for each method, followed by those of its kinds of edit if it has several.</summary>
    public IReadOnlyList<MeasureSummary> Rows()
    {
        List<MeasureSummary> rows = [];
        foreach (string method in order.Select(key => key.Method).Distinct(StringComparer.Ordinal))
        {
            rows.Add(groups[(method, string.Empty)].Row(method, string.Empty));
            string[] types = [.. order.Where(key => key.Method == method && key.EditType.Length > 0).Select(key => key.EditType).Order(StringComparer.Ordinal)];
            if (types.Length > 1)
            {
                rows.AddRange(types.Select(type => groups[(method, type)].Row(method, type)));
            }
        }

        return rows;
    }

    private Sums Group((string Method, string EditType) key)
    {
        if (!groups.TryGetValue(key, out Sums? sums))
        {
            groups[key] = sums = new Sums();
            order.Add(key);
        }

        return sums;
    }

    private sealed class Sums
    {
        private readonly double[] totals = new double[MeasureColumn.All.Count];
        private readonly int[] counts = new int[MeasureColumn.All.Count];
        private readonly bool[] infinite = new bool[MeasureColumn.All.Count];
        private int edits;
        private int unchanged;

        public void Add(EditMeasures measures)
        {
            edits++;
            unchanged += measures.KeptMse == 0 ? 1 : 0;
            for (int i = 0; i < totals.Length; i++)
            {
                double? value = MeasureColumn.All[i].Read(measures);
                infinite[i] |= value is double.PositiveInfinity;
                if (value is { } number && double.IsFinite(number))
                {
                    totals[i] += number;
                    counts[i]++;
                }
            }
        }

        public MeasureSummary Row(string method, string type) => new(
            method,
            type,
            edits,
            unchanged,
            Enumerable.Range(0, totals.Length).Where(i => counts[i] > 0 || infinite[i]).ToDictionary(
                i => MeasureColumn.All[i].Name, i => counts[i] > 0 ? totals[i] / counts[i] : double.PositiveInfinity, StringComparer.Ordinal));
    }
}
