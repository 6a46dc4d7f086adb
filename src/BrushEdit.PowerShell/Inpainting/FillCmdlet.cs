using System.Collections;
using System.Management.Automation;
using System.Security;
using BrushEdit.Adapting;
using BrushEdit.Editing;
using BrushEdit.Generating;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Installing;
using BrushEdit.Loading;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Sampling;

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

    /// <summary>The method of editing.</summary>
    [Parameter]
    public EngineKind? Engine { get; set; }

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

    /// <summary>The ControlNet: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ControlNetCompleter))]
    public string? ControlNet { get; set; }

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
    public EditQuality? Quality { get; set; }

    /// <summary>Sampling steps.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int? Steps { get; set; }

    /// <summary>Classifier-free guidance; 1 is none.</summary>
    [Parameter]
    [ValidateRange(1.0, 100.0)]
    public double? GuidanceScale { get; set; }

    /// <summary>The fraction of the steps from which on there is guidance.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? GuidanceStart { get; set; }

    /// <summary>The fraction of the steps up to which there is guidance.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? GuidanceEnd { get; set; }

    /// <summary>The inner blocks are run on every n-th step alone.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int? DeepCache { get; set; }

    /// <summary>How many steps are extrapolated after each computed one.</summary>
    [Parameter]
    [ValidateRange(0, 8)]
    public int? SkipSteps { get; set; }

    /// <summary>How closely InstructPix2Pix keeps to the picture.</summary>
    [Parameter]
    [ValidateRange(0.0, 20.0)]
    public double? ImageGuidanceScale { get; set; }

    /// <summary>How much of the noise a run starts with.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? Strength { get; set; }

    /// <summary>Keeps a removed thing from coming back.</summary>
    [Parameter]
    public SwitchParameter Erase { get; set; }

    /// <summary>The fraction of the steps for which the original's attention to its words is kept.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? CrossReplace { get; set; }

    /// <summary>The fraction of the steps for which the original's attention among its positions is kept.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? SelfReplace { get; set; }

    /// <summary>A word of the caption before and the word after that it becomes: the edit is kept to where they are looked at.</summary>
    [Parameter]
    [ValidateCount(2, 2)]
    public string[]? BlendWord { get; set; }

    /// <summary>Words of the caption, and by what the attention to each is multiplied.</summary>
    [Parameter]
    public IDictionary? WordScale { get; set; }

    /// <summary>The address of a server that fills.</summary>
    [Parameter]
    public Uri? Endpoint { get; set; }

    /// <summary>The server's key.</summary>
    [Parameter]
    public SecureString? ApiKey { get; set; }

    /// <summary>The environment variable that holds the server's key.</summary>
    [Parameter]
    public string? ApiKeyVariable { get; set; }

    /// <summary>The longest wait for one picture of a server.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int? TimeoutSec { get; set; }

    /// <summary>The side of the square that a server is sent.</summary>
    [Parameter]
    [ValidateRange(256, 4096)]
    public int? ServerSize { get; set; }

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

    /// <summary>Draws the fill in the terminal while it is made.</summary>
    [Parameter]
    public SwitchParameter ShowPreview { get; set; }

    /// <summary>Steps between two previews.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int? PreviewEvery { get; set; }

    /// <summary>The file that the result is written to.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Output { get; set; }

    /// <summary>The names of the models that fill.</summary>
    private protected ModelChoice Models { get; private set; } = null!;

    /// <summary>The models that fill.</summary>
    private protected SessionInpainter Inpainter { get; private set; } = null!;

    /// <summary>The file that previews go to; null for none.</summary>
    private protected PreviewFile? Preview { get; private set; }

    /// <summary>The terminal that previews are drawn on; null for none.</summary>
    private protected PreviewScreen? Screen { get; private set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Demand(() =>
        {
            PathResolver paths = new(SessionState);
            ModelChoice choice = Choice(paths);
            preset = Quality is { } quality && choice.Server is null ? QualityPreset.Of(quality, ModelCatalog.CreateDefault(PublishedModels.Remedy), choice.Base) : null;
            if (preset is { Quality: EditQuality.Draft, Sampler: not "LCM" })
            {
                WriteVerbose("No distilled LoRA is installed for this base model: a draft takes 12 steps. Install-EditModel lcm-lora-sd15 (or lcm-lora-sdxl) makes it 4.");
            }

            IEnumerable<LoraChoice> loras = (Lora ?? []).Select(LoraChoice.Parse).Select(lora => lora with { Name = ModelChoice.Place(lora.Name, paths) });
            Models = choice with
            {
                Loras = [.. loras, .. preset?.Lora is { } distilled ? (LoraChoice[])[distilled] : []],
                Embeddings = [.. (Embedding ?? []).Select(name => ModelChoice.Place(name, paths))],
            };
            Inpainter = new SessionInpainter(Models, Lender);
            timesteps = Timesteps is null ? null : Array.ConvertAll(Timesteps, timestep => (double)timestep);
            InpaintSettings settings = ReadSettings();
            SamplerFactory.Parse(settings.Sampler);
            CheckEngine(settings);
            if (PreviewPath is null && !ShowPreview && PreviewEvery is not null)
            {
                throw new EditException(EditFault.BadArgument, "It is not said where the previews go.", "Give -ShowPreview, or -PreviewPath the name of a PNG file.", PreviewEvery);
            }

            Inpainter.Traits.Refuse(!Inpainter.Traits.TakesPreviews && (ShowPreview || PreviewPath is not null), "previews", PreviewPath);

            Preview = PreviewPath is null ? null : new PreviewFile(paths.Output(PreviewPath), Force);
            Preview?.Check();
        });
        OpenScreen();
    }

    // Whoever writes into a file or to a program gets none of it, and nothing is decoded for it either.
    private void OpenScreen()
    {
        if (!ShowPreview)
        {
            return;
        }

        Screen = PreviewScreen.Open(Host, SessionState, Cancellation);
        WriteVerbose(Screen is null ? "Previews are not shown: output does not go to a terminal that pictures can be drawn on." : $"Previews are drawn with {Screen.Protocol}.");
    }

    /// <summary>Parameters that say where to edit, which an engine that takes no mask refuses.</summary>
    private protected virtual IEnumerable<string> MaskParameters => ["Mask", "MaskPattern", nameof(Extend)];

    private ModelChoice Choice(PathResolver paths)
    {
        EngineKind engine = Engine ?? EngineKind.BrushNet;
        if (!EngineTraits.Of(engine).IsRemote)
        {
            return ModelChoice.Of(Model, BrushNet, Vae, paths, engine, ControlNet);
        }

        ImageServerSettings usual = new();
        ImageServerSettings server = new()
        {
            Endpoint = Endpoint ?? usual.Endpoint,
            Model = Model,
            Key = ApiKey,
            KeyVariable = ApiKeyVariable,
            Timeout = TimeoutSec is { } seconds ? TimeSpan.FromSeconds(seconds) : usual.Timeout,
            Side = ServerSize ?? usual.Side,
        };
        server.Check();
        return new ModelChoice(string.Empty, null) { Engine = engine, Server = server };
    }

    private PromptEditSettings? ReadPromptEdit()
    {
        if (CrossReplace is null && SelfReplace is null && BlendWord is null && WordScale is null)
        {
            return null;
        }

        PromptEditSettings usual = new();
        return new PromptEditSettings
        {
            CrossReplace = CrossReplace ?? usual.CrossReplace,
            SelfReplace = SelfReplace ?? usual.SelfReplace,
            BlendWords = BlendWord is [string before, string after] ? (before, after) : null,
            WordScales = (WordScale ?? new Hashtable()).Cast<DictionaryEntry>().ToDictionary(
                entry => entry.Key.ToString()!, entry => LanguagePrimitives.ConvertTo<double>(entry.Value), StringComparer.Ordinal),
        };
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Inpainter?.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Refuses what the engine has no use for, before anything is loaded.</summary>
    private void CheckEngine(InpaintSettings settings)
    {
        EngineTraits traits = Inpainter.Traits;
        traits.Refuse(!traits.IsRemote && Endpoint is not null, nameof(Endpoint), Endpoint);
        traits.Refuse(!traits.IsRemote && ApiKey is not null, nameof(ApiKey), nameof(ApiKey));
        traits.Refuse(!traits.IsRemote && ApiKeyVariable is not null, nameof(ApiKeyVariable), nameof(ApiKeyVariable));
        traits.Refuse(!traits.IsRemote && TimeoutSec is not null, nameof(TimeoutSec), TimeoutSec);
        traits.Refuse(!traits.IsRemote && ServerSize is not null, nameof(ServerSize), ServerSize);
        traits.Refuse(traits.IsRemote && Vae is not null, nameof(Vae), Vae);
        traits.Refuse(traits.IsRemote && Lora is not null, nameof(Lora), Lora);
        traits.Refuse(traits.IsRemote && Embedding is not null, nameof(Embedding), Embedding);
        traits.Refuse((!traits.TakesSampler || traits.IsDdim) && Quality is not null, nameof(Quality), Quality);
        traits.Refuse(!traits.TakesBrushNet && BrushNet is not null, nameof(BrushNet), BrushNet);
        traits.Refuse(!traits.TakesControlNet && ControlNet is not null, nameof(ControlNet), ControlNet);
        foreach (string parameter in MaskParameters.Where(name => !traits.TakesMask && IsGiven(name)))
        {
            traits.Refuse(true, parameter is "MaskPattern" ? "Mask" : parameter, parameter);
        }

        // The caption as it is now may come with each picture.
        traits.Require(settings.CaptionBefore is null ? settings with { CaptionBefore = "-" } : settings);
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
        Quality = Quality,
        Steps = Steps ?? Timesteps?.Length ?? Sigmas?.Length - 1 ?? preset?.Steps ?? standard.Steps,
        GuidanceScale = GuidanceScale ?? preset?.GuidanceScale,
        GuidanceStart = GuidanceStart ?? standard.GuidanceStart,
        GuidanceEnd = GuidanceEnd ?? standard.GuidanceEnd,
        DeepCache = DeepCache ?? standard.DeepCache,
        SkipSteps = SkipSteps ?? standard.SkipSteps,
        ImageGuidanceScale = ImageGuidanceScale,
        Strength = Strength,
        Erase = Erase,
        PromptEdit = ReadPromptEdit(),
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
        PreviewEvery = PreviewPath is null && Screen is null ? 0 : PreviewEvery,
        SketchPreviews = PreviewPath is null,
    };
}
