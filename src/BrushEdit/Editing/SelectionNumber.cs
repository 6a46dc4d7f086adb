namespace BrushEdit.Editing;

/// <summary>How many of the detected objects are meant.</summary>
public enum SelectionNumber
{
    /// <summary>As many as <see cref="Selection.Count"/> says, whichever they are: "a cup", "two of the balls".</summary>
    Some,

    /// <summary>As many as <see cref="Selection.Count"/> says, with the claim that the picture contains no others: "the cup", "both cups".</summary>
    Exactly,

    /// <summary>All: "the cups", "every cup".</summary>
    All,
}
