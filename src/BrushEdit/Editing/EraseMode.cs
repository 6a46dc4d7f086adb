namespace BrushEdit.Editing;

/// <summary>How the hole's attention to itself is suppressed, so that a removed thing does not come back out of its own hole.</summary>
public enum EraseMode
{
    /// <summary>Wholly, in the first half of the steps (Attentive Eraser, arXiv 2412.12974).</summary>
    Full,

    /// <summary>
    /// At every step and every position by how much of the thing is still there, as the attention itself tells: a position that looks at the
    /// hole no more than at what lies next to it is left alone (after AdaEraser, arXiv 2605.15921).
    /// </summary>
    Graded,
}
