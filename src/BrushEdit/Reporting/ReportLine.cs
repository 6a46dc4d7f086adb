using BrushEdit.Editing;

namespace BrushEdit.Reporting;

/// <summary>The data of an edit kept until the report's end for the summary at its top: text and numbers, no pictures.</summary>
/// <param name="Number">The edit's number, from 1.</param>
/// <param name="Name">The picture.</param>
/// <param name="What">The requested changes, round by round.</param>
/// <param name="Outcome">The worst outcome of its rounds.</param>
/// <param name="Warnings">The number of warnings.</param>
/// <param name="Rounds">The number of rounds.</param>
/// <param name="Time">The duration.</param>
internal sealed record ReportLine(int Number, string Name, string What, ReportOutcome Outcome, int Warnings, int Rounds, TimeSpan Time)
{
    /// <summary>Creates the line of an edit.</summary>
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

    /// <summary>Returns a picture's name: its file's name, or its size.</summary>
    /// <param name="edit">The edit.</param>
    public static string NameOf(ImageEdit edit) => edit.Path is null ? $"Picture of {edit.Name}" : edit.Name;

    /// <summary>Returns a short description of an edit; null if none is given.</summary>
    /// <param name="edit">The edit.</param>
    public static string? WhatOf(ImageEdit edit) => edit.Plan?.Instruction ?? edit.Settings?.Caption ?? edit.Plan?.Caption;
}

/// <summary>The outcome of an edit.</summary>
/// <param name="Kind">A style class: <c>good</c>, <c>bad</c>, <c>plain</c>.</param>
/// <param name="Text">A text of one or two words.</param>
internal sealed record ReportOutcome(string Kind, string Text)
{
    /// <summary>Returns the outcome of an edit.</summary>
    /// <param name="edit">The edit.</param>
    public static ReportOutcome Of(ImageEdit edit) => edit switch
    {
        { Verdict: { } verdict } => Of(verdict),
        { Result: null } => new ReportOutcome("plain", "No result yet"),
        _ => new ReportOutcome("plain", "Not verified"),
    };

    /// <summary>Returns the outcome of a verification.</summary>
    /// <param name="verdict">The verdict.</param>
    public static ReportOutcome Of(EditVerdict verdict) => verdict.Passed ? new ReportOutcome("good", "Passed") : new ReportOutcome("bad", "Failed");
}
