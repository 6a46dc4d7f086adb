namespace BrushEdit.Editing;

/// <summary>How the hole's attention to itself is suppressed, so that a removed object does not reappear in its own hole.</summary>
public enum EraseMode
{
    /// <summary>Complete suppression, in the first half of the steps (Attentive Eraser, arXiv 2412.12974).</summary>
    Full,

    /// <summary>
    /// Suppression at every step, graded for each position by how much of the object remains there according to the attention itself: a position that
    /// attends to the hole no more than to its surroundings is not suppressed (after AdaEraser, arXiv 2605.15921).
    /// </summary>
    Graded,
}
