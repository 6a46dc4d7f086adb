using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Text;
using BrushEdit.Displaying;

namespace BrushEdit.PowerShell;

/// <summary>
/// The terminal behind a host: whether it can be drawn on, how large it is, and what it can draw. Everything goes through the host, so that
/// its rules for redirection and colours hold.
/// </summary>
/// <param name="host">The session's host.</param>
/// <param name="session">The session, for <c>$PSStyle</c>.</param>
internal sealed class TerminalLink(PSHost host, SessionState session)
{
    private const int UsualColumns = 80;
    private const int UsualRows = 24;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    // A process has one terminal, which is asked once.
    private static TerminalTraits? asked;

    /// <summary>
    /// Whether pictures can be drawn: output goes to a terminal, the host passes control sequences on, and the user has
    /// not asked for plain text (<c>$PSStyle.OutputRendering</c>, <c>NO_COLOR</c>).
    /// </summary>
    public bool Draws => host.UI?.SupportsVirtualTerminal == true && !Console.IsOutputRedirected && Rendering != "PlainText"
        && Environment.GetEnvironmentVariable("TERM") != "dumb" && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>Columns and rows.</summary>
    public (int Columns, int Rows) Size
    {
        get
        {
            try
            {
                Size window = host.UI?.RawUI?.WindowSize ?? default;
                return (window.Width > 0 ? window.Width : UsualColumns, window.Height > 0 ? window.Height : UsualRows);
            }
            catch (Exception fault) when (HostFault.Is(fault))
            {
                return (UsualColumns, UsualRows);
            }
        }
    }

    private string? Rendering =>
        session.PSVariable.GetValue("PSStyle") is { } style ? PSObject.AsPSObject(style).Properties["OutputRendering"]?.Value?.ToString() : null;

    /// <summary>The terminal's graphics capabilities, from its environment, or from a query to the terminal if that is inconclusive.</summary>
    /// <param name="wanted">The requested protocol.</param>
    /// <param name="stop">Ends the wait for an answer.</param>
    /// <param name="measured">Whether the size of a character is needed with any protocol.</param>
    public TerminalTraits Traits(TerminalProtocol wanted, CancellationToken stop, bool measured = false)
    {
        TerminalTraits told = TerminalTraits.Of(Environment.GetEnvironmentVariable, OperatingSystem.IsWindows());

        // Half blocks need no answer, and Kitty scales by itself; Sixel needs the size of a character.
        bool open = wanted == TerminalProtocol.Sixel || (wanted == TerminalProtocol.Auto && (measured || !told.Kitty));
        return open && told.Answers && !Console.IsInputRedirected ? asked ??= Ask(told, stop) : told;
    }

    private TerminalTraits Ask(TerminalTraits told, CancellationToken stop)
    {
        StringBuilder answer = new();
        try
        {
            // Input that the user has typed ahead would be mistaken for the answer and lost.
            if (host.UI.RawUI.KeyAvailable)
            {
                return told;
            }

            host.UI.Write(TerminalQuestion.Text);
            for (Stopwatch clock = Stopwatch.StartNew(); clock.Elapsed < LongestWait && !TerminalQuestion.IsWhole(answer.ToString()) && !stop.IsCancellationRequested;)
            {
                if (host.UI.RawUI.KeyAvailable)
                {
                    KeyInfo key = host.UI.RawUI.ReadKey(ReadKeyOptions.NoEcho | ReadKeyOptions.IncludeKeyDown);
                    answer.Append(key.Character);
                }
                else
                {
                    Thread.Sleep(2);
                }
            }

            host.UI.Write(TerminalQuestion.Wipe);
        }
        catch (Exception fault) when (HostFault.Is(fault))
        {
            // A host without a keyboard: only the environment describes the terminal.
        }

        return TerminalQuestion.Read(told, answer.ToString());
    }
}
