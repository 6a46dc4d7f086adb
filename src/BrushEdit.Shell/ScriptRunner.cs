using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

namespace BrushEdit.Shell;

/// <summary>Opens the engine with the module imported, runs one script or command, and gives the exit code.</summary>
internal static class ScriptRunner
{
    private const int Failed = 1;
    private const int Interrupted = 130;

    /// <summary>Runs what the command line asks for.</summary>
    /// <param name="line">A script or commands.</param>
    /// <returns>The program's exit code.</returns>
    public static int Run(CommandLine line)
    {
        ConsoleInterface console = new();
        ConsoleHost host = new(console);
        if (ModuleFinder.Find() is not { } module)
        {
            console.WriteErrorLine("brushedit: BrushEdit.psd1 is neither beside this program nor in a folder above it.");
            return Failed;
        }

        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            // The engine's own default where no policy is configured would refuse the very script it was asked to run.
            state.ExecutionPolicy = ExecutionPolicy.RemoteSigned;
        }

        using Runspace runspace = RunspaceFactory.CreateRunspace(host, state);
        runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
        runspace.Open();
        Runspace.DefaultRunspace = runspace;
        StandIns.Define(runspace);
        using PowerShell shell = PowerShell.Create(runspace);
        if (!Import(runspace, module, console) || !Prepare(shell, line, console))
        {
            return Failed;
        }

        bool stopped = false;
        void Stop(object? sender, ConsoleCancelEventArgs e)
        {
            // The first press stops the pipeline in order; a second one ends the process.
            e.Cancel = !stopped;
            stopped = true;
            shell.BeginStop(null, null);
        }

        Console.CancelKeyPress += Stop;
        try
        {
            bool failed = Invoke(shell, console);
            return stopped ? Interrupted : host.ExitCode ?? (failed ? Failed : 0);
        }
        finally
        {
            Console.CancelKeyPress -= Stop;
            console.EndProgress();
        }
    }

    private static bool Import(Runspace runspace, string module, ConsoleInterface console)
    {
        using PowerShell shell = PowerShell.Create(runspace);
        shell.AddCommand("Import-Module").AddParameter("Name", module);
        return !Invoke(shell, console);
    }

    private static bool Prepare(PowerShell shell, CommandLine line, ConsoleInterface console)
    {
        if (line.Mode == CommandLineMode.Command)
        {
            shell.AddScript(line.Text == "-" ? Console.In.ReadToEnd() : line.Text);
        }
        else if (!AddScriptFile(shell, line, console))
        {
            return false;
        }

        shell.AddCommand("Out-Default");
        return true;
    }

    // The script becomes a function that knows its file, so that $PSScriptRoot and positions in errors are right and that
    // 'exit' in it reaches the host.
    private static bool AddScriptFile(PowerShell shell, CommandLine line, ConsoleInterface console)
    {
        string path = Path.GetFullPath(line.Text);
        if (!File.Exists(path))
        {
            console.WriteErrorLine($"brushedit: there is no script '{line.Text}'.");
            return false;
        }

        ScriptBlockAst script = Parser.ParseFile(path, out _, out ParseError[] errors);
        foreach (ParseError error in errors)
        {
            console.WriteErrorLine($"{path}:{error.Extent.StartLineNumber}:{error.Extent.StartColumnNumber}: {error.Message}");
        }

        if (errors.Length > 0)
        {
            return false;
        }

        if (script.ScriptRequirements?.RequiredPSVersion is { } version && version > shell.Runspace.Version)
        {
            console.WriteErrorLine($"{path}: the script requires PowerShell {version}; this engine is {shell.Runspace.Version}.");
            return false;
        }

        string name = Path.GetFileName(path);
        shell.Runspace.SessionStateProxy.InvokeProvider.Item.Set("function:" + WildcardPattern.Escape(name), script.GetScriptBlock());
        shell.AddCommand(name);
        foreach (CommandParameter argument in ScriptArguments.Parse(line.Arguments))
        {
            shell.Commands.Commands[^1].Parameters.Add(argument);
        }

        return true;
    }

    private static bool Invoke(PowerShell shell, ConsoleInterface console)
    {
        bool failed = false;
        shell.Streams.Error.DataAdded += (_, e) =>
        {
            failed = true;
            console.WriteErrorLine(ErrorText.Of(shell.Streams.Error[e.Index]));
        };
        try
        {
            shell.Invoke();
        }
        catch (PipelineStoppedException)
        {
            return true;
        }
        catch (RuntimeException fault)
        {
            console.WriteErrorLine(ErrorText.Of(fault.ErrorRecord));
            return true;
        }

        return failed;
    }
}
