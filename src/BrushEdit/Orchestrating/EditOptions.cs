using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;
using BrushEdit.Segmenting;

namespace BrushEdit.Orchestrating;

/// <summary>Everything that determines an edit, except for picture, instruction and models. The same for all its rounds.</summary>
public sealed record EditOptions
{
    /// <summary>What the planner receives beside the instruction; instruction and box are set elsewhere.</summary>
    public PlanRequest Plan { get; init; } = new();

    /// <summary>
    /// Where the new object is placed, or where the object to edit is, which is then not searched for. In pixels; null for neither.
    /// </summary>
    public Box? Box { get; init; }

    /// <summary>The margins by which the canvas grows, in a separate round before the others; null for none.</summary>
    public CanvasMargins? Extend { get; init; }

    /// <summary>Which boxes the detector returns.</summary>
    public DetectionOptions Detection { get; init; } = new();

    /// <summary>The segmenter's options.</summary>
    public SegmentOptions Outline { get; init; } = new();

    /// <summary>Growth and softness of the mask; the canvas is that of the model that fills it.</summary>
    public MaskShapeOptions Shape { get; init; } = new();

    /// <summary>The settings of the fill; its caption is the plan's.</summary>
    public InpaintSettings Fill { get; init; } = new();

    /// <summary>Whether the result is verified, and the edit retried if it fails. Several samples are verified and ranked in any case.</summary>
    public bool Verify { get; init; }

    /// <summary>The maximum number of attempts at an edit, from 1.</summary>
    public int MaxAttempts { get; init; } = 3;
}
