using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace BrushEdit.PowerShell.Tests;

/// <summary>An engine of its own with the module imported, shared by the tests of a class.</summary>
public sealed class ModuleSession : IDisposable
{
    // The engine's drives are lost to one of two runspaces that are opened at the same moment.
    private static readonly Lock Opening = new();

    private readonly Runspace runspace;

    public ModuleSession()
    {
        lock (Opening)
        {
            runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
            runspace.Open();
            Run($"Import-Module '{Checkout.Manifest}'").ThrowOnError();
        }
    }

    /// <summary>The engine's runspace, for tests that stop what they run.</summary>
    public Runspace Runspace => runspace;

    /// <summary>A fresh folder for a test's files; deleted with the session.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("brushedit-test-").FullName;

    /// <summary>Sets the opt-out before the engine is first touched.</summary>
    [ModuleInitializer]
    internal static void OptOut() => Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");

    /// <summary>Runs a script in the session and collects what it gives.</summary>
    /// <param name="script">Its text.</param>
    /// <param name="variables">Variables it finds set.</param>
    public ScriptResult Run(string script, params (string Name, object? Value)[] variables)
    {
        foreach ((string name, object? value) in variables)
        {
            runspace.SessionStateProxy.SetVariable(name, value);
        }

        using System.Management.Automation.PowerShell shell = System.Management.Automation.PowerShell.Create(runspace);
        shell.AddScript(script);
        IReadOnlyList<PSObject> output = [];
        RuntimeException? thrown = null;
        try
        {
            output = [.. shell.Invoke()];
        }
        catch (RuntimeException fault)
        {
            thrown = fault;
        }

        return new ScriptResult(
            output,
            [.. shell.Streams.Error, .. thrown is null ? Array.Empty<ErrorRecord>() : [thrown.ErrorRecord]],
            [.. shell.Streams.Warning.Select(w => w.Message)],
            [.. shell.Streams.Verbose.Select(v => v.Message)],
            [.. shell.Streams.Progress],
            thrown);
    }

    public void Dispose()
    {
        runspace.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>What a script gave.</summary>
/// <param name="Output">Objects, in order.</param>
/// <param name="Errors">Error records, the one that ended the script last.</param>
/// <param name="Warnings">Warnings.</param>
/// <param name="Verbose">Verbose lines.</param>
/// <param name="Progress">Progress records.</param>
/// <param name="Thrown">What ended the script; null where it ran to its end.</param>
public sealed record ScriptResult(
    IReadOnlyList<PSObject> Output,
    IReadOnlyList<ErrorRecord> Errors,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Verbose,
    IReadOnlyList<ProgressRecord> Progress,
    RuntimeException? Thrown)
{
    /// <summary>The only object there is; fails where there are none, more, or errors.</summary>
    public PSObject Single() => Assert.Single(ThrowOnError().Output);

    /// <summary>The only error there is.</summary>
    public ErrorRecord SingleError() => Assert.Single(Errors);

    /// <summary>Fails the test where the script reported an error.</summary>
    public ScriptResult ThrowOnError()
    {
        Assert.True(Errors.Count == 0, string.Join(Environment.NewLine, Errors.Select(e => $"{e.FullyQualifiedErrorId}: {e}")));
        return this;
    }
}
