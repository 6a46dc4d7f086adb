using System.Reflection;

namespace BrushEdit.Shell;

/// <summary>The entry of <c>brushedit</c>: a console host for scripts where PowerShell itself is not installed.</summary>
internal static class Program
{
    private const string Usage = """
        brushedit runs PowerShell with the BrushEdit module imported.

          brushedit script.ps1 [arguments]     runs a script; -Name value and -Switch reach its parameters
          brushedit -Command 'commands' [...]  runs commands; what follows is joined with spaces
          brushedit -Command -                 runs what comes in on standard input
          brushedit -Version | -Help

        Exit code: what 'exit' says; else 1 where an error was reported, 130 after Ctrl+C, 2 for wrong usage, 0 otherwise.
        Beside the engine's own cmdlets and those of the module there are plain stand-ins for Get-ChildItem, Get-Item, Join-Path,
        New-Item, Resolve-Path, Select-Object, Sort-Object, Test-Path and the Write- commands (Get-Command lists all); a script
        that needs more runs in PowerShell 7.6 after 'Import-Module BrushEdit.psd1'.
        """;

    private static int Main(string[] args)
    {
        // The engine reads it once, when it is first touched; without it, it reports usage over the network.
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
        CommandLine? line = CommandLine.Parse(args, out string? complaint);
        if (line is null)
        {
            Console.Error.WriteLine(complaint);
            Console.Error.WriteLine(Usage);
            return 2;
        }

        if (line.Mode == CommandLineMode.Help)
        {
            Console.Out.WriteLine(Usage);
            return 0;
        }

        if (line.Mode == CommandLineMode.Version)
        {
            Console.Out.WriteLine(typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);
            return 0;
        }

        return ScriptRunner.Run(line);
    }
}
