using System.Globalization;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Selecting;

namespace BrushEdit.Orchestrating;

/// <summary>Searches for the objects that selections name, and separates existing ones from missing ones.</summary>
/// <param name="finder">The detector.</param>
/// <param name="picture">The picture.</param>
/// <param name="options">Which boxes are returned; an explicit threshold is then the only limit.</param>
/// <param name="cancellation">Cancels the search between two detector runs.</param>
internal sealed class Finding(IObjectFinder finder, Picture picture, DetectionOptions options, CancellationToken cancellation)
{
    /// <summary>The score below which a detection is rejected, unless a threshold allows it.</summary>
    public const double Absent = 0.15;

    // Detections that match all words of a phrase by less than this fraction of the best are other objects: a blue ball beside a red one.
    private const double LeastFit = 0.7;

    private readonly Dictionary<string, IReadOnlyList<Detection>> looked = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> warnings = [];

    /// <summary>Warnings for the user about the detections.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>The score from which a detection is not doubted: the first step of the ladder.</summary>
    public static double Certain => DetectionOptions.Ladder[0];

    /// <summary>Searches for phrases and drops detections of objects that do not exist.</summary>
    /// <param name="phrases">The phrases, each on its own.</param>
    /// <param name="wanted">Which boxes are returned.</param>
    public DetectionResult Look(IReadOnlyList<string> phrases, DetectionOptions wanted)
    {
        DetectionResult found = finder.Find(picture, phrases, wanted, cancellation);
        if (found.Warning is { } warning)
        {
            warnings.Add(warning);
        }

        List<Detection> there = [.. found.Detections];
        List<PhraseOutcome> outcomes = [];
        foreach (PhraseOutcome phrase in found.Phrases)
        {
            Detection? best = there.Where(one => IsOf(one, phrase.Phrase)).MaxBy(one => one.Score);
            bool absent = best is null || (options.Threshold is null && best.Score < Absent);
            if (absent)
            {
                there.RemoveAll(one => IsOf(one, phrase.Phrase));
                warnings.Add(NotFound(phrase, best));
            }
            else if (options.Threshold is null && best!.Score <= Certain)
            {
                warnings.Add(Say($"'{phrase.Phrase}' was found only with the score {best.Score:0.00}, at the threshold {phrase.Threshold:0.00}; from {Certain:0.00} a detection is certain. It may be another object."));
            }

            outcomes.Add(absent ? phrase with { Found = 0 } : phrase);
        }

        return found with { Detections = there, Phrases = outcomes };
    }

    /// <summary>The detections for the plan's selections: all detections first, then those that each selection means.</summary>
    /// <param name="selections">Which objects, and how many.</param>
    /// <exception cref="EditException">None of them was found.</exception>
    public DetectionResult Choose(IReadOnlyList<Selection> selections)
    {
        DetectionOptions every = options with { All = true, Top = null };
        DetectionResult found = Look([.. selections.Select(one => one.Query).Distinct(StringComparer.OrdinalIgnoreCase)], every);
        if (found.Detections.Count == 0)
        {
            throw Nothing(string.Join(' ', warnings));
        }

        foreach (PhraseOutcome phrase in found.Phrases)
        {
            looked[phrase.Phrase] = Fitting([.. found.Detections.Where(one => IsOf(one, phrase.Phrase))]);
        }

        SelectionPicker picker = new(selection => Others(selection, every), picture.Width, picture.Height);
        List<Detection> chosen = [];
        foreach (Selection selection in selections)
        {
            IReadOnlyList<Detection> finds = looked.GetValueOrDefault(selection.Query) ?? [];
            SelectionPick pick = picker.Choose(selection, finds);
            warnings.AddRange(pick.Warnings);
            chosen.AddRange(pick.Chosen.Where(one => !chosen.Contains(one)));
        }

        if (chosen.Count == 0)
        {
            throw Nothing($"No detection matches {string.Join(", ", selections.Select(one => $"'{one}'"))}. {string.Join(' ', warnings)}");
        }

        return found with { Detections = chosen, Phrases = [.. found.Phrases.Select(phrase => phrase with { Found = chosen.Count(one => IsOf(one, phrase.Phrase)) })] };
    }

    private static bool IsOf(Detection one, string phrase) => string.Equals(one.Query, phrase, StringComparison.OrdinalIgnoreCase);

    private static IReadOnlyList<Detection> Fitting(IReadOnlyList<Detection> finds) =>
        finds.Count < 2 ? finds : [.. finds.Where(one => one.Fit >= LeastFit * finds.Max(other => other.Fit))];

    // Anchors and exceptions are searched for only if a selection mentions them.
    private IReadOnlyList<Detection> Others(Selection selection, DetectionOptions every)
    {
        if (!looked.TryGetValue(selection.Query, out IReadOnlyList<Detection>? finds))
        {
            cancellation.ThrowIfCancellationRequested();
            IReadOnlyList<Detection> found = finder.Find(picture, [selection.Query], every, cancellation).Detections;
            looked[selection.Query] = finds = Fitting([.. found.Where(one => options.Threshold is not null || one.Score >= Absent)]);
        }

        return finds;
    }

    private string NotFound(PhraseOutcome phrase, Detection? best) => best is null
        ? Say($"Nothing was found for '{phrase.Phrase}': the best score is {phrase.BestScore:0.000}, but {phrase.Threshold:0.00} is needed.")
        : Say($"'{phrase.Phrase}' was not found; the best detection is '{best.Phrase}' at {best.Box} with the score {best.Score:0.00}, but {Absent:0.00} is needed.");

    private EditException Nothing(string why) => new(
        EditFault.ThingNotFound,
        why,
        "Use other words, allow a lower score with -Threshold, or give its position with -Box or -Mask.",
        picture.Path);

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
