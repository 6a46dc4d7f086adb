namespace BrushEdit.Editing;

/// <summary>The detections in one picture.</summary>
/// <param name="Detections">The detected objects, most certain first; empty if nothing was found.</param>
/// <param name="Phrases">The outcome of each phrase.</param>
public sealed record DetectionResult(IReadOnlyList<Detection> Detections, IReadOnlyList<PhraseOutcome> Phrases)
{
    /// <summary>A possible reason why the phrases were misread; null if there is none.</summary>
    public string? Warning { get; init; }

    /// <summary>The phrases without any detection.</summary>
    public IEnumerable<PhraseOutcome> Missing => Phrases.Where(phrase => phrase.Found == 0);
}

/// <summary>The outcome of one phrase.</summary>
/// <param name="Phrase">The phrase.</param>
/// <param name="Found">The number of its detections.</param>
/// <param name="BestScore">The best score of any box for the phrase, whether accepted or not, 0 to 1.</param>
/// <param name="Threshold">The score threshold that was finally applied to the boxes.</param>
public sealed record PhraseOutcome(string Phrase, int Found, double BestScore, double Threshold);
