using BrushEdit.Detectors;
using BrushEdit.Inpainting;
using BrushEdit.Planning;
using BrushEdit.Segmentation;

namespace BrushEdit.Pipeline;

/// <summary>Everything that decides an edit, but for picture, instruction and models. The same for all its rounds.</summary>
public sealed record EditOptions
{
    /// <summary>What is given to the planner beside the instruction; <see cref="PlanRequest.Instruction"/> is the round's own.</summary>
    public PlanRequest Plan { get; init; } = new();

    /// <summary>Which boxes are wanted of the detector.</summary>
    public DetectionOptions Detection { get; init; } = new();

    /// <summary>How the segmenter answers.</summary>
    public SegmentOptions Outline { get; init; } = new();

    /// <summary>Growth and softness of the mask; the canvas is that of the model that fills it.</summary>
    public MaskShapeOptions Shape { get; init; } = new();

    /// <summary>The fill; its caption is the plan's.</summary>
    public InpaintSettings Fill { get; init; } = new();
}
