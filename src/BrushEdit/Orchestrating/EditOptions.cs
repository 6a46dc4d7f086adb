using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;
using BrushEdit.Segmenting;

namespace BrushEdit.Orchestrating;

/// <summary>Everything that decides an edit, except for picture, instruction and models. The same for all its rounds.</summary>
public sealed record EditOptions
{
    /// <summary>What is given to the planner beside the instruction; instruction and box come from elsewhere.</summary>
    public PlanRequest Plan { get; init; } = new();

    /// <summary>
    /// Where the new thing goes, or where the thing to be edited is: it is then not searched for. In pixels; null for neither.
    /// </summary>
    public Box? Box { get; init; }

    /// <summary>By how much the canvas grows, in a round of its own before the others; null for not at all.</summary>
    public CanvasMargins? Extend { get; init; }

    /// <summary>Which boxes are wanted of the detector.</summary>
    public DetectionOptions Detection { get; init; } = new();

    /// <summary>How the segmenter answers.</summary>
    public SegmentOptions Outline { get; init; } = new();

    /// <summary>Growth and softness of the mask; the canvas is that of the model that fills it.</summary>
    public MaskShapeOptions Shape { get; init; } = new();

    /// <summary>The fill; its caption is the plan's.</summary>
    public InpaintSettings Fill { get; init; } = new();

    /// <summary>Whether the result is judged, and tried again where it fails. Several samples are judged in any case, and ranked.</summary>
    public bool Verify { get; init; }

    /// <summary>How often an edit is tried at most, from 1.</summary>
    public int MaxAttempts { get; init; } = 3;
}
