using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>A candidate mask.</summary>
/// <param name="Mask">White on the object, of the picture's size.</param>
/// <param name="PredictedIoU">The network's estimate of how well the mask fits, about 0 to 1; for a union, the lowest.</param>
/// <param name="Thing">The object: the box's index in the prompt, counted from 0; 0 for a union.</param>
/// <param name="Candidate">The index among the object's candidates, best first, counted from 0.</param>
public sealed record SegmentCandidate(Mask Mask, double PredictedIoU, int Thing, int Candidate);
