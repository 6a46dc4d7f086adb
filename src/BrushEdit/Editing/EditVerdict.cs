namespace BrushEdit.Editing;

/// <summary>The verdict on a result: how well it does what the edit asked for.</summary>
/// <param name="Passed">Whether every check that could be made is passed: scored above a half.</param>
/// <param name="Score">
/// In [0, 1], higher is better: the geometric mean of the checks' scores, those of things searched for counting twice; so one failure is not
/// made up for by the rest, and a check that is better never makes it worse.
/// </param>
/// <param name="Checks">What was looked at, in the order it was done.</param>
public sealed record EditVerdict(bool Passed, double Score, IReadOnlyList<EditCheck> Checks)
{
    /// <summary>What could not be looked at, and why.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Why it failed, or that it passed: the reasons of the failed checks, in one line.</summary>
    public string Reason => Passed ? "All checks passed." : string.Join(' ', Checks.Where(check => !check.Passed).Select(check => check.Reason));

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{(Passed ? "passed" : "failed")}, score {Score:0.00}: {Reason}");
}

/// <summary>One check of a result.</summary>
/// <param name="Name">What: <c>Kept</c>, <c>Gone</c>, <c>There</c>, <c>Shown</c>, <c>Others</c>, <c>Changed</c>, <c>Seam</c>, <c>Scene</c>.</param>
/// <param name="Passed">Whether it is as it should be.</param>
/// <param name="Score">In [0, 1]; falls as what was measured gets worse.</param>
/// <param name="Reason">What was measured, against what, in a sentence.</param>
public sealed record EditCheck(string Name, bool Passed, double Score, string Reason);

/// <summary>One attempt at an edit, with its verdict.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Change">What was done otherwise than at the first: another seed, a grown mask, the next candidate.</param>
/// <param name="Seed">The seed of the try's best sample.</param>
/// <param name="Verdict">How that sample was judged.</param>
/// <param name="IsKept">Whether its result is the edit's.</param>
public sealed record EditAttempt(int Number, string Change, long Seed, EditVerdict Verdict, bool IsKept);
