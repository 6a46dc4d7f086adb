using System.Diagnostics;
using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Verifying;

namespace BrushEdit.Orchestrating;

/// <summary>Verifies every sample, and makes the best one the result.</summary>
/// <param name="verifier">The verifier.</param>
/// <param name="model">The detector's name, as results show it; null for none.</param>
public sealed class VerifyStage(EditVerifier verifier, string? model) : IEditStage
{
    /// <inheritdoc/>
    public ImageEdit Complete(ImageEdit edit, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(context);
        if (edit.Verdict is not null && !context.Force)
        {
            context.Note?.Invoke($"'{edit.Name}' is already verified and passed on unchanged; -Force verifies it again.");
            return edit;
        }

        if (edit.Result is null)
        {
            throw edit.Missing("result", "Fill it with Invoke-Inpaint first.");
        }

        Stopwatch clock = Stopwatch.StartNew();

        // A result that was set by hand is verified as it is; it is not one of the samples.
        bool own = edit.Samples.All(sample => sample.Picture != edit.Result);
        EditSample[] judged = [.. (own ? [new EditSample(edit.Result, edit.Seed ?? 0)] : edit.Samples).Select((sample, index) =>
        {
            context.Begin(EditStage.Verify, edit, $"Checking sample {index + 1} of {(own ? 1 : edit.Samples.Count)}");
            return sample with { Verdict = verifier.Verify(edit, sample.Picture, context.Cancellation) };
        })];

        // A stable sort: equal samples keep their order.
        EditSample[] ranked = [.. judged.OrderByDescending(sample => sample.Verdict!.Passed).ThenByDescending(sample => sample.Verdict!.Score)];
        EditVerdict verdict = ranked[0].Verdict!;
        context.Note?.Invoke(string.Create(
            CultureInfo.InvariantCulture, $"{edit.Name}: {verdict} Judged {ranked.Length} in {clock.Elapsed.TotalSeconds:0.0} s."));
        return edit.With(
            "Verify",
            clock.Elapsed,
            parts =>
            {
                if (own)
                {
                    parts.SetVerdict(verdict, []);
                }
                else
                {
                    parts.SetRanking(ranked);
                }
            },
            model);
    }
}
