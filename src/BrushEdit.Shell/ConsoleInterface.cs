using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Internal;
using System.Security;

namespace BrushEdit.Shell;

/// <summary>
/// Output to standard output; errors, warnings, verbose and debug lines to standard error; progress on the terminal behind
/// standard error. Questions are asked where there is somebody to answer, and are errors otherwise.
/// </summary>
internal sealed class ConsoleInterface : PSHostUserInterface
{
    private const string Red = "\u001b[31m";
    private const string Yellow = "\u001b[33m";
    private const string Grey = "\u001b[90m";
    private const string Plain = "\u001b[0m";

    private readonly Lock gate = new();
    private readonly TextWriter output = Console.Out;
    private readonly TextWriter errors = Console.Error;
    private readonly bool coloured = UsesColour(Console.IsErrorRedirected);
    private readonly ProgressLine progress = new(Console.Error, !Console.IsErrorRedirected && !Console.IsOutputRedirected && IsTerminal);

    /// <inheritdoc />
    public override PSHostRawUserInterface RawUI { get; } = new RawConsole();

    /// <inheritdoc />
    public override bool SupportsVirtualTerminal { get; } = UsesColour(Console.IsOutputRedirected);

    private static bool IsTerminal => Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>Takes the progress line off the screen.</summary>
    public void EndProgress()
    {
        lock (gate)
        {
            progress.Wipe();
        }
    }

    /// <inheritdoc />
    public override void Write(string value) => Put(output, Styled(value));

    /// <inheritdoc />
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Put(output, Styled(value));

    /// <inheritdoc />
    public override void WriteLine(string value) => Put(output, Styled(value) + Environment.NewLine);

    /// <inheritdoc />
    public override void WriteErrorLine(string value) => PutLine(Red, value);

    /// <inheritdoc />
    public override void WriteWarningLine(string message) => PutLine(Yellow, "WARNING: " + message);

    /// <inheritdoc />
    public override void WriteVerboseLine(string message) => PutLine(Grey, "VERBOSE: " + message);

    /// <inheritdoc />
    public override void WriteDebugLine(string message) => PutLine(Grey, "DEBUG: " + message);

    /// <inheritdoc />
    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        lock (gate)
        {
            progress.Show(record);
        }
    }

    /// <inheritdoc />
    public override string ReadLine()
    {
        RequirePerson("input");
        return Console.ReadLine() ?? string.Empty;
    }

    /// <inheritdoc />
    public override SecureString ReadLineAsSecureString()
    {
        RequirePerson("a secret");
        SecureString secret = new();
        for (ConsoleKeyInfo key = Console.ReadKey(true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(true))
        {
            if (key.Key == ConsoleKey.Backspace && secret.Length > 0)
            {
                secret.RemoveAt(secret.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                secret.AppendChar(key.KeyChar);
            }
        }

        errors.WriteLine();
        return secret;
    }

    /// <inheritdoc />
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
    {
        // Mandatory parameters left out: asking for them one by one would hang a script, so it is said what is missing.
        string names = string.Join(", ", descriptions.Select(d => "-" + d.Name));
        throw new HostException($"A value is missing for {names}.");
    }

    /// <inheritdoc />
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        RequirePerson("an answer");
        string[] keys = choices.Select(c => Key(c.Label)).ToArray();
        while (true)
        {
            errors.WriteLine(caption);
            errors.WriteLine(message);
            errors.Write(string.Join("  ", choices.Select((c, i) => $"[{keys[i]}] {c.Label.Replace("&", string.Empty, StringComparison.Ordinal)}")) + ": ");
            string? answer = Console.ReadLine()?.Trim();
            int chosen = string.IsNullOrEmpty(answer)
                ? defaultChoice
                : Array.FindIndex(keys, k => k.Equals(answer, StringComparison.OrdinalIgnoreCase));
            if (chosen >= 0)
            {
                return chosen;
            }
        }
    }

    /// <inheritdoc />
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        throw new NotSupportedException("This host does not ask for credentials.");

    /// <inheritdoc />
    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        throw new NotSupportedException("This host does not ask for credentials.");

    private static string Key(string label)
    {
        int mark = label.IndexOf('&', StringComparison.Ordinal);
        return mark >= 0 && mark + 1 < label.Length ? label.Substring(mark + 1, 1).ToUpper(CultureInfo.InvariantCulture) : label;
    }

    private static bool UsesColour(bool redirected) =>
        !redirected && IsTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    private static void RequirePerson(string what)
    {
        if (Console.IsInputRedirected)
        {
            throw new HostException($"The script asks for {what}, and there is nobody to give it: standard input is no terminal.");
        }
    }

    // Formatting decorates headings whatever the host; taking that off is the host's part.
    private string Styled(string value) => SupportsVirtualTerminal ? value : new StringDecorated(value).ToString(OutputRendering.PlainText);

    private void PutLine(string colour, string text) => Put(errors, (coloured ? colour + text + Plain : text) + Environment.NewLine);

    private void Put(TextWriter writer, string text)
    {
        lock (gate)
        {
            progress.Wipe();
            writer.Write(text);
            writer.Flush();
        }
    }
}
