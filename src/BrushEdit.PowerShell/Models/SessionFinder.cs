using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>The detector that a user has chosen, borrowed from the session for each picture.</summary>
/// <param name="model">As typed; null for the usual one.</param>
/// <param name="host">Lends it.</param>
/// <param name="paths">For paths relative to the current location.</param>
/// <param name="parameter">The cmdlet's parameter that names it.</param>
internal sealed class SessionFinder(string? model, ModelHost host, PathResolver paths, string parameter = "Model") : SessionModel, IObjectFinder
{
    /// <summary>The same choice, borrowed from another host; its files are not looked up again.</summary>
    /// <param name="other">Lends it.</param>
    public SessionFinder On(ModelHost other) => new(model, other, paths, parameter) { Found = Found };

    /// <inheritdoc/>
    protected override ModelFiles Find() => StageModel.Find(model, StageModel.DetectorVariable, ModelKind.GroundingDino, "grounding-dino-tiny", paths, parameter);

    /// <inheritdoc/>
    public DetectionResult Find(Picture picture, IReadOnlyList<string> phrases, DetectionOptions options, CancellationToken cancellation = default) => host.Lend(
        Files,
        "detector",
        (found, where) => ObjectDetector.Load(found, where.Device, where.Type),
        (ObjectDetector detector) =>
        {
            cancellation.ThrowIfCancellationRequested();
            return detector.Find(picture, phrases, options);
        });
}
