#!/usr/bin/env dotnet
// Runs a task of build.ps1 in the PowerShell that .config/dotnet-tools.json pins, so that the .NET SDK is all a machine needs:
//
//     dotnet run build.cs Demo
//     dotnet run build.cs Test
//
// In PowerShell 7.6 or later ./build.ps1 -Task Demo does the same. What follows the task is handed on.
#:property PublishAot=false

using System.Diagnostics;

// The task hears Ctrl+C itself; this program waits for it to end in order.
Console.CancelKeyPress += (_, e) => e.Cancel = true;

// PowerShell tells of its use over the network unless it is asked not to, before it starts.
Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");

string root = (string)AppContext.GetData("EntryPointFileDirectoryPath")!;
string[] task = args.Length > 0 ? ["-Task", .. args] : [];
int code = Run("tool", "restore");
return code != 0 ? code : Run(["pwsh", "-NoLogo", "-NoProfile", "-ExecutionPolicy", "Bypass", "-File", "build.ps1", .. task]);

// Runs dotnet in the repository's root, on this console, and gives its exit code.
int Run(params string[] arguments)
{
    using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = root })!;
    process.WaitForExit();
    return process.ExitCode;
}
