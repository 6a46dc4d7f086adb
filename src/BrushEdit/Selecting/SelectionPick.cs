using BrushEdit.Editing;

namespace BrushEdit.Selecting;

/// <summary>The detections that a selection selects.</summary>
/// <param name="Chosen">The selected detections; most certain first, or in the requested order.</param>
/// <param name="Others">The other detections.</param>
/// <param name="Warnings">Warnings for the user: too few objects, others as likely, a part of the selection that could not be applied.</param>
public sealed record SelectionPick(IReadOnlyList<Detection> Chosen, IReadOnlyList<Detection> Others, IReadOnlyList<string> Warnings);
