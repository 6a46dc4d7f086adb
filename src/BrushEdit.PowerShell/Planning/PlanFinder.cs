using BrushEdit.Detectors;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Models;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Weights;

namespace BrushEdit.PowerShell;

/// <summary>How <c>Get-EditPlan</c> finds the anchor of an addition and an unnamed foreground: with the detector of <c>Find-Object</c>.</summary>
internal static class PlanFinder
{
    /// <summary>
    /// A function that finds things in a picture by their words; null where there is no detector: an addition then gets a usual place,
    /// with a note that says so.
    /// </summary>
    /// <param name="picture">The picture.</param>
    /// <param name="paths">For paths relative to the current location.</param>
    /// <param name="cancellation">Ends the search before it begins.</param>
    public static Func<string, IReadOnlyList<Detection>>? For(Picture picture, PathResolver paths, CancellationToken cancellation)
    {
        ModelFiles files;
        try
        {
            files = StageModel.Find(null, StageModel.DetectorVariable, ModelKind.GroundingDino, "IDEA-Research/grounding-dino-tiny", paths);
        }
        catch (EditException missing) when (missing.Kind == EditFault.ModelNotFound)
        {
            return null;
        }

        return words =>
        {
            cancellation.ThrowIfCancellationRequested();
            ComputeDevice where = ComputeDevice.Choose();
            LoadedModel description = new(files.Path, "detector", where) { Sources = [(files, ModelPart.Network)] };
            return EditSession.Models.Lend(
                description,
                () => ObjectDetector.Load(files, where.Device, where.Type),
                detector => detector.Find(picture, [words]).Detections);
        };
    }
}
