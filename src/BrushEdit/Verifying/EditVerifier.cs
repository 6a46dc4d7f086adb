using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Measuring;
using BrushEdit.Planning;
using BrushEdit.Selecting;

namespace BrushEdit.Verifying;

/// <summary>
/// Judges results: are the kept pixels unchanged, is the removed object gone, are all objects gone that were to be removed, is the new one present,
/// did anything change, is there a seam, is it still the same scene? The detector that found the target decides on presence; the rest is measured.
/// Caches the detections in the last picture before its edit, for further results of the same picture.
/// </summary>
/// <param name="finder">The detector; without one the checks of objects are left out, with a note.</param>
/// <param name="matcher">Decides whether the new content is what was requested; null if the detector decides that too.</param>
public sealed class EditVerifier(IObjectFinder finder, IPictureMatcher? matcher = null)
{
    // Whether an object is present is the main question.
    private const double PresenceWeight = 2;
    private const double LeastScore = 0.01;
    private const int MostBoxes = 50;

    // Articles, and sizes, which a detector cannot judge from one object alone.
    private static readonly HashSet<string> Unseen = ["a", "an", "the", "some", "small", "little", "tiny", "medium", "large", "big", "huge"];

    private (Picture Picture, string Words, DetectionResult Found)? known;

    /// <summary>Judges a result.</summary>
    /// <param name="edit">The edit, with its mask; its plan determines what is searched for.</param>
    /// <param name="result">A result of it.</param>
    /// <param name="cancellation">Cancels the work between two detector runs.</param>
    /// <exception cref="EditException">The edit has no mask, or the detector is broken.</exception>
    public EditVerdict Verify(ImageEdit edit, Picture result, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(result);
        Mask mask = edit.Mask ?? throw edit.Missing("mask", "Give the edit the mask it was filled with.");
        List<string> notes = [];
        List<EditCheck> checks = [KeptCheck.Make(edit.Picture, result, mask, edit.Settings?.Feather)];
        if (result.Width == edit.Picture.Width && result.Height == edit.Picture.Height)
        {
            checks.AddRange(Things(edit, result, mask, notes, cancellation));
            checks.AddRange(Measured(edit, result, mask));
        }

        double weights = checks.Sum(Weight);
        double score = Math.Exp(checks.Sum(check => Weight(check) * Math.Log(Math.Max(LeastScore, check.Score))) / weights);
        return new EditVerdict(checks.All(check => check.Passed), score, checks) { Notes = notes };
    }

    private static double Weight(EditCheck check) => check.Name is Presence.GoneName or Presence.ThereName or Presence.OthersName or ShownCheck.Name ? PresenceWeight : 1;

    private static IEnumerable<EditCheck> Measured(ImageEdit edit, Picture result, Mask mask)
    {
        yield return ChangedCheck.Make(edit.Picture, result, mask);
        EditType? type = edit.Plan?.EditType;
        if (mask.Binarize().IsFull)
        {
            if (type == EditType.Global)
            {
                yield return SceneCheck.Make(edit.Picture, result);
            }

            yield break;
        }

        bool followsOutline = type is not (EditType.Remove or EditType.Addition);
        if (SeamCheck.Make(edit.Picture, result, mask, edit.FeatherPixels ?? 1, followsOutline) is { } seam)
        {
            yield return seam;
        }
    }

    private static IReadOnlyList<string> Phrases(string? text) => text is null
        ? []
        : [.. text.Split('.', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Bare).Where(phrase => phrase.Length > 0)];

