namespace BrushEdit.Displaying;

/// <summary>The known capabilities of a terminal.</summary>
public sealed record TerminalTraits
{
    private static readonly string[] KittyPrograms = ["ghostty", "WezTerm"];
    private static readonly string[] SixelPrograms = ["iTerm.app", "mintty", "contour"];
    private static readonly string[] ColorfulPrograms = [.. KittyPrograms, .. SixelPrograms, "vscode", "Hyper", "rio", "WarpTerminal"];
    private static readonly string[] ColorfulNames = ["kitty", "ghostty", "alacritty", "foot", "contour", "direct", "wezterm"];

    /// <summary>Whether it draws Kitty graphics.</summary>
    public bool Kitty { get; init; }

    /// <summary>Whether it draws Sixel graphics.</summary>
    public bool Sixel { get; init; }

    /// <summary>Whether it shows 24-bit colours.</summary>
    public bool TrueColor { get; init; }

    /// <summary>
    /// Whether it may be queried: it ignores an unknown query. False for terminals that would display the query.
    /// </summary>
    public bool Answers { get; init; }

    /// <summary>The width of a character in pixels, for graphics that are measured in pixels.</summary>
    public int CellWidth { get; init; } = 10;

    /// <summary>The height of a character in pixels.</summary>
    public int CellHeight { get; init; } = 20;

    /// <summary>Whether the terminal has told the size of a character; else <see cref="CellWidth"/> and <see cref="CellHeight"/> are a guess.</summary>
    public bool IsMeasured { get; init; }

    /// <summary>The largest Sixel picture it draws, in pixels; null if it names no limit. Larger ones would not be shown at all.</summary>
    public (int Width, int Height)? LargestSixel { get; init; }

    /// <summary>The best protocol.</summary>
    public TerminalProtocol Best => Kitty ? TerminalProtocol.Kitty : Sixel ? TerminalProtocol.Sixel : TerminalProtocol.HalfBlock;

    /// <summary>
    /// The best protocol to redraw in place. Only Sixel leaves open how many lines a picture occupies, so it is not an option if
    /// the size of a character is not known.
    /// </summary>
    public TerminalProtocol BestInPlace => Kitty ? TerminalProtocol.Kitty : Sixel && IsMeasured ? TerminalProtocol.Sixel : TerminalProtocol.HalfBlock;

    /// <summary>Returns what the environment reveals: names that terminals set, and users' settings.</summary>
    /// <param name="variable">An environment variable's value; null if it is not set.</param>
    /// <param name="windows">Whether this is Windows, whose console has 24-bit colours.</param>
    public static TerminalTraits Of(Func<string, string?> variable, bool windows)
    {
        ArgumentNullException.ThrowIfNull(variable);
        string term = variable("TERM") ?? string.Empty;
        string program = variable("TERM_PROGRAM") ?? string.Empty;
        bool IsSet(string name) => !string.IsNullOrEmpty(variable(name));
        bool trueColor = windows || IsSet("WT_SESSION") || variable("COLORTERM") is "truecolor" or "24bit"
            || ColorfulPrograms.Contains(program, StringComparer.OrdinalIgnoreCase) || ColorfulNames.Any(name => term.Contains(name, StringComparison.OrdinalIgnoreCase));

        // In a multiplexer the variables of the terminal around it do not apply: only a query helps. GNU screen does not support graphics.
        if (IsSet("TMUX") || term.StartsWith("tmux", StringComparison.Ordinal))
        {
            return new TerminalTraits { TrueColor = trueColor, Answers = true };
        }

        if (IsSet("STY") || term.StartsWith("screen", StringComparison.Ordinal))
        {
            return new TerminalTraits { TrueColor = variable("COLORTERM") is "truecolor" or "24bit" };
        }

        return new TerminalTraits
        {
            Kitty = IsSet("KITTY_WINDOW_ID") || IsSet("GHOSTTY_RESOURCES_DIR") || term.Contains("kitty", StringComparison.OrdinalIgnoreCase)
                || term.Contains("ghostty", StringComparison.OrdinalIgnoreCase) || KittyPrograms.Contains(program, StringComparer.OrdinalIgnoreCase),
            Sixel = SixelPrograms.Contains(program, StringComparer.OrdinalIgnoreCase) || IsSet("KONSOLE_VERSION")
                || term.StartsWith("foot", StringComparison.Ordinal) || term.StartsWith("mlterm", StringComparison.Ordinal) || term.Contains("sixel", StringComparison.OrdinalIgnoreCase),
            TrueColor = trueColor,
            Answers = program != "Apple_Terminal" && term is not ("linux" or "dumb") && (term.Length > 0 || IsSet("WT_SESSION")),
        };
    }
}
