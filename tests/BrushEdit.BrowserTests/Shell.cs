using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace BrushEdit.BrowserTests;

/// <summary>A PowerShell of its own that runs commands with the module imported.</summary>
internal sealed partial class Shell : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder written = new();
    private readonly TaskCompletionSource<string> address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Shell(string folder, string commands)
    {
        // A background job is started with Ctrl+C's signal ignored, and would hand that on.
        ProcessStartInfo start = new(OperatingSystem.IsLinux() ? "env" : "dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = TestSetup.Root };
        string script = Path.Combine(folder, "commands.ps1");
        File.WriteAllText(script, $"$ErrorActionPreference = 'Continue'\nImport-Module '{Path.Combine(TestSetup.Root, "BrushEdit.psd1")}'\nSet-Location '{folder}'\n{commands}");
        foreach (string argument in (string[])[.. OperatingSystem.IsLinux() ? (string[])["--default-signal=INT", "dotnet"] : [], "pwsh", "-NoLogo", "-NoProfile", "-File", script])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["NO_COLOR"] = "1";
        start.Environment.Remove("SSH_CONNECTION");
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The page's address, as it is written.</summary>
    /// <exception cref="InvalidOperationException">The commands have ended, or take too long; says what they wrote.</exception>
    public async Task<string> Address()
    {
        Task first = await Task.WhenAny(address.Task, process.WaitForExitAsync(), Task.Delay(TimeSpan.FromMinutes(1)));
        return first == address.Task ? await address.Task : throw new InvalidOperationException($"No address was written: {Written}");
    }

    /// <summary>What was written so far.</summary>
    public string Written
    {
        get
        {
            lock (written)
            {
                return written.ToString();
            }
        }
    }

    /// <summary>Waits for its end.</summary>
    public async Task<string> End()
    {
        using CancellationTokenSource time = new(TimeSpan.FromMinutes(3));
        await process.WaitForExitAsync(time.Token);
        return Written;
    }

    /// <summary>What Ctrl+C sends, to PowerShell's own process.</summary>
    public void Interrupt()
    {
        int pid = int.Parse(PidLine().Match(Written).Groups[1].Value);
        Assert.Equal(0, Kill(pid, 2));
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+/\S+")]
    private static partial Regex AddressLine();

    [GeneratedRegex(@"^pid (\d+)", RegexOptions.Multiline)]
    private static partial Regex PidLine();

    private void Hear(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (written)
        {
            written.AppendLine(line);
        }

        if (AddressLine().Match(line) is { Success: true } found)
        {
            address.TrySetResult(found.Value);
        }
    }
}