    internal static string Bare(string phrase) => string.Join(
        ' ', phrase.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).SkipWhile(Unseen.Contains));

    // How the plan's kind of edit affects objects: not at all for the whole picture, nor for a background, whose foreground is kept.
    private IReadOnlyList<EditCheck> Things(ImageEdit edit, Picture result, Mask mask, List<string> notes, CancellationToken cancellation)
    {
        if (edit.Plan is not { } plan || plan.EditType is EditType.Global or EditType.Background)
        {
            return edit.Plan is { EditType: EditType.Background } ? [.. Phrases(edit.Plan.NewContent).SelectMany(ground => Shown(result, mask, ground, null, cancellation))] : [];
        }

        IReadOnlyList<string> old = plan.EditType == EditType.Addition ? [] : [.. plan.Selection.SelectMany(one => Phrases(one.Query)).Distinct()];
        IReadOnlyList<string> fresh = plan.EditType == EditType.Remove ? [] : Phrases(plan.NewContent);
        if ((plan.EditType == EditType.Remove ? old : fresh).Count == 0)
        {
            notes.Add($"The plan does not name the {(plan.EditType == EditType.Remove ? "removed object (Target)" : "new content (NewContent)")}, so the detector did not search for it.");
            return [];
        }

        if (finder.Absence is { } absence)
        {
            notes.Add($"The detector did not search the result: {absence.Message}");
            return [];
        }

        string[] asked = [.. fresh.Concat(old).Distinct()];
        DetectionResult before = Before(edit.Picture, asked, cancellation);
        DetectionResult after = Look(result, asked, cancellation);
        double Was(string phrase) => Presence.Best(before.Detections, phrase, mask);
        double Is(string phrase) => Presence.Best(after.Detections, phrase, mask);
        IEnumerable<EditCheck> Others() => plan.Selection.Where(one => IsOfAll(one) && !StaysWhatItIs(plan, one))
            .Select(one => Presence.Others(one, Left(one, result, after, mask, Was(Bare(one.Query)), cancellation)));
        if (plan.EditType == EditType.Remove)
        {
            // Of several objects, only those count that the detector found before the edit.
            string[] seen = [.. old.Where(phrase => Was(phrase) >= Presence.LeastBefore)];
            notes.AddRange(old.Except(seen).Select(phrase => $"'{phrase}' was not found within the mask before the edit either, so its absence proves nothing."));
            return [.. seen.Select(phrase => Presence.Gone(phrase, Was(phrase), Is(phrase))), .. Others()];
        }

        double stays = old.Select(Is).DefaultIfEmpty(0).Max(), stood = old.Select(Was).DefaultIfEmpty(0).Max();
        IEnumerable<EditCheck> Comes(string phrase)
        {
            EditCheck[] shown = [.. Shown(result, mask, phrase, old.Count == 1 ? old[0] : null, cancellation)];
            return shown.Length > 0 ? shown : [Presence.There(phrase, Is(phrase), (Is(phrase) - stays) - (Was(phrase) - stood))];
        }

        return [.. fresh.SelectMany(Comes), .. Others()];
    }

    // Returns nothing if no network can decide.
    private IEnumerable<EditCheck> Shown(Picture result, Mask mask, string fresh, string? old, CancellationToken cancellation)
    {
        if (matcher is { Absence: null } && !mask.IsEmpty)
        {
            yield return ShownCheck.Make(fresh, matcher.Match(result, ShownCheck.Region(mask), ShownCheck.Texts(fresh, old), cancellation)[0]);
        }
    }

    // "All", "both" and a plural leave none of their kind; which objects a place or size refers to cannot be determined afterwards.
    private static bool IsOfAll(Selection one) =>
        one.Size == SelectionSize.None && (one.Number == SelectionNumber.All || (one is { Number: SelectionNumber.Exactly, Count: > 1, Place: PlaceRelation.None }));

    // Balls that are recoloured blue are still balls.
    private static bool StaysWhatItIs(EditPlan plan, Selection one) =>
        plan.EditType == EditType.Local && (plan.NewContent is null || PlanCheck.Names(plan.NewContent, one.Look is null ? one.Noun : one.Phrase));

    // Objects that are still detected outside the mask, about as certainly as the edited one, and that the selection means.
    private IReadOnlyList<Detection> Left(Selection one, Picture result, DetectionResult after, Mask mask, double was, CancellationToken cancellation)
    {
        double limit = Math.Max(Presence.Found, Presence.AsSure * was);
        IReadOnlyList<Detection> Surely(IEnumerable<Detection> finds, string phrase, double least) =>
            [.. finds.Where(find => string.Equals(find.Query, phrase, StringComparison.OrdinalIgnoreCase) && find.Score >= least)];
        SelectionPicker picker = new(
            other => Surely(Look(result, [Bare(other.Query)], cancellation).Detections, Bare(other.Query), Presence.Found), result.Width, result.Height);
        return [.. picker.Choose(one with { Number = SelectionNumber.All }, Surely(after.Detections, Bare(one.Query), limit)).Chosen.Where(find => !Presence.IsWithin(find.Box, mask))];
    }

    private DetectionResult Before(Picture picture, string[] asked, CancellationToken cancellation)
    {
        string words = string.Join(". ", asked);
        if (known is not { } last || !ReferenceEquals(last.Picture, picture) || last.Words != words)
        {
            known = (picture, words, Look(picture, asked, cancellation));
        }

        return known.Value.Found;
    }

    // Every detection that may be one of the objects, by all of its words: a blue ball is not a red one.
    private DetectionResult Look(Picture picture, string[] asked, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        DetectionOptions options = new() { Threshold = Presence.LeastBefore / 2, TextThreshold = 0, Top = MostBoxes, EveryWord = true };
        return finder.Find(picture, asked, options, cancellation);
    }
}
