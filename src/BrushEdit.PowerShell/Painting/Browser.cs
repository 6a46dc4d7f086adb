using System.ComponentModel;
using System.Diagnostics;

namespace BrushEdit.PowerShell;

/// <summary>Opens the user's browser, or says how to reach a page without one.</summary>
internal static class Browser
{
    /// <summary>Opens an address in the default browser.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Null if it was opened; otherwise why not.</returns>
    public static string? Open(string address)
    {
        if (Absence() is { } absence)
        {
            return absence;
        }

        try
        {
            ProcessStartInfo start = OperatingSystem.IsWindows()
                ? new ProcessStartInfo(address) { UseShellExecute = true }
                : new ProcessStartInfo(OperatingSystem.IsMacOS() ? "open" : "xdg-open", [address]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process? process = Process.Start(start);
            return null;
        }
        catch (Exception fault) when (fault is Win32Exception or InvalidOperationException or FileNotFoundException)
        {
            return $"no browser could be opened ({fault.Message})";
        }
    }

    /// <summary>What the user is to do with an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="port">Its port.</param>
    public static string Directions(string address, int port)
    {
        string? connection = Environment.GetEnvironmentVariable("SSH_CONNECTION");
        return connection is { Length: > 0 }
            ? $"Forward the port from your machine (ssh -L {port}:127.0.0.1:{port} {Server(connection)}), and open this address there: {address}"
            : $"Open this address in a browser on this machine: {address}";
    }

    // Over SSH the browser would open on the remote machine.
    private static string? Absence() =>
        Environment.GetEnvironmentVariable("SSH_CONNECTION") is { Length: > 0 } ? "this session came over SSH"
        : OperatingSystem.IsLinux() && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("DISPLAY")) && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("WAYLAND_DISPLAY"))
            ? "there is no display"
            : null;

    // Client's address and port, then the server's.
    private static string Server(string connection) => connection.Split(' ') is [_, _, var server, ..] ? $"{Environment.UserName}@{server}" : Environment.MachineName;
}
