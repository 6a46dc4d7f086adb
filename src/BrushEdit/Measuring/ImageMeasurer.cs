namespace BrushEdit.Measuring;

/// <summary>
/// Measures edits: pixels always, and with networks what these are there for. A figure whose network does not exist is null with a note;
/// no figure replaces another. Not thread-safe.
/// </summary>
/// <param name="networks">The available networks; the caller disposes them.</param>
/// <param name="rule">The rule to measure by.</param>
public sealed class ImageMeasurer(MeasureNetworks networks, MeasureRule rule = MeasureRule.Plain)
{
    /// <summary>Measures edits; pictures of one size go through the networks together.</summary>
    /// <param name="items">The edits, as many as fit in memory at a time.</param>
    /// <param name="cancellation">Cancels the work between two networks.</param>
    /// <returns>For each item its figures, or the reason why it cannot be measured; in the given order.</returns>
    public IReadOnlyList<MeasureAnswer> Measure(IReadOnlyList<MeasureItem> items, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        MeasureAnswer[] answers = new MeasureAnswer[items.Count];
        List<(int Index, MeasurePair Pair)> pairs = [];
        for (int i = 0; i < items.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                MeasurePair pair = MeasurePair.Of(items[i], rule);
                answers[i] = new MeasureAnswer(PixelMeasures.Of(pair, rule), null);
                pairs.Add((i, pair));
            }
            catch (EditException fault)
            {
                answers[i] = new MeasureAnswer(null, fault);
            }
        }

        foreach (IGrouping<(int, int), (int Index, MeasurePair Pair)> size in pairs.GroupBy(pair => (pair.Pair.Original.Width, pair.Pair.Original.Height)))
        {
            (int Index, MeasurePair Pair)[] group = [.. size];
            EditMeasures[] measures = [.. group.Select(one => answers[one.Index].Measures!)];
            new NetworkMeasures(networks, [.. group.Select(one => one.Pair)], measures).Fill(cancellation);
            foreach ((int place, (int index, _)) in group.Index())
            {
                answers[index] = new MeasureAnswer(measures[place], null);
            }
        }

        return answers;
    }
}

/// <summary>The result of measuring an edit.</summary>
/// <param name="Measures">The figures; null if the edit cannot be measured.</param>
/// <param name="Fault">The reason why it cannot be measured; null if it was.</param>
public sealed record MeasureAnswer(EditMeasures? Measures, EditException? Fault);

/// <summary>The networks that measure; each may be absent.</summary>
/// <param name="Lpips">Compares the appearance of pictures.</param>
/// <param name="Clip">Compares pictures and captions.</param>
/// <param name="Structure">Compares structures.</param>
public sealed record MeasureNetworks(LpipsMeasure? Lpips = null, ClipMeasure? Clip = null, StructureMeasure? Structure = null) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Lpips?.Dispose();
        Clip?.Dispose();
        Structure?.Dispose();
    }
}
