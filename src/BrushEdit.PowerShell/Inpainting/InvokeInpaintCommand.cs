using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Models;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Samplers;

namespace BrushEdit.PowerShell;

/// <summary><c>Invoke-Inpaint</c>: fills the masked part of pictures with what a caption says.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Inpaint", DefaultParameterSetName = EditSet, SupportsShouldProcess = true)]
[OutputType(typeof(ImageEdit))]
public sealed class InvokeInpaintCommand : EditCmdlet
{
    private const string EditSet = "Edit";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string PictureSet = "Picture";
    private const int UsualPreviewEvery = 5;

    private readonly InpaintSettings standard = new();
    private InpaintSettings settings = new();
    private ModelChoice? choice;
    private InpaintModel? model;
    private string? previewFile;

    /// <summary>Edits to fill.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = EditSet)]
    [EditTransformation]
    public ImageEdit InputObject { get; set; } = null!;

    /// <summary>Files to fill, wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    public string[] Path { get; set; } = [];

    /// <summary>Files to fill, by their exact names.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath", "FullName")]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>A picture to fill.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PictureSet)]
    public Picture Picture { get; set; } = null!;

    /// <summary>Where: a mask, a mask picture's file, or a folder of them.</summary>
    // Not by name from an edit, which has its own: the binder looks into the other sets only where nothing of the default one binds.
    [Parameter(ParameterSetName = EditSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PictureSet)]
    [Alias("MaskFolder")]
    public object? Mask { get; set; }

    /// <summary>Scales a mask of another size to the picture's.</summary>
    [Parameter]
    public SwitchParameter Fit { get; set; }

    /// <summary>What the picture shows after the edit.</summary>
    [Parameter(ParameterSetName = EditSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PictureSet)]
    [Alias("Prompt")]
    public string? Caption { get; set; }

    /// <summary>What it must not show.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? NegativePrompt { get; set; }

    /// <summary>The base model: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BaseModelCompleter))]
    public string? Model { get; set; }

    /// <summary>The BrushNet: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BrushNetCompleter))]
    public string? BrushNet { get; set; }

    /// <summary>Sampling steps.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int? Steps { get; set; }

    /// <summary>Classifier-free guidance; 1 is none.</summary>
    [Parameter]
    [ValidateRange(1.0, 100.0)]
    public double? GuidanceScale { get; set; }

    /// <summary>How strongly the BrushNet steers.</summary>
    [Parameter]
    [ValidateRange(0.0, 2.0)]
    public double? ConditioningScale { get; set; }

    /// <summary>The fraction of the steps from which on it steers.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? ConditioningStart { get; set; }

    /// <summary>The fraction of the steps up to which it steers.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? ConditioningEnd { get; set; }

    /// <summary>The sampler's name.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SamplerCompleter))]
    public string? Sampler { get; set; }

    /// <summary>Noise levels spaced as Karras et al. propose.</summary>
    [Parameter]
    public SwitchParameter Karras { get; set; }

    /// <summary>The first sample's seed.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? Seed { get; set; }

    /// <summary>How many samples.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int? Samples { get; set; }

    /// <summary>Where networks run.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string Device { get; set; } = ComputeDevice.Auto;

    /// <summary>The type of weights and activations.</summary>
    [Parameter]
    [ValidateSet("auto", "single", "half", "bfloat16")]
    public string Precision { get; set; } = ComputeDevice.Auto;

    /// <summary>Whether the whole picture goes through the networks.</summary>
    [Parameter]
    public SwitchParameter WholePicture { get; set; }

    /// <summary>The context around the mask in a crop.</summary>
    [Parameter]
    [ValidateRange(0.0, 10.0)]
    public double? ContextMargin { get; set; }

    /// <summary>How the fill meets what is kept.</summary>
    [Parameter]
    public Feather? Feather { get; set; }

    /// <summary>How wide the feather is.</summary>
    [Parameter]
    [ValidateRange(0, 1024)]
    public int? FeatherWidth { get; set; }

    /// <summary>A PNG file that shows the fill while it is made.</summary>
    [Parameter]
    public string? PreviewPath { get; set; }

    /// <summary>Steps between two previews.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int? PreviewEvery { get; set; }

    /// <summary>Keeps one network in memory at a time.</summary>
    [Parameter]
    public SwitchParameter LowMemory { get; set; }

