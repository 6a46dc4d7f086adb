using System.Diagnostics;

namespace BrushEdit.PowerShell.Tests;

/// <summary>Runs the built console host as a user does, in a process of its own.</summary>
internal static class Shell
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Runs <c>brushedit</c> and waits for its end.</summary>
    /// <param name="arguments">Its arguments.</param>
    public static ShellResult Run(params string[] arguments) => Run(null, arguments);

    /// <summary>Runs <c>brushedit</c> with something on standard input.</summary>
    /// <param name="input">What comes in; null for nothing.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ShellResult Run(string? input, string[] arguments)
    {
        using Process process = Start(arguments);
        if (input is not null)
        {
            process.StandardInput.Write(input);
        }

        process.StandardInput.Close();
        return End(process);
    }

    /// <summary>Starts <c>brushedit</c> with its streams redirected.</summary>
    /// <param name="arguments">Its arguments.</param>
    public static Process Start(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Checkout.ShellProgram, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // As in BundleSession: the networks of the tests are too small for helper threads.
        start.Environment["OMP_NUM_THREADS"] = "1";
        return Process.Start(start)!;
    }

    /// <summary>Waits for the end of a process and collects what it wrote.</summary>
    /// <param name="process">Started by <see cref="Start"/>.</param>
    public static ShellResult End(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill();
            Assert.Fail("brushedit did not end.");
        }

        return new ShellResult(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }
}

/// <summary>How a run of the host ended.</summary>
/// <param name="Code">Exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Errors">Standard error.</param>
internal sealed record ShellResult(int Code, string Output, string Errors)
{
    /// <summary>The lines of standard output, without empty ones.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
