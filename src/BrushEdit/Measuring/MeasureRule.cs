namespace BrushEdit.Measuring;

/// <summary>The rule by which pictures are measured: benchmarks use the same terms for different formulas.</summary>
public enum MeasureRule
{
    /// <summary>
    /// Pictures at their own size. Errors of a part are means over its pixels and channels, a part's SSIM is the mean over its pixels, a
    /// part's LPIPS is that of the pictures with the other part black.
    /// </summary>
    Plain,

    /// <summary>
    /// BrushBench and EditBench (BrushNet's <c>evaluate_brushnet.py</c>): at 512 x 512; the kept part's squared error is summed over three
    /// channels and divided by the number of kept pixels; a PSNR of equal pictures counts as 1000.
    /// </summary>
    BrushBench,

    /// <summary>
    /// PIE-Bench (PnPInversion's <c>evaluate.py</c>): a result that is not square is cut to its last 512 x 512; the kept part's figures
    /// are those of the whole pictures with the edited part black in both.
    /// </summary>
    PieBench,
}
