#!/usr/bin/env dotnet
// Runs a task of build.ps1 in the PowerShell version pinned in .config/dotnet-tools.json, so that only the .NET SDK must be installed:
//
//     dotnet run build.cs Demo
//     dotnet run build.cs Test
//
// In PowerShell 7.6 or later, ./build.ps1 -Task Demo does the same. Further arguments are passed on to build.ps1.
#:property PublishAot=false

using System.Diagnostics;

// The task receives Ctrl+C itself; this program waits for it to end.
Console.CancelKeyPress += (_, e) => e.Cancel = true;

// PowerShell sends telemetry unless this variable is set before it starts.
Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");

string root = (string)AppContext.GetData("EntryPointFileDirectoryPath")!;
string[] task = args.Length > 0 ? ["-Task", .. args] : [];
int code = Run("tool", "restore");
return code != 0 ? code : Run(["pwsh", "-NoLogo", "-NoProfile", "-ExecutionPolicy", "Bypass", "-File", "build.ps1", .. task]);

// Runs dotnet in the repository's root, on this console, and returns its exit code.
int Run(params string[] arguments)
{
    using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = root })!;
    process.WaitForExit();
    return process.ExitCode;
}
