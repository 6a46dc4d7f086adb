namespace BrushEdit.Editing;

/// <summary>The verdict on a result: how well it fulfils the edit's request.</summary>
/// <param name="Passed">Whether every check that could be made passed, that is, scored above a half.</param>
/// <param name="Score">
/// The overall score in [0, 1], higher is better: the geometric mean of the checks' scores, in which checks of detected objects count twice. The
/// other checks cannot compensate for a single failure, and improving one check never lowers the score.
/// </param>
/// <param name="Checks">The checks, in the order in which they were made.</param>
public sealed record EditVerdict(bool Passed, double Score, IReadOnlyList<EditCheck> Checks)
{
    /// <summary>The checks that could not be made, and why.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Why the result failed, or that it passed: the reasons of the failed checks, in one line.</summary>
    public string Reason => Passed ? "All checks passed." : string.Join(' ', Checks.Where(check => !check.Passed).Select(check => check.Reason));

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{(Passed ? "passed" : "failed")}, score {Score:0.00}: {Reason}");
}

/// <summary>One check of a result.</summary>
/// <param name="Name">
/// The check: <c>Kept</c>, <c>Gone</c>, <c>There</c>, <c>Shown</c>, <c>Others</c>, <c>Changed</c>, <c>Seam</c>, <c>Scene</c>.
/// </param>
/// <param name="Passed">Whether the check passed.</param>
/// <param name="Score">In [0, 1]; decreases as the measurement gets worse.</param>
/// <param name="Reason">The measurement and what it was compared with, in one sentence.</param>
public sealed record EditCheck(string Name, bool Passed, double Score, string Reason);

/// <summary>One attempt at an edit, with its verdict.</summary>
/// <param name="Number">The attempt's number, from 1.</param>
/// <param name="Change">What differs from the first attempt: another seed, a grown mask, the next candidate.</param>
/// <param name="Seed">The seed of the attempt's best sample.</param>
/// <param name="Verdict">The verdict on that sample.</param>
/// <param name="IsKept">Whether the attempt's result is the edit's result.</param>
public sealed record EditAttempt(int Number, string Change, long Seed, EditVerdict Verdict, bool IsKept);
