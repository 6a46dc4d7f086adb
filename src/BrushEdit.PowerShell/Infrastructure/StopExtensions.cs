using System.Management.Automation;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>Stopping between two items.</summary>
internal static class StopExtensions
{
    /// <summary>Ends the pipeline if the user has stopped it.</summary>
    /// <param name="token">The cmdlet's token.</param>
    /// <exception cref="PipelineStoppedException">It was stopped.</exception>
    public static void ThrowIfStopped(this CancellationToken token)
    {
        if (token.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }
}
