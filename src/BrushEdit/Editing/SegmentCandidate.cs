using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>A candidate mask.</summary>
/// <param name="Mask">White on the thing, of the picture's size.</param>
/// <param name="PredictedIoU">How well the network thinks the mask fits, about 0 to 1; of a union, the lowest.</param>
/// <param name="Thing">Which thing: the box's place in the prompt, counted from 0; 0 for a union.</param>
/// <param name="Candidate">Which of the thing's candidates, best first, counted from 0.</param>
public sealed record SegmentCandidate(Mask Mask, double PredictedIoU, int Thing, int Candidate);
