namespace BrushEdit.Measuring;

/// <summary>Adds the networks' figures to those of pairs of one size.</summary>
/// <param name="networks">The available networks.</param>
/// <param name="pairs">The pairs, at least one.</param>
/// <param name="measures">Their figures so far; replaced by more complete ones.</param>
internal sealed class NetworkMeasures(MeasureNetworks networks, IReadOnlyList<MeasurePair> pairs, EditMeasures[] measures)
{
    /// <summary>Adds the figures.</summary>
    /// <param name="cancellation">Cancels the work between two networks.</param>
    public void Fill(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        FillLpips();
        cancellation.ThrowIfCancellationRequested();
        FillClip();
        cancellation.ThrowIfCancellationRequested();
        FillStructure();
    }

    private void FillLpips()
    {
        if (networks.Lpips is not { } lpips)
        {
            NoteAll("LPIPS is not measured: no network is given for it.");
            return;
        }

        if (Math.Min(pairs[0].Original.Width, pairs[0].Original.Height) < lpips.LeastSide)
        {
            NoteAll($"LPIPS is not measured: its network {lpips.Network} needs {lpips.LeastSide} pixels a side.");
            return;
        }

        Set(lpips.Compare(Originals(), Results()), (one, value) => one with { Lpips = value, LpipsNetwork = lpips.Network });
        FillPart(keepEdited: false, (one, value) => one with { KeptLpips = value }, lpips);
        FillPart(keepEdited: true, (one, value) => one with { EditedLpips = value }, lpips);
    }

    private void FillPart(bool keepEdited, Func<EditMeasures, double, EditMeasures> set, LpipsMeasure lpips)
    {
        List<int> measured = [];
        for (int i = 0; i < pairs.Count; i++)
        {
            if (pairs[i].Mask is not { } mask)
            {
                continue;
            }

            // A part without a pixel has no value.
            if (mask.Any(value => (value > 0) == keepEdited))
            {
                measured.Add(i);
            }
            else
            {
                measures[i] = set(measures[i], double.NaN);
            }
        }

        if (measured.Count == 0)
        {
            return;
        }

        IReadOnlyList<double> values = lpips.Compare(
            [.. measured.Select(i => pairs[i].Original.Only(pairs[i].Mask, keepEdited))], [.. measured.Select(i => pairs[i].Result.Only(pairs[i].Mask, keepEdited))]);
        foreach ((int place, int i) in measured.Index())
        {
            measures[i] = set(measures[i], values[place]);
        }
    }

    private void FillClip()
    {
        if (networks.Clip is not { } clip)
        {
            NoteAll("CLIP similarity is not measured: no network is given for it.");
            return;
        }

        Score(clip, pair => pair.Item.Caption, pair => pair.Result, (one, value) => one with { ClipSimilarity = value });
        Score(
            clip,
            pair => pair.Mask is { } mask && mask.AsSpan().IndexOfAnyExcept((byte)0) >= 0 ? pair.Item.Caption : null,
            pair => pair.Result.Only(pair.Mask, keepEdited: true),
            (one, value) => one with { EditedClipSimilarity = value });
        Score(clip, pair => pair.Item.SourceCaption, pair => pair.Original, (one, value) => one with { SourceClipSimilarity = value });
        for (int i = 0; i < pairs.Count; i++)
        {
            if (pairs[i].Item.Caption is null)
            {
                Note(i, "CLIP similarity is not measured: no caption is given.");
            }
        }
    }

    private void Score(ClipMeasure clip, Func<MeasurePair, string?> caption, Func<MeasurePair, RgbPicture> picture, Func<EditMeasures, double, EditMeasures> set)
    {
        int[] captioned = [.. Enumerable.Range(0, pairs.Count).Where(i => caption(pairs[i]) is not null)];
        if (captioned.Length == 0)
        {
            return;
        }

        IReadOnlyList<double> values = clip.Score([.. captioned.Select(i => picture(pairs[i]))], [.. captioned.Select(i => caption(pairs[i])!)]);
        foreach ((int place, int i) in captioned.Index())
        {
            measures[i] = set(measures[i], values[place]);
        }
    }

    private void FillStructure()
    {
        if (networks.Structure is not { } structure)
        {
            NoteAll("Structure distance is not measured: no network is given for it.");
            return;
        }

        Set(structure.Compare(Originals(), Results()), (one, value) => one with { StructureDistance = value });
    }

    private RgbPicture[] Originals() => [.. pairs.Select(pair => pair.Original)];

    private RgbPicture[] Results() => [.. pairs.Select(pair => pair.Result)];

    private void Set(IReadOnlyList<double> values, Func<EditMeasures, double, EditMeasures> set)
    {
        for (int i = 0; i < measures.Length; i++)
        {
            measures[i] = set(measures[i], values[i]);
        }
    }

    private void NoteAll(string note)
    {
        for (int i = 0; i < measures.Length; i++)
        {
            Note(i, note);
        }
    }

    private void Note(int index, string note) => measures[index] = measures[index] with { Notes = [.. measures[index].Notes, note] };
}
