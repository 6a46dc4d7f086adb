namespace BrushEdit.Measuring;

/// <summary>A figure as tables show it.</summary>
/// <param name="Name">The property of <see cref="EditMeasures"/>.</param>
/// <param name="Heading">What a page calls it.</param>
/// <param name="Read">Reads it.</param>
/// <param name="HigherIsBetter">Which way it gets better.</param>
/// <param name="Format">How it is written for a reader.</param>
public sealed record MeasureColumn(string Name, string Heading, Func<EditMeasures, double?> Read, bool HigherIsBetter, string Format)
{
    /// <summary>All figures, in the order of tables.</summary>
    public static IReadOnlyList<MeasureColumn> All { get; } =
    [
        new(nameof(EditMeasures.KeptPsnr), "Kept PSNR, dB", m => m.KeptPsnr, true, "0.00"),
        new(nameof(EditMeasures.KeptMse), "Kept MSE", m => m.KeptMse, false, "0.000000"),
        new(nameof(EditMeasures.KeptSsim), "Kept SSIM", m => m.KeptSsim, true, "0.0000"),
        new(nameof(EditMeasures.KeptLpips), "Kept LPIPS", m => m.KeptLpips, false, "0.0000"),
        new(nameof(EditMeasures.TruthPsnr), "Hole PSNR to the truth, dB", m => m.TruthPsnr, true, "0.00"),
        new(nameof(EditMeasures.Right), "Right", m => m.Right is { } right ? right ? 1 : 0 : null, true, "0.00"),
        new(nameof(EditMeasures.ClipSimilarity), "CLIP", m => m.ClipSimilarity, true, "0.00"),
        new(nameof(EditMeasures.EditedClipSimilarity), "CLIP, edited part", m => m.EditedClipSimilarity, true, "0.00"),
        new(nameof(EditMeasures.SourceClipSimilarity), "CLIP, original", m => m.SourceClipSimilarity, true, "0.00"),
        new(nameof(EditMeasures.StructureDistance), "Structure distance", m => m.StructureDistance, false, "0.0000"),
        new(nameof(EditMeasures.Psnr), "PSNR, dB", m => m.Psnr, true, "0.00"),
        new(nameof(EditMeasures.Mse), "MSE", m => m.Mse, false, "0.000000"),
        new(nameof(EditMeasures.Ssim), "SSIM", m => m.Ssim, true, "0.0000"),
        new(nameof(EditMeasures.Lpips), "LPIPS", m => m.Lpips, false, "0.0000"),
        new(nameof(EditMeasures.EditedPsnr), "Edited PSNR, dB", m => m.EditedPsnr, true, "0.00"),
        new(nameof(EditMeasures.EditedMse), "Edited MSE", m => m.EditedMse, false, "0.000000"),
        new(nameof(EditMeasures.EditedSsim), "Edited SSIM", m => m.EditedSsim, true, "0.0000"),
        new(nameof(EditMeasures.EditedLpips), "Edited LPIPS", m => m.EditedLpips, false, "0.0000"),
        new(nameof(EditMeasures.Seconds), "Seconds", m => m.Seconds, false, "0.00"),
    ];

    /// <summary>The figure of a name.</summary>
    /// <param name="name">In any case.</param>
    /// <exception cref="EditException">There is none (BadArgument); the error lists them.</exception>
    public static MeasureColumn Named(string name) => All.FirstOrDefault(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new EditException(EditFault.BadArgument, $"'{name}' is not a measure.", $"Give one of {string.Join(", ", All.Select(column => column.Name))}.", name);

    /// <summary>How bad a value is, for sorting: the larger, the worse; what is missing comes last.</summary>
    /// <param name="measures">The figures.</param>
    public double Badness(EditMeasures measures) => Read(measures) is { } value && !double.IsNaN(value) ? HigherIsBetter ? -value : value : double.NegativeInfinity;
}
