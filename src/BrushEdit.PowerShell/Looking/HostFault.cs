using System.Management.Automation.Host;

namespace BrushEdit.PowerShell;

/// <summary>Recognises what a host throws when it lacks a window, a cursor or a keyboard.</summary>
internal static class HostFault
{
    /// <summary>Whether an exception means that the host lacks the requested feature.</summary>
    /// <param name="fault">The exception.</param>
    public static bool Is(Exception fault) =>
        fault is HostException or NotImplementedException or NotSupportedException or InvalidOperationException or IOException;
}
