namespace BrushEdit.Measuring;

/// <summary>
/// The figures of one edit. A figure that was not measured is null, and <see cref="Notes"/> says why; one without a value (a kept part without a
/// pixel) is NaN. Errors are on the range 0 to 1.
/// </summary>
public sealed record EditMeasures
{
    /// <summary>The picture's name.</summary>
    public required string Name { get; init; }

    /// <summary>The method that produced the result.</summary>
    public string Method { get; init; } = string.Empty;

    /// <summary>The kind of edit.</summary>
    public string EditType { get; init; } = string.Empty;

    /// <summary>The caption of the result.</summary>
    public string? Caption { get; init; }

    /// <summary>The rule by which the edit was measured.</summary>
    public MeasureRule Rule { get; init; }

    /// <summary>The original's file; null for a picture in memory.</summary>
    public string? OriginalPath { get; init; }

    /// <summary>The result's file; null for a picture in memory.</summary>
    public string? ResultPath { get; init; }

    /// <summary>The share of the picture that is edited, 0 to 1.</summary>
    public double? MaskShare { get; init; }

    /// <summary>Peak signal-to-noise ratio of the whole picture, dB; infinite for equal pictures.</summary>
    public double? Psnr { get; init; }

    /// <summary>Mean squared error of the whole picture.</summary>
    public double? Mse { get; init; }

    /// <summary>Structural similarity of the whole picture, -1 to 1.</summary>
    public double? Ssim { get; init; }

    /// <summary>LPIPS of the whole picture, from 0.</summary>
    public double? Lpips { get; init; }

    /// <summary>Peak signal-to-noise ratio of the kept part, dB, by the rule's formula.</summary>
    public double? KeptPsnr { get; init; }

    /// <summary>Mean squared error of the kept part, by the rule's formula.</summary>
    public double? KeptMse { get; init; }

    /// <summary>Structural similarity of the kept part.</summary>
    public double? KeptSsim { get; init; }

    /// <summary>LPIPS of the kept part: of the pictures with the edited part black.</summary>
    public double? KeptLpips { get; init; }

    /// <summary>Peak signal-to-noise ratio of the edited part against the original, dB: how much was changed.</summary>
    public double? EditedPsnr { get; init; }

    /// <summary>Mean squared error of the edited part against the original.</summary>
    public double? EditedMse { get; init; }

    /// <summary>Structural similarity of the edited part to the original.</summary>
    public double? EditedSsim { get; init; }

    /// <summary>LPIPS of the edited part: of the pictures with the kept part black.</summary>
    public double? EditedLpips { get; init; }

    /// <summary>CLIP similarity of the result and its caption, 0 to 100.</summary>
    public double? ClipSimilarity { get; init; }

    /// <summary>CLIP similarity of the caption and the result with its kept part black, 0 to 100.</summary>
    public double? EditedClipSimilarity { get; init; }

    /// <summary>CLIP similarity of the original and its own caption, 0 to 100.</summary>
    public double? SourceClipSimilarity { get; init; }

    /// <summary>How much the structure changed, by the self-similarity of a vision transformer's keys; from 0.</summary>
    public double? StructureDistance { get; init; }

    /// <summary>Peak signal-to-noise ratio of the edited part against what it should be, dB; where the truth is known.</summary>
    public double? TruthPsnr { get; init; }

    /// <summary>Whether the edit did what was asked; where the truth is known.</summary>
    public bool? Right { get; init; }

    /// <summary>Seconds the edit took.</summary>
    public double? Seconds { get; init; }

    /// <summary>The network LPIPS was measured with (alex, vgg, squeeze); null for none.</summary>
    public string? LpipsNetwork { get; init; }

    /// <summary>Why figures are missing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
