using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Installation;
using BrushEdit.Lora;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Samplers;
using BrushEdit.Weights;

namespace BrushEdit.PowerShell;

/// <summary>A cmdlet that fills: everything that decides a fill, but for picture, mask and caption.</summary>
public abstract class FillCmdlet : NetworkStageCmdlet
{
    private readonly InpaintSettings standard = new();
    private QualityPreset? preset;
    private double[]? timesteps;

    /// <summary>What it must not show.</summary>
    [Parameter]
    [AllowEmptyString]
    [AllowNull]
    public string? NegativePrompt { get; set; }

    /// <summary>How many layers before the usual one of the text encoder's the caption is read from.</summary>
    [Parameter]
    [ValidateRange(0, InpaintSettings.MostClipSkip)]
    public int? ClipSkip { get; set; }

    /// <summary>The base model: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BaseModelCompleter))]
    public string? Model { get; set; }

    /// <summary>The BrushNet: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BrushNetCompleter))]
    public string? BrushNet { get; set; }

    /// <summary>A VAE in place of the base model's own: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VaeCompleter))]
    public string? Vae { get; set; }

    /// <summary>LoRAs: names or paths, each with a weight after a colon or none.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LoraCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Lora { get; set; }

    /// <summary>Embeddings of textual inversion: names or paths.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EmbeddingCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Embedding { get; set; }

    /// <summary>How brackets in caption and negative prompt are read.</summary>
    [Parameter]
    public PromptSyntax? PromptSyntax { get; set; }

    /// <summary>A choice of sampler, steps, guidance and distilled LoRA.</summary>
    [Parameter]
    public EditQuality? Preset { get; set; }

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

    /// <summary>The noise that DDIM and TCD add at each step.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? Eta { get; set; }

    /// <summary>Timesteps by hand.</summary>
    [Parameter]
    [ValidateCount(1, 1000)]
    [ValidateRange(0, 9999)]
    public int[]? Timesteps { get; set; }

    /// <summary>Noise levels by hand.</summary>
    [Parameter]
    [ValidateCount(2, 1001)]
    [ValidateRange(0.0, 1e6)]
    public double[]? Sigmas { get; set; }

    /// <summary>Noise levels spaced as Karras et al. propose.</summary>
    [Parameter]
    public SwitchParameter Karras { get; set; }

    /// <summary>The first sample's seed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SeedTransformation]
    public long? Seed { get; set; }

    /// <summary>How many samples.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int? Samples { get; set; }

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

    /// <summary>Pixels by which the canvas grows: one number, four, or a table of sides.</summary>
    [Parameter]
    [MarginsTransformation]
    public CanvasMargins? Extend { get; set; }

    /// <summary>A PNG file that shows the fill while it is made.</summary>
    [Parameter]
    public string? PreviewPath { get; set; }

    /// <summary>Steps between two previews.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int? PreviewEvery { get; set; }

    /// <summary>The file that the result is written to.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Output { get; set; }

    /// <summary>The models that fill.</summary>
    private protected SessionInpainter Inpainter { get; private set; } = null!;

    /// <summary>Where previews go; null for nowhere.</summary>
    private protected PreviewFile? Preview { get; private set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Demand(() =>
        {
            PathResolver paths = new(SessionState);
            ModelChoice choice = ModelChoice.Of(Model, BrushNet, Vae, paths);
            preset = Preset is { } quality ? QualityPreset.Of(quality, ModelCatalog.CreateDefault(PublishedModels.Remedy), choice.Base) : null;
            if (preset is { Quality: EditQuality.Draft, Sampler: not "LCM" })
            {
                WriteVerbose("No distilled LoRA is installed for this base model: a draft takes 12 steps. Install-EditModel lcm-lora-sd15 (or lcm-lora-sdxl) makes it 4.");
            }

            IEnumerable<LoraChoice> loras = (Lora ?? []).Select(LoraChoice.Parse).Select(lora => lora with { Name = ModelChoice.Place(lora.Name, paths) });
            Inpainter = new SessionInpainter(
                choice with
                {
                    Loras = [.. loras, .. preset?.Lora is { } distilled ? (LoraChoice[])[distilled] : []],
                    Embeddings = [.. (Embedding ?? []).Select(name => ModelChoice.Place(name, paths))],
                },
                Lender);
            timesteps = Timesteps is null ? null : Array.ConvertAll(Timesteps, timestep => (double)timestep);
            InpaintSettings settings = ReadSettings();
            settings.Validate();
            SamplerFactory.Parse(settings.Sampler);
            if (PreviewPath is null && PreviewEvery is not null)
            {
                throw new EditException(EditFault.BadArgument, "It is not said where the previews go.", "Give -PreviewPath the name of a PNG file.", PreviewEvery);
            }

            Preview = PreviewPath is null ? null : new PreviewFile(paths.Output(PreviewPath), Force);
            Preview?.Check();
        });
    }

