namespace BrushEdit.Verifying;

/// <summary>
/// Converts a measured value to a score: linear, 0.5 at the limit between good and bad, so that a check passes if its score is above a half, and a
/// better measurement never has a lower score.
/// </summary>
internal static class CheckScore
{
    /// <summary>The score of a value that should be low: 1 at 0, 0.5 at the limit, 0 from twice the limit on.</summary>
    /// <param name="value">From 0.</param>
    /// <param name="limit">Above 0.</param>
    public static double Low(double value, double limit) => Math.Clamp(1 - (value / (2 * limit)), 0, 1);

    /// <summary>The score of a value that should be high: 0 at 0, 0.5 at the limit, 1 from twice the limit on.</summary>
    /// <param name="value">Any number; below 0 counts as 0.</param>
    /// <param name="limit">Above 0.</param>
    public static double High(double value, double limit) => Math.Clamp(value / (2 * limit), 0, 1);

    /// <summary>Whether a score passes.</summary>
    /// <param name="score">The score.</param>
    public static bool Passes(double score) => score > 0.5;
}
