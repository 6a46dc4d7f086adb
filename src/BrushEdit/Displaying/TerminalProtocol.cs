namespace BrushEdit.Displaying;

/// <summary>How a picture is drawn in a terminal.</summary>
public enum TerminalProtocol
{
    /// <summary>The best protocol that the terminal is known to support.</summary>
    Auto,

    /// <summary>The graphics protocol of Kitty: the picture's own pixels. Kitty, Ghostty, WezTerm, Konsole.</summary>
    Kitty,

    /// <summary>Sixel graphics: pixels in a palette of 256 colours. Windows Terminal, foot, mlterm, iTerm2, mintty, xterm, tmux.</summary>
    Sixel,

    /// <summary>Half blocks: two coloured pixels per character. Every terminal with colours.</summary>
    HalfBlock,
}
