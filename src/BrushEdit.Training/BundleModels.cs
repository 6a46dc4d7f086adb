using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Segmenting;

namespace BrushEdit.Training;

/// <summary>The bundle's models in the form that complete edits use, all of them in memory.</summary>
/// <param name="detector">Finds objects.</param>
/// <param name="segmenter">Outlines them.</param>
/// <param name="inpainter">Fills masks; not disposed with this object.</param>
public sealed class BundleModels(ObjectDetector detector, Segmenter segmenter, InpaintModel inpainter) : IObjectFinder, IObjectOutliner, IInpainter, IDisposable
{
    private readonly InpaintPipeline pipeline = new(inpainter);

    /// <inheritdoc/>
    string IObjectFinder.Name => "detector";

    /// <inheritdoc/>
    string IObjectOutliner.Name => "segmenter";

    /// <inheritdoc/>
    string IInpainter.Name => inpainter.Name;

    /// <inheritdoc/>
    public EditException? Absence => null;

    /// <inheritdoc/>
    public int NativeSide => inpainter.NativeSide;

    /// <inheritdoc/>
    public int Factor => inpainter.Factor;

    /// <inheritdoc/>
    public DetectionResult Find(Picture picture, IReadOnlyList<string> phrases, DetectionOptions options, CancellationToken cancellation = default) =>
        detector.Find(picture, phrases, options);

    /// <inheritdoc/>
    public SegmentResult Outline(Picture picture, SegmentPrompt prompt, SegmentOptions options, CancellationToken cancellation = default) =>
        segmenter.Segment(picture, prompt, options, cancellation);

    /// <inheritdoc/>
    public InpaintOutcome Fill(
        Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default) =>
        pipeline.Fill(picture, mask, settings, progress, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        detector.Dispose();
        segmenter.Dispose();
    }
}
