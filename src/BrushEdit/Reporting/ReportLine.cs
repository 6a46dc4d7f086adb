using BrushEdit.Editing;

namespace BrushEdit.Reporting;

/// <summary>What of an edit is kept until the report's end, for the summary on its top: words and numbers, no pictures.</summary>
/// <param name="Number">The edit's number, from 1.</param>
/// <param name="Name">The picture.</param>
/// <param name="What">What was to be done, round by round.</param>
/// <param name="Outcome">What came of its rounds: the worst.</param>
/// <param name="Warnings">How many warnings there were.</param>
/// <param name="Rounds">How many rounds.</param>
/// <param name="Time">How long it took.</param>
internal sealed record ReportLine(int Number, string Name, string What, ReportOutcome Outcome, int Warnings, int Rounds, TimeSpan Time)
{
    /// <summary>The line of an edit.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="edit">The edit.</param>
    /// <param name="rounds">Its rounds, oldest first.</param>
    public static ReportLine Of(int number, ImageEdit edit, IReadOnlyList<ImageEdit> rounds) => new(
        number,
        NameOf(rounds[0]),
        string.Join("; ", rounds.Select(WhatOf).OfType<string>()),
        rounds.Select(ReportOutcome.Of).FirstOrDefault(outcome => outcome.Kind == "bad") ?? ReportOutcome.Of(edit),
        rounds.Sum(round => round.Warnings.Count),
        rounds.Count,
        TimeSpan.FromTicks(rounds.Sum(round => round.Timings.Values.Sum(time => time.Ticks))));

    /// <summary>What a picture is called: its file's name, or its size.</summary>
    /// <param name="edit">The edit.</param>
    public static string NameOf(ImageEdit edit) => edit.Path is null ? $"Picture of {edit.Name}" : edit.Name;

    /// <summary>What an edit is about, in few words; null if nobody said.</summary>
    /// <param name="edit">The edit.</param>
    public static string? WhatOf(ImageEdit edit) => edit.Plan?.Instruction ?? edit.Settings?.Caption ?? edit.Plan?.Caption;
}

/// <summary>What came of an edit.</summary>
/// <param name="Kind">A style class: <c>good</c>, <c>bad</c>, <c>plain</c>.</param>
/// <param name="Text">In a word or two.</param>
internal sealed record ReportOutcome(string Kind, string Text)
{
    /// <summary>The outcome of an edit.</summary>
    /// <param name="edit">The edit.</param>
    public static ReportOutcome Of(ImageEdit edit) => edit switch
    {
        { Verdict: { } verdict } => Of(verdict),
        { Result: null } => new ReportOutcome("plain", "No result yet"),
        _ => new ReportOutcome("plain", "Not verified"),
    };

    /// <summary>The outcome of a verification.</summary>
    /// <param name="verdict">The verdict.</param>
    public static ReportOutcome Of(EditVerdict verdict) => verdict.Passed ? new ReportOutcome("good", "Passed") : new ReportOutcome("bad", "Failed");
}
