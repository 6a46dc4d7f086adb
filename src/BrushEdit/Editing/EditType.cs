namespace BrushEdit.Editing;

/// <summary>The five types of edit; each shapes its mask in its own way.</summary>
public enum EditType
{
    /// <summary>Something new is added to the picture; the mask is the box where it is placed.</summary>
    Addition,

    /// <summary>An object is removed from the picture; the mask is its outline, grown.</summary>
    Remove,

    /// <summary>An object is changed or replaced in place; the mask is its outline.</summary>
    Local,

    /// <summary>The whole picture changes (time of day, season, style); the mask covers everything.</summary>
    Global,

    /// <summary>What is behind the foreground is replaced; the mask is the foreground's outline, inverted.</summary>
    Background,
}