    /// <summary>The full name of the file that <see cref="Output"/> names; null where it names none.</summary>
    /// <param name="folder">The folder that it is in, unless it says another; null for the current location.</param>
    /// <exception cref="EditException">The name's extension is no format that is written.</exception>
    private protected string? OutputFile(string? folder)
    {
        if (string.IsNullOrWhiteSpace(Output))
        {
            return null;
        }

        if (System.IO.Path.HasExtension(Output) && PictureFormats.OfExtension(Output) is null)
        {
            throw new EditException(
                EditFault.BadArgument, $"'{System.IO.Path.GetExtension(Output)}' is no format that pictures are written in.", "Name the file .png, .jpg, .webp, .tif, .avif or .gif.", Output);
        }

        bool isRooted = System.IO.Path.IsPathRooted(Output) || Output.StartsWith('~') || Output.Contains(':', StringComparison.Ordinal);
        return folder is null || isRooted ? new PathResolver(SessionState).Output(Output) : System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, Output));
    }

    /// <summary>The file that an edit's result goes to; refuses one that is there. Before the networks run.</summary>
    /// <param name="edit">The edit.</param>
    /// <returns>Null where the result is only passed on.</returns>
    private protected string? OutputFile(ImageEdit edit)
    {
        string? file = OutputFile((string?)null);
        if (file is not null && !System.IO.Path.HasExtension(file))
        {
            file += edit.Picture.Format.Extension();
        }

        if (file is not null)
        {
            RuleFor(edit).Check(file);
        }

        return file;
    }

    /// <summary>Writes an edit's result.</summary>
    /// <param name="edit">The edit, filled.</param>
    /// <param name="file">The file; null writes nothing.</param>
    private protected void WriteOutput(ImageEdit edit, string? file)
    {
        if (file is null)
        {
            return;
        }

        OutputFolder.Make(System.IO.Path.GetDirectoryName(file)!);
        IReadOnlyList<string> warnings = ContentPicture.Of(edit, ExportContent.Result).Save(file, new PictureSaveOptions { Rule = RuleFor(edit), Parameters = EditParameters.Of(edit) });
        foreach (string warning in warnings)
        {
            WriteWarning($"{System.IO.Path.GetFileName(file)}: {warning}");
        }

        WriteVerbose($"Wrote {file}.");
    }

    private WriteRule RuleFor(ImageEdit edit) => WriteRule.For(Force, new InputFiles(edit.InputFiles));

    /// <summary>The settings of a fill, with the seed of the row at hand.</summary>
    private protected InpaintSettings ReadSettings() => new()
    {
        NegativePrompt = MyInvocation.BoundParameters.ContainsKey(nameof(NegativePrompt)) ? NegativePrompt : standard.NegativePrompt,
        ClipSkip = ClipSkip ?? standard.ClipSkip,
        PromptSyntax = PromptSyntax ?? standard.PromptSyntax,
        Quality = Preset,
        Steps = Steps ?? Timesteps?.Length ?? (Sigmas?.Length - 1) ?? preset?.Steps ?? standard.Steps,
        GuidanceScale = GuidanceScale ?? preset?.GuidanceScale,
        ConditioningScale = ConditioningScale ?? standard.ConditioningScale,
        ConditioningStart = ConditioningStart ?? standard.ConditioningStart,
        ConditioningEnd = ConditioningEnd ?? standard.ConditioningEnd,
        Sampler = Sampler ?? preset?.Sampler ?? standard.Sampler,
        Eta = Eta,
        Timesteps = timesteps,
        Sigmas = Sigmas,
        Karras = Karras.IsPresent || (preset is { Karras: true } && Sampler is null && Timesteps is null && Sigmas is null && !MyInvocation.BoundParameters.ContainsKey(nameof(Karras))),
        Seed = Seed,
        Samples = Samples ?? standard.Samples,
        WholePicture = WholePicture,
        ContextMargin = ContextMargin ?? standard.ContextMargin,
        Feather = Feather,
        FeatherWidth = FeatherWidth,
        PreviewEvery = PreviewPath is null ? 0 : PreviewEvery,
    };
}
