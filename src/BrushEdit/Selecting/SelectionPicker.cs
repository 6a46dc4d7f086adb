using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Selecting;

/// <summary>Selects the detections that a selection means, by position and size.</summary>
/// <param name="find">Returns every detection of a selection's words, most certain first; called for anchors and exceptions.</param>
/// <param name="width">The picture's width in pixels.</param>
/// <param name="height">The picture's height in pixels.</param>
public sealed class SelectionPicker(Func<Selection, IReadOnlyList<Detection>> find, int width, int height)
{
    /// <summary>If two scores differ by less than this, the choice between the detections is unclear.</summary>
    public const double CloseScore = 0.05;

    // Two boxes that overlap by more than this are one object.
    private const double Same = 0.5;

    /// <summary>Picks the detections.</summary>
    /// <param name="selection">Which objects, and how many.</param>
    /// <param name="finds">Every detection of the selection's words, most certain first.</param>
    public SelectionPick Choose(Selection selection, IReadOnlyList<Detection> finds)
    {
        ArgumentNullException.ThrowIfNull(selection);
        ArgumentNullException.ThrowIfNull(finds);
        List<string> warnings = [];
        List<Detection> left = [.. finds];
        if (left.Count > 0)
        {
            left = Excepted(selection, left, warnings);
        }

        if (left.Count > 0 && selection.Relation != PlaceRelation.None)
        {
            left = Related(selection, left, warnings);
        }

        List<Detection> chosen = selection.Number == SelectionNumber.All ? Placed(selection, left, warnings) : Counted(selection, left, warnings);
        return new SelectionPick(chosen, [.. finds.Where(one => !chosen.Contains(one))], warnings);
    }

    private static string Scores(IEnumerable<Detection> finds) => string.Join(", ", finds.Select(one => one.Score.ToString("0.00", CultureInfo.InvariantCulture)));

    private static string Things(int count) => count == 1 ? "one was" : $"{count} were";

    private List<Detection> Excepted(Selection selection, List<Detection> finds, List<string> warnings)
    {
        List<Detection> left = finds;
        foreach (Selection except in selection.Except)
        {
            // "All but the left one": one of the same kind.
            bool same = except.Noun.Length == 0 && except.Look is null;
            Selection named = except.Noun.Length == 0 ? except with { Noun = selection.Noun, Look = except.Look ?? selection.Look } : except;
            SelectionPick stay = Choose(named, same ? finds : find(named));
            warnings.AddRange(stay.Warnings);
            int before = left.Count;
            left = [.. left.Where(one => stay.Chosen.All(kept => !ReferenceEquals(kept, one) && kept.Box.IoU(one.Box) <= Same))];
            if (left.Count == before)
            {
                warnings.Add($"'{named}' should be excluded from '{selection.Phrase}', but no detection matches it.");
            }
        }

        return left;
    }

    private List<Detection> Related(Selection selection, List<Detection> finds, List<string> warnings)
    {
        List<IReadOnlyList<Box>> anchors = [];
        foreach (Selection anchor in selection.Anchors)
        {
            // An anchor without any qualifier may be any object of its kind.
            IReadOnlyList<Detection> found = find(anchor);
            IReadOnlyList<Detection> meant = anchor.IsNarrowed ? Choose(anchor, found).Chosen : found;
            if (meant.Count == 0)
            {
                warnings.Add($"'{anchor}' was not found, so no '{selection.Phrase}' {Selection.Words(selection.Relation)} it can be selected.");
                return finds;
            }

            anchors.Add([.. meant.Select(one => one.Box)]);
        }

        List<(Detection Find, double Distance)> related = [];
        foreach (Detection one in finds)
        {
            double[] distances = [.. Sets(selection, anchors)
                .Where(set => set.All(box => box.IoU(one.Box) <= Same))
                .Select(set => Relations.Distance(selection.Relation, one.Box, set)).OfType<double>()];
            if (distances.Length > 0)
            {
                related.Add((one, distances.Min()));
            }
        }

        string how = $"{Selection.Words(selection.Relation)} '{string.Join("' and '", selection.Anchors)}'";
        if (related.Count == 0)
        {
            // Of one thing the user may have said more than the detector can see; all of them would be other things.
            bool all = selection.Number == SelectionNumber.All;
            warnings.Add($"None of the {finds.Count} found for '{selection.Phrase}' is {how}{(all ? "." : "; this condition was ignored.")}");
            return all ? [] : finds;
        }

        // Without any other distinction, "the cup next to the tree" is the nearest one.
        bool nearest = Relations.Orders(selection.Relation) && selection is { Number: not SelectionNumber.All, Place: PlaceRelation.None, Size: SelectionSize.None };
        return [.. (nearest ? related.OrderBy(one => one.Distance) : related.AsEnumerable()).Select(one => one.Find)];
    }

