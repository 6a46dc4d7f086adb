using BrushEdit.Caching;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Painting;
using BrushEdit.Segmenting;

namespace BrushEdit.BrowserTests;

/// <summary>The bundle's networks, loaded at their first use and kept for all tests.</summary>
internal sealed class Networks : IObjectFinder, IObjectOutliner, IInpainter
{
    private static readonly string Bundle = Path.Combine(TestSetup.Root, "weights", "toybox");
    private static readonly SingleThread Thread = new("networks of the tests");
    private readonly Lazy<ObjectDetector> detector = new(() => ObjectDetector.Load(ModelFiles.Open(Path.Combine(Bundle, "grounding-dino"))));
    private readonly Lazy<Segmenter> segmenter = new(() => Segmenter.Load(Path.Combine(Bundle, "sam")));
    private readonly Lazy<InpaintPipeline> pipeline = new(() =>
        new InpaintPipeline(InpaintModel.Open(ModelCatalog.CreateDefault(), Bundle, null, ComputeDevice.Choose("cpu", "single"), new ModelPool())));

    public static Networks Shared { get; } = new();

    public string Name => "toybox";

    public EditException? Absence => null;

    public int NativeSide => 128;

    public int Factor => 8;

    /// <summary>Pictures that the segmenter has encoded.</summary>
    public int EncodedPictures => segmenter.Value.EncodedPictures;

    /// <summary>The networks as the page gets them.</summary>
    public PaintModels Models => new(this, this, this, new InpaintSettings { Steps = 2 }, Thread);

    public DetectionResult Find(Picture picture, IReadOnlyList<string> phrases, DetectionOptions options, CancellationToken cancellation = default) =>
        detector.Value.Find(picture, phrases, options);

    public SegmentResult Outline(Picture picture, SegmentPrompt prompt, SegmentOptions options, CancellationToken cancellation = default) =>
        segmenter.Value.Segment(picture, prompt, options, cancellation);

    public InpaintOutcome Fill(Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default) =>
        pipeline.Value.Fill(picture, mask, settings, progress, cancellation);
}
