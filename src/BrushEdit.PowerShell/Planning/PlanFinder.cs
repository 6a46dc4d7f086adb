using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell;

/// <summary>How <c>Get-EditPlan</c> finds the anchor of an addition and an unnamed foreground.</summary>
internal static class PlanFinder
{
    /// <summary>
    /// Finds things in a picture by their words; called on the compute thread. Null where there is no detector: an addition then
    /// gets a usual place, with a note that says so.
    /// </summary>
    public static Func<Picture, string, CancellationToken, IReadOnlyList<Detection>>? Find { get; set; }
}