    private static IEnumerable<IReadOnlyList<Box>> Sets(Selection selection, List<IReadOnlyList<Box>> anchors)
    {
        if (selection.Relation != PlaceRelation.Between)
        {
            return anchors.SelectMany(boxes => boxes).Select(box => (IReadOnlyList<Box>)[box]);
        }

        // "Between the two trees": one anchor with several boxes.
        return anchors.Count > 1
            ? anchors[0].SelectMany(a => anchors[1].Select(b => (IReadOnlyList<Box>)[a, b]))
            : anchors[0].SelectMany((a, i) => anchors[0].Skip(i + 1).Select(b => (IReadOnlyList<Box>)[a, b]));
    }

    private List<Detection> Placed(Selection selection, List<Detection> finds, List<string> warnings)
    {
        if (selection.Place == PlaceRelation.None || finds.Count == 0)
        {
            return finds;
        }

        List<Detection> there = [.. finds.Where(one => FindOrder.IsIn(selection.Place, one.Box, width, height))];
        if (there.Count == 0)
        {
            warnings.Add($"None of the {finds.Count} found for '{selection.Phrase}' is in that part of the picture ({Selection.Words(selection.Place)}).");
        }

        return there;
    }

    private List<Detection> Counted(Selection selection, List<Detection> finds, List<string> warnings)
    {
        int from = selection.Ordinal - 1, wanted = from + selection.Count;
        (List<Detection> sorted, Func<Detection, Detection, bool>? close) = Sorted(selection, finds);
        List<Detection> chosen = [.. sorted.Skip(from).Take(selection.Count)];
        if (sorted.Count > 0 && sorted.Count < wanted)
        {
            warnings.Add($"'{selection}' asks for {(from > 0 ? $"the first {wanted}" : wanted)}, but {Things(sorted.Count)} found (scores {Scores(sorted)}).");
        }
        else if (close is not null && chosen.Count > 0 && sorted.Skip(wanted).FirstOrDefault() is { } next && close(chosen[^1], next))
        {
            warnings.Add($"The choice of '{selection}' is close: the next candidate is at {next.Box}, the chosen one at {chosen[^1].Box} (scores {Scores([chosen[^1], next])}).");
        }
        else if (close is null && selection.Number == SelectionNumber.Exactly && !Relations.Orders(selection.Relation) && sorted.Count > wanted)
        {
            if (selection.Count > 1 || chosen[^1].Score - sorted[wanted].Score < CloseScore)
            {
                warnings.Add(
                    $"'{selection.Phrase}' means {(selection.Count == 1 ? "one" : selection.Count)}, but {sorted.Count} were found (scores {Scores(sorted)}); the most certain {(selection.Count == 1 ? "is" : "are")} used. "
                    + "Say which ('the left one', 'the largest') or 'all'.");
            }
        }

        return chosen;
    }

    // In the requested order, with whether two neighbours are nearly equal in it; in the order of detection if none is requested.
    private (List<Detection> Sorted, Func<Detection, Detection, bool>? Close) Sorted(Selection selection, List<Detection> finds)
    {
        if (selection.Place == PlaceRelation.None && selection.Size == SelectionSize.None)
        {
            return (finds, null);
        }

        // With both, the place selects among those of that size: "the largest on the left".
        List<Detection> left = finds;
        if (selection.Place != PlaceRelation.None && selection.Size != SelectionSize.None)
        {
            left = [.. finds.Where(one => FindOrder.IsIn(selection.Place, one.Box, width, height))];
            left = left.Count == 0 ? finds : left;
        }

        if (selection.Size != SelectionSize.None)
        {
            double Size(Detection one) => FindOrder.Key(selection.Size, one.Box);
            return ([.. left.OrderBy(Size)], (a, b) => Math.Abs(Size(a) - Size(b)) < FindOrder.Close * Math.Abs(Size(a)));
        }

        double Place(Detection one) => FindOrder.Key(selection.Place, one.Box, finds, width, height);
        return ([.. left.OrderBy(Place)], (a, b) => Math.Abs(Place(a) - Place(b)) < FindOrder.Close);
    }
}
