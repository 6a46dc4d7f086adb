using BrushEdit.Editing;

namespace BrushEdit.Selecting;

/// <summary>The detections that a selection selects.</summary>
/// <param name="Chosen">What is meant; most certain first, or in the order that was said.</param>
/// <param name="Others">What was found beside it.</param>
/// <param name="Warnings">What a user should know: too few, others as likely, a part of the selection that could not be followed.</param>
public sealed record SelectionPick(IReadOnlyList<Detection> Chosen, IReadOnlyList<Detection> Others, IReadOnlyList<string> Warnings);
