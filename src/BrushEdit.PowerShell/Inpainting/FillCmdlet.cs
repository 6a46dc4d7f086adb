using System.Collections;
using System.Management.Automation;
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

/// <summary>A cmdlet that fills: everything that decides a fill, except for the picture.</summary>
public abstract partial class FillCmdlet : NetworkStageCmdlet
{
    private readonly InpaintSettings standard = new();
    private QualityPreset? preset;
    private double[]? timesteps;

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
                EightBitWeights = EightBitWeights,
                Embeddings = [.. (Embedding ?? []).Select(name => ModelChoice.Place(name, paths))],
            };
            Inpainter = new SessionInpainter(Models, Lender);
            timesteps = Timesteps is null ? null : Array.ConvertAll(Timesteps, timestep => (double)timestep);
            InpaintSettings settings = ReadSettings();
            SamplerFactory.Parse(settings.Sampler);
            CheckEngine(settings);
            if (PreviewPath is null && !ShowPreview && PreviewEvery is not null)
            {
                throw new EditException(EditFault.BadArgument, "No destination for the previews is given.", "Give -ShowPreview, or -PreviewPath the name of a PNG file.", PreviewEvery);
            }

            Inpainter.Traits.Refuse(!Inpainter.Traits.TakesPreviews && (ShowPreview || PreviewPath is not null), "previews", PreviewPath);

            Preview = PreviewPath is null ? null : new PreviewFile(paths.Output(PreviewPath), Force);
            Preview?.Check();
        });
        OpenScreen();
    }

    // Output that goes to a file or a program gets no previews, and none are decoded for it.
    private void OpenScreen()
    {
        if (!ShowPreview)
        {
            return;
        }

        Screen = PreviewScreen.Open(Host, SessionState, Cancellation);
        WriteVerbose(Screen is null ? "Previews are not shown: output does not go to a terminal that can draw pictures." : $"Previews are drawn with {Screen.Protocol}.");
    }

    /// <summary>Parameters that say where to edit, which an engine without a mask rejects.</summary>
    private protected virtual IEnumerable<string> MaskParameters => [nameof(Mask), nameof(MaskPattern), nameof(Extend)];

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

    /// <summary>Rejects settings that the engine does not use, before anything is loaded.</summary>
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
        traits.Refuse(!traits.TakesEightBitWeights && EightBitWeights, nameof(EightBitWeights), EightBitWeights);
        traits.Refuse((!traits.TakesSampler || traits.IsDdim) && Quality is not null, nameof(Quality), Quality);
        traits.Refuse(!traits.TakesBrushNet && BrushNet is not null, nameof(BrushNet), BrushNet);
        traits.Refuse(!traits.TakesControlNet && ControlNet is not null, nameof(ControlNet), ControlNet);
        foreach (string parameter in MaskParameters.Where(name => !traits.TakesMask && IsGiven(name)))
        {
            traits.Refuse(true, parameter is "MaskPattern" ? "Mask" : parameter, parameter);
        }

        // The caption before the edit may come with each picture.
        traits.Require(settings.CaptionBefore is null ? settings with { CaptionBefore = "-" } : settings);
    }

    /// <summary>The full name of the file that <see cref="Output"/> names; null if it names none.</summary>
    /// <param name="folder">The folder for a relative name; null for the current location.</param>
    /// <exception cref="EditException">The name's extension is not a supported output format.</exception>
    private protected string? OutputFile(string? folder)
    {
        if (string.IsNullOrWhiteSpace(Output))
        {
            return null;
        }

        if (System.IO.Path.HasExtension(Output) && PictureFormats.OfExtension(Output) is null)
        {
            throw new EditException(
                EditFault.BadArgument, $"'{System.IO.Path.GetExtension(Output)}' is not a picture format that can be written.", "Name the file .png, .jpg, .webp, .tif, .avif or .gif.", Output);
        }

        bool isRooted = System.IO.Path.IsPathRooted(Output) || Output.StartsWith('~') || Output.Contains(':', StringComparison.Ordinal);
        return folder is null || isRooted ? new PathResolver(SessionState).Output(Output) : System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, Output));
    }

    /// <summary>The output file of an edit; refuses an existing file. Called before the networks run.</summary>
    /// <param name="edit">The edit.</param>
    /// <returns>Null if the result is only passed on.</returns>
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

    // -EraseMode alone erases; -Erase:$false does not, whatever the mode.
    private EraseMode? ReadErase()
    {
        if (Erase.IsPresent)
        {
            return EraseMode ?? Editing.EraseMode.Full;
        }

        return MyInvocation.BoundParameters.ContainsKey(nameof(Erase)) ? null : EraseMode;
    }

    /// <summary>The settings of a fill, with the seed of the current row.</summary>
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
        Erase = ReadErase(),
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
