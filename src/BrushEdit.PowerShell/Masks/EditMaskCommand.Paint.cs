using System.Management.Automation;
using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Painting;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Sampling;

namespace BrushEdit.PowerShell;

/// <content>Painting in the browser.</content>
public sealed partial class EditMaskCommand
{
    private readonly InpaintSettings standard = new();
    private MaskPainter? painter;
    private MaskStore? store;

    /// <summary>Opens the picture with its mask in the browser for painting.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PaintSet)]
    [Alias("Draw")]
    public SwitchParameter Paint { get; set; }

    /// <summary>The page's port.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>Writes the page's address instead of opening it.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    public SwitchParameter NoBrowser { get; set; }

    /// <summary>The time limit for each picture in seconds.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    [ValidateRange(1, 1_000_000)]
    public int? TimeoutSec { get; set; }

    /// <summary>A folder that stores masks for reuse.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    public string? MaskFolder { get; set; }

    /// <summary>Replaces a mask in the folder that came from elsewhere.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    public SwitchParameter Force { get; set; }

    /// <summary>The segmenter that outlines what is clicked on: a name or a path.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    [ArgumentCompleter(typeof(SegmenterCompleter))]
    public string? Segmenter { get; set; }

    /// <summary>The detector that finds objects by words: a name or a path.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    [ArgumentCompleter(typeof(DetectorCompleter))]
    public string? Detector { get; set; }

    /// <summary>The base model of tries: a name or a path.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    [ArgumentCompleter(typeof(BaseModelCompleter))]
    public string? Model { get; set; }

    /// <summary>The BrushNet of tries: a name or a path.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    [ArgumentCompleter(typeof(BrushNetCompleter))]
    public string? BrushNet { get; set; }

    /// <summary>A VAE in place of the base model's own: a name or a path.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    [ArgumentCompleter(typeof(VaeCompleter))]
    public string? Vae { get; set; }

    /// <summary>Sampling steps of tries, unless the page specifies another number.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    [ValidateRange(1, 1000)]
    public int? Steps { get; set; }

    /// <summary>Classifier-free guidance of tries; 1 is none.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    [ValidateRange(1.0, 100.0)]
    public double? GuidanceScale { get; set; }

    /// <summary>The sampler of tries.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    [ArgumentCompleter(typeof(SamplerCompleter))]
    public string? Sampler { get; set; }

    /// <summary>Where networks run.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string Device { get; set; } = ComputeDevice.Auto;

    /// <summary>The type of weights and activations.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    [ValidateSet("auto", "single", "half", "bfloat16")]
    public string Precision { get; set; } = ComputeDevice.Auto;

    /// <summary>Keeps one network in memory at a time.</summary>
    [Parameter(ParameterSetName = PaintSet)]
    public SwitchParameter LowMemory { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        painter?.Dispose();
        base.EndProcessing();
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            painter?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void BeginPainting()
    {
        PathResolver paths = new(SessionState);
        ModelHost host = new(Device, Precision, LowMemory);
        InpaintSettings settings = standard with
        {
            Steps = Steps ?? standard.Steps,
            GuidanceScale = GuidanceScale,
            Sampler = Sampler ?? standard.Sampler,
        };
        SamplerFactory.Parse(settings.Sampler);
        PaintModels models = new(
            new SessionFinder(Detector, host, paths, nameof(Detector)),
            new SessionOutliner(Segmenter, host, paths, nameof(Segmenter)),
            new SessionInpainter(ModelChoice.Of(Model, BrushNet, Vae, paths), host),
            settings,
            ComputeThread.Scheduler);
        TimeSpan? limit = TimeoutSec is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        painter = new MaskPainter(models, Port, !NoBrowser, limit, text => WriteInformation(new HostInformationMessage { Message = PlainText.Line(text) }, ["PSHOST"]));
        store = MaskFolder is null ? null : new MaskStore(paths.Output(MaskFolder));
    }

    private void PaintMask(ImageEdit edit, object? given)
    {
        StoredMask? kept = store?.Find(edit.Picture, MaskStore.MaskEnding);
        Imaging.Mask? start = given is null && MaskPattern is null ? kept?.Mask : masks.Resolve(given, edit.Picture);
        string? file = store?.PathOf(edit.Picture, MaskStore.MaskEnding);
        if (!ShouldProcess(edit.Name, file is null ? "Paint its mask in the browser" : $"Paint its mask in the browser, into '{file}'"))
        {
            return;
        }

        Demand(painter!.Invite);
        ImageEdit? painted = Outcome(edit, start, WorkAside(feed => painter.Paint(edit, start, feed)));
        if (painted is not null)
        {
            if (store is not null && painted.Mask is not null)
            {
                // A mask that the page started with is replaced by its painted version.
                WriteVerbose($"Wrote {store.Save(edit.Picture, painted.Mask, MaskStore.MaskEnding, Force || (kept is not null && ReferenceEquals(start, kept.Mask)))}.");
            }

            WriteObject(painted);
        }
    }

    private ImageEdit? Outcome(ImageEdit edit, Imaging.Mask? start, PaintOutcome? outcome)
    {
        switch (outcome?.End)
        {
            case PaintEnd.Done:
                return outcome.Edit;
            case PaintEnd.Cancelled:
                throw new EditException(EditFault.NotPainted, $"The painting of '{edit.Name}' was cancelled.", "Run the command again to paint it.", edit);
            case PaintEnd.Closed:
                Demand(() => throw new EditException(EditFault.NotPainted, $"The page was closed before '{edit.Name}' was done.", "Run the command again, and press Done or Cancel.", edit));
                return null;
            default:
                WriteWarning($"{edit.Name}: nobody pressed Done within {TimeoutSec} seconds; the edit continues with the mask that the page started with.");
                ImageEdit begun = start is null ? edit : edit.Clone();
                begun.Mask = start ?? edit.Mask;
                return begun.Mask is not null ? begun : throw edit.Missing("mask", "Paint one within -TimeoutSec, or give one with -Mask.");
        }
    }
}
