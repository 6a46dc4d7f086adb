using System.Globalization;
using System.Management.Automation.Host;
using System.Reflection;

namespace BrushEdit.Shell;

/// <summary>What the engine asks of the program it runs in.</summary>
/// <param name="console">Where it writes.</param>
internal sealed class ConsoleHost(ConsoleInterface console) : PSHost
{
    /// <summary>The code given to <c>exit</c>; null where a script ended by itself.</summary>
    public int? ExitCode { get; private set; }

    /// <inheritdoc />
    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    /// <inheritdoc />
    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    /// <inheritdoc />
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc />
    public override string Name => "BrushEdit";

    /// <inheritdoc />
    public override PSHostUserInterface UI => console;

    /// <inheritdoc />
    public override Version Version { get; } = Assembly.GetExecutingAssembly().GetName().Version!;

    /// <inheritdoc />
    public override void EnterNestedPrompt() => throw new NotSupportedException("This host runs scripts; it has no prompt.");

    /// <inheritdoc />
    public override void ExitNestedPrompt() => throw new NotSupportedException("This host runs scripts; it has no prompt.");

    /// <inheritdoc />
    public override void NotifyBeginApplication() => console.EndProgress();

    /// <inheritdoc />
    public override void NotifyEndApplication()
    {
        // Nothing was changed for the program that ran.
    }

    /// <inheritdoc />
    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;
}
