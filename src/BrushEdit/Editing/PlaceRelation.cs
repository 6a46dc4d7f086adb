namespace BrushEdit.Editing;

/// <summary>Where an object is or is placed: in relation to an anchor, or to the whole picture.</summary>
public enum PlaceRelation
{
    /// <summary>Not specified.</summary>
    None,

    /// <summary>On the anchor.</summary>
    On,

    /// <summary>In the anchor.</summary>
    In,

    /// <summary>Above the anchor.</summary>
    Above,

    /// <summary>Below the anchor.</summary>
    Below,

    /// <summary>To the left of the anchor.</summary>
    LeftOf,

    /// <summary>To the right of the anchor.</summary>
    RightOf,

    /// <summary>Beside the anchor, on the side with more room.</summary>
    NextTo,

    /// <summary>Behind the anchor.</summary>
    Behind,

    /// <summary>In front of the anchor.</summary>
    InFrontOf,

    /// <summary>Between two anchors.</summary>
    Between,

    /// <summary>All around the anchor.</summary>
    Around,

    /// <summary>Has, holds or wears the anchor; only for objects in the picture, never for a new one.</summary>
    With,

    /// <summary>The picture's left.</summary>
    Left,

    /// <summary>The picture's right.</summary>
    Right,

    /// <summary>The picture's middle.</summary>
    Middle,

    /// <summary>The picture's top.</summary>
    Top,

    /// <summary>The picture's bottom.</summary>
    Bottom,

    /// <summary>The picture's top left corner.</summary>
    TopLeft,

    /// <summary>The picture's top right corner.</summary>
    TopRight,

    /// <summary>The picture's bottom left corner.</summary>
    BottomLeft,

    /// <summary>The picture's bottom right corner.</summary>
    BottomRight,

    /// <summary>Far away in the picture.</summary>
    Background,

    /// <summary>Near in the picture.</summary>
    Foreground,
}
