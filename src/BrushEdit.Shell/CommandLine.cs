namespace BrushEdit.Shell;

/// <summary>What the host was asked for.</summary>
internal enum CommandLineMode
{
    /// <summary>Run a script file.</summary>
    Script,

    /// <summary>Run commands given as text.</summary>
    Command,

    /// <summary>Print the usage.</summary>
    Help,

    /// <summary>Print the version.</summary>
    Version,
}

/// <summary>The program's arguments, understood.</summary>
/// <param name="Mode">What to do.</param>
/// <param name="Text">The script's path, or the commands; <c>-</c> for standard input.</param>
/// <param name="Arguments">The script's arguments, as typed.</param>
internal sealed record CommandLine(CommandLineMode Mode, string Text, IReadOnlyList<string> Arguments)
{
    /// <summary>Understands the arguments.</summary>
    /// <param name="args">As the program got them.</param>
    /// <param name="complaint">What is wrong, where null is returned.</param>
    public static CommandLine? Parse(string[] args, out string? complaint)
    {
        complaint = null;
        if (args.Length == 0)
        {
            complaint = "brushedit: give a script, or -Command and what to run.";
            return null;
        }

        string first = args[0];
        if (!first.StartsWith('-'))
        {
            return new CommandLine(CommandLineMode.Script, first, args[1..]);
        }

        switch (first.TrimStart('-').ToLowerInvariant())
        {
            case "file" or "f" when args.Length > 1:
                return new CommandLine(CommandLineMode.Script, args[1], args[2..]);
            case "command" or "c" when args.Length > 1:
                return new CommandLine(CommandLineMode.Command, string.Join(' ', args[1..]), []);
            case "file" or "f" or "command" or "c":
                complaint = $"brushedit: {first} needs something to run.";
                return null;
            case "help" or "h" or "?":
                return new CommandLine(CommandLineMode.Help, string.Empty, []);
            case "version" or "v":
                return new CommandLine(CommandLineMode.Version, string.Empty, []);
            default:
                complaint = $"brushedit: there is no option '{first}'.";
                return null;
        }
    }
}
