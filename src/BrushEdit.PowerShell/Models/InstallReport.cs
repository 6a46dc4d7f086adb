using System.Management.Automation;
using BrushEdit.Installing;

namespace BrushEdit.PowerShell;

/// <summary>An installation's progress as PowerShell shows it.</summary>
internal static class InstallReport
{
    private const int ActivityId = 41;

    /// <summary>The record of a state.</summary>
    /// <param name="at">The state.</param>
    public static ProgressRecord Show(InstallProgress at)
    {
        string status = at.Stage switch
        {
            InstallStage.Asking => "asking the hub",
            InstallStage.Checking => $"checking {at.File}",
            InstallStage.Unpacking => $"unpacking {at.File}",
            _ => $"{ByteText.Of(at.Done)} of {ByteText.Of(at.Total)}",
        };
        ProgressRecord record = new(ActivityId, $"Installing {at.Model}", status)
        {
            PercentComplete = at.Total > 0 ? (int)Math.Min(100, 100 * at.Done / at.Total) : -1,
        };
        if (at.Stage == InstallStage.Downloading)
        {
            string speed = at.BytesPerSecond > 0 ? $", {ByteText.Of((long)at.BytesPerSecond)}/s" : "";
            record.CurrentOperation = $"{at.File} (file {at.Number} of {at.Count}{speed})";
            record.SecondsRemaining = at.BytesPerSecond > 0 ? (int)Math.Min(int.MaxValue, (at.Total - at.Done) / at.BytesPerSecond) : -1;
        }

        return record;
    }
}
