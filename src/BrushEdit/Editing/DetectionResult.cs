namespace BrushEdit.Editing;

/// <summary>The detections in one picture.</summary>
/// <param name="Detections">What was found, most certain first; empty if nothing was.</param>
/// <param name="Phrases">For each phrase what became of it.</param>
public sealed record DetectionResult(IReadOnlyList<Detection> Detections, IReadOnlyList<PhraseOutcome> Phrases)
{
    /// <summary>What may have kept the phrases from being read right; null if nothing did.</summary>
    public string? Warning { get; init; }

    /// <summary>The phrases for which nothing was found.</summary>
    public IEnumerable<PhraseOutcome> Missing => Phrases.Where(phrase => phrase.Found == 0);
}

/// <summary>The outcome of one phrase.</summary>
/// <param name="Phrase">The phrase.</param>
/// <param name="Found">How many detections it has.</param>
/// <param name="BestScore">The best score any box had for it, found or not, 0 to 1.</param>
/// <param name="Threshold">The score that boxes had to pass in the end.</param>
public sealed record PhraseOutcome(string Phrase, int Found, double BestScore, double Threshold);