    /// <summary>Fills again what is filled already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing() => Demand(() =>
    {
        PathResolver paths = new(SessionState);
        choice = ModelChoice.Of(Model, BrushNet, paths);
        settings = ReadSettings();
        settings.Validate();
        SamplerFactory.Parse(settings.Sampler);
        if (PreviewPath is null && PreviewEvery is not null)
        {
            throw new EditException(EditFault.BadArgument, "It is not said where the previews go.", "Give -PreviewPath the name of a PNG file.", PreviewEvery);
        }

        previewFile = PreviewPath is null ? null : paths.Output(PreviewPath);
    });

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case EditSet:
                Process(InputObject, () => InputObject);
                break;
            case PictureSet:
                Process(Picture, () => new ImageEdit(Picture));
                break;
            default:
                bool literal = ParameterSetName == LiteralPathSet;
                foreach ((string path, EditException? fault) in new PathResolver(SessionState).Files(literal ? LiteralPath : Path, literal))
                {
                    Process(path, () => fault is null ? new ImageEdit(Picture.Open(path)) : throw fault);
                }

                break;
        }
    }

    private void Process(object target, Func<ImageEdit> open)
    {
        Cancellation.ThrowIfStopped();
        ImageEdit? filled = null;
        if (Attempt(target, () => filled = Fill(open())) && filled is not null)
        {
            WriteObject(filled);
        }
    }

    private ImageEdit? Fill(ImageEdit edit)
    {
        if (edit.Result is not null && !Force)
        {
            WriteVerbose($"'{edit.Name}' is filled already and passed on as it is; -Force fills it again.");
            return edit;
        }

        edit = WithMask(edit);
        Mask mask = edit.Mask!;
        string caption = Caption ?? edit.Plan?.Caption
            ?? throw edit.Missing("caption", "Say with -Caption what the picture shows after the edit, or give the edit a plan with one.");
        if (!ShouldProcess(edit.Name, string.Create(CultureInfo.InvariantCulture, $"Fill {mask.Coverage:P1} of it with '{caption}'")))
        {
            return null;
        }

        Stopwatch clock = Stopwatch.StartNew();
        (InpaintOutcome outcome, string name) = Work(feed => Run(feed, edit, settings with { Caption = caption }));
        foreach (string warning in outcome.Warnings)
        {
            WriteWarning($"{edit.Name}: {warning}");
        }

        InpaintSettings used = outcome.Settings;
        string seeds = string.Join(", ", outcome.Samples.Select(sample => sample.Seed));
        WriteVerbose(string.Create(
            CultureInfo.InvariantCulture,
            $"{edit.Name}: seed {seeds}, {used.Steps} steps of {used.Sampler}, {name} on {model!.Device}, {clock.Elapsed.TotalSeconds:0.0} s."));
        return edit.With(
            "Inpaint",
            clock.Elapsed,
            parts =>
            {
                parts.SetSamples(used, outcome.Samples);
                foreach (string warning in outcome.Warnings)
                {
                    parts.Warn(warning);
                }
            },
            name);
    }

    private ImageEdit WithMask(ImageEdit edit)
    {
        if (Mask is null)
        {
            return edit.Mask is null
                ? throw edit.Missing("mask", "Give -Mask a mask or a mask picture's file, or pipe the edit through New-EditMask first.")
                : edit;
        }

        Mask mask = new MaskArgument(SessionState, Fit).Resolve(Mask, edit.Picture);
        if (ReferenceEquals(mask, edit.Mask))
        {
            return edit;
        }

        ImageEdit masked = edit.Clone();
        masked.Mask = mask;
        return masked;
    }

    // On the compute thread.
    private (InpaintOutcome Outcome, string Model) Run(WorkFeed feed, ImageEdit edit, InpaintSettings wanted)
    {
        InpaintReport report = new(feed, edit.Name, previewFile);
        if (model is null)
        {
            report.Report(new InpaintProgress(InpaintStage.Loading, 0, wanted.Steps, 0, wanted.Samples));
            model = choice!.Open(ComputeDevice.Choose(Device, Precision), EditSession.Models);
            if (LowMemory)
            {
                EditSession.Models.Clear();
            }
        }

        EditSession.Models.LowMemory = LowMemory;
        return (new InpaintPipeline(model).Fill(edit.Picture, edit.Mask!, wanted, report, feed.Cancellation), model.Name);
    }

    private InpaintSettings ReadSettings() => new()
    {
        NegativePrompt = NegativePrompt ?? standard.NegativePrompt,
        Steps = Steps ?? standard.Steps,
        GuidanceScale = GuidanceScale ?? standard.GuidanceScale,
        ConditioningScale = ConditioningScale ?? standard.ConditioningScale,
        ConditioningStart = ConditioningStart ?? standard.ConditioningStart,
        ConditioningEnd = ConditioningEnd ?? standard.ConditioningEnd,
        Sampler = Sampler ?? standard.Sampler,
        Karras = Karras,
        Seed = Seed,
        Samples = Samples ?? standard.Samples,
        WholePicture = WholePicture,
        ContextMargin = ContextMargin ?? standard.ContextMargin,
        Feather = Feather ?? standard.Feather,
        FeatherWidth = FeatherWidth,
        PreviewEvery = PreviewPath is null ? 0 : PreviewEvery ?? UsualPreviewEvery,
    };
}
