namespace BrushEdit.Editing;

/// <summary>The five types of edit; each shapes its mask in its own way.</summary>
public enum EditType
{
    /// <summary>Something new comes into the picture; the mask is the box where it goes.</summary>
    Addition,

    /// <summary>Something leaves the picture; the mask is its outline, grown.</summary>
    Remove,

    /// <summary>Something is changed or replaced where it stands; the mask is its outline.</summary>
    Local,

    /// <summary>The whole picture changes (time of day, season, style); the mask is everything.</summary>
    Global,

    /// <summary>What is behind the foreground is exchanged; the mask is the foreground's outline, inverted.</summary>
    Background,
}
