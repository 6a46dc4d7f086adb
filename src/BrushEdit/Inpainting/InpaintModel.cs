using System.Globalization;
using BrushEdit.Adapting;
using BrushEdit.Caching;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Tokenizing;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Inpainting;

/// <summary>A Stable Diffusion base on disk, with a BrushNet or without, read part by part into a pool.</summary>
public sealed class InpaintModel : IInpaintModel
{
    private readonly ModelFiles baseFiles;
    private readonly ModelFiles? branchFiles;
    private readonly ModelFiles vaeFiles;
    private readonly ModelPool pool;
    private readonly UNetConfig unet;
    private readonly AutoencoderPlan vae;
    private readonly AutoencoderPlan? previewVae;
    private readonly ModelFiles? previewFiles;
    private readonly LoraSet loras;
    private readonly IReadOnlyList<ClipTextConfig> texts;
    private readonly BrushNetConfig? branch;
    private ComputeDevice vaeDevice;

    private InpaintModel(ModelFiles baseFiles, ModelFiles? branchFiles, ModelFiles? ownVae, InpaintAdditions additions, ComputeDevice device, ModelPool pool)
    {
        this.baseFiles = baseFiles;
        this.branchFiles = branchFiles;
        if (branchFiles is not null)
        {
            InpaintModelFit.RequireFamily(baseFiles, branchFiles);
        }

        vaeFiles = ownVae ?? (baseFiles.HasVae ? baseFiles : throw InpaintModelFit.WithoutVae(baseFiles));
        this.pool = pool;
        unet = ReadUnet(baseFiles);
        Device = device = device.For(unet.BlockOutChannels);
        vae = AutoencoderPlan.Read(vaeFiles, Family, unet.OutChannels);
        previewFiles = vaeFiles.IsTinyVae ? null : additions.PreviewVae;
        previewVae = previewFiles is null ? null : AutoencoderPlan.Read(previewFiles, Family, unet.OutChannels);
        texts = [.. Defaults.TextParts.Select((part, i) => baseFiles.Config(part) is { } json ? ClipTextConfig.Read(json) : Defaults.Texts[i])];
        Scheduler = baseFiles.Config(ModelPart.Scheduler) is { } schedulerJson ? SamplerConfig.Read(schedulerJson) : new SamplerConfig();
        branch = branchFiles is null ? null : ReadBranch(branchFiles);
        vaeDevice = WhereToRun(vae);
        InpaintModelFit.RequireScale(baseFiles, unet, vaeFiles, vae);
        InpaintModelFit.Require(baseFiles, unet, texts);
        InpaintModelFit.RequirePooled(baseFiles, branch?.AddedEmbedding, $"BrushNet '{branchFiles?.Path}'", texts[^1]);
        branch?.EnsureFits(unet);
        loras = LoraSet.Open(additions.Loras, baseFiles, Defaults.TextParts);
        Inversions = additions.Inversions;
        Inversions.RequireFit([.. texts.Select(text => text.HiddenSize)]);
    }

    /// <summary>The family of base and branch.</summary>
    public ModelFamily Family => baseFiles.Family;

    /// <inheritdoc/>
    public string Name
    {
        get
        {
            string name = baseFiles.Name;
            string both = branchFiles is null || baseFiles.Path == Path.GetDirectoryName(branchFiles.Path) ? name : $"{name} + {branchFiles.Name}";
            string whole = ReferenceEquals(vaeFiles, baseFiles) ? both : $"{both} + {vaeFiles.Name}";
            return string.Join(" + ", [whole, .. loras.Names]);
        }
    }

    /// <inheritdoc/>
    public ComputeDevice Device { get; }

    /// <inheritdoc/>
    public int NativeSide => unet.SampleSize * vae.ScaleFactor;

    /// <inheritdoc/>
    public int LargestSide => Math.Max(NativeSide, baseFiles.LargestSide ?? 0);

    /// <inheritdoc/>
    public int Factor => vae.ScaleFactor;

    /// <inheritdoc/>
    public double ScalingFactor => vae.ScalingFactor;

    /// <inheritdoc/>
    public SamplerConfig Scheduler { get; }

    /// <inheritdoc/>
    public double? GuidanceScale => baseFiles.GuidanceScale;

    /// <inheritdoc/>
    public bool EmbedsGuidance => unet.TimeCondProjDim is not null;

    /// <inheritdoc/>
    public TextInversions Inversions { get; }

    /// <inheritdoc/>
    public bool HasPreviewVae => vaeFiles.IsTinyVae || previewVae is not null;

    /// <inheritdoc/>
    public bool ZerosForNoPrompt => Defaults.ZerosForNoPrompt && baseFiles.ZerosForNoPrompt;

    /// <inheritdoc/>
    public IReadOnlyList<string> Warnings =>
    [
        .. vaeFiles is { Kind: ModelKind.Vae, IsSingleFile: true, IsTinyVae: false } ? (string[])[string.Create(
            CultureInfo.InvariantCulture,
            $"The VAE '{vaeFiles.Name}' has no config.json: its latents are assumed to be scaled by {vae.ScalingFactor}, as in {Family.Text()}. A VAE of another family has the same shape and produces wrong colours; with a config.json beside it, that is an error.")] : [],
        .. vaeFiles.IsTinyVae && vaeFiles.Name.Contains("xl", StringComparison.OrdinalIgnoreCase) != (Family == ModelFamily.Sdxl)
            ? (string[])[$"The tiny autoencoder '{vaeFiles.Name}' does not seem to belong to {Family.Text()}, by its name; its files do not determine the family. One of another family produces wrong colours: taesd belongs to Stable Diffusion 1.5, taesdxl to XL."]
            : [],
        .. loras.Warnings,
    ];

    private FamilyDefaults Defaults => FamilyDefaults.Of(Family);

    /// <summary>Finds base and branch and checks that they fit each other; reads configurations only.</summary>
    /// <param name="catalog">The catalog in which names are looked up.</param>
    /// <param name="baseModel">A name or path: a bundle, a diffusers folder, or a single file.</param>
    /// <param name="brushNet">A name or path; null if the base is a bundle that contains one.</param>
    /// <param name="device">Where the networks run.</param>
    /// <param name="pool">Keeps the loaded networks.</param>
    /// <param name="vae">The name or path of a VAE, or of a base model that holds one, in place of the base's own; null for that.</param>
    /// <param name="loras">LoRAs that are added to those of the base's folder; null for none.</param>
    /// <param name="embeddings">Names or paths of embeddings of textual inversion; null for none.</param>
    /// <exception cref="EditException">A model is missing, corrupt or of the wrong kind, or they do not fit each other.</exception>
    public static InpaintModel Open(ModelCatalog catalog, string baseModel, string? brushNet, ComputeDevice device, ModelPool pool, string? vae = null, IReadOnlyList<LoraChoice>? loras = null, IReadOnlyList<string>? embeddings = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ModelFiles found = catalog.Open(baseModel, ModelKind.StableDiffusion);
        ModelFiles branch = catalog.Open(brushNet ?? baseModel, ModelKind.BrushNet);
        InpaintAdditions additions = InpaintAdditions.Find(catalog, found, loras ?? [], embeddings ?? []);
        return new InpaintModel(found, branch, vae is null ? null : catalog.Open(vae, ModelKind.Vae), additions, device, pool);
    }

    /// <summary>Finds a base model alone, if no BrushNet is needed; reads configurations only. <see cref="WithDenoiser"/> does not apply.</summary>
    /// <param name="catalog">The catalog in which names are looked up.</param>
    /// <param name="baseModel">A name or path: a bundle, a diffusers folder, or a single file.</param>
    /// <param name="kind">The kind of base: plain, for inpainting, or for edits by instruction.</param>
    /// <param name="device">Where the networks run.</param>
    /// <param name="pool">Keeps the loaded networks.</param>
    /// <param name="vae">The name or path of a VAE in place of the base's own; null for the base's own.</param>
    /// <param name="loras">LoRAs that are added to those of the base's folder; null for none.</param>
    /// <param name="embeddings">Names or paths of embeddings of textual inversion; null for none.</param>
    /// <exception cref="EditException">A model is missing, corrupt or of the wrong kind.</exception>
    public static InpaintModel OpenBase(ModelCatalog catalog, string baseModel, ModelKind kind, ComputeDevice device, ModelPool pool, string? vae = null, IReadOnlyList<LoraChoice>? loras = null, IReadOnlyList<string>? embeddings = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ModelFiles found = catalog.Open(baseModel, kind);
        InpaintAdditions additions = InpaintAdditions.Find(catalog, found, loras ?? [], embeddings ?? []);
        return new InpaintModel(found, null, vae is null ? null : catalog.Open(vae, ModelKind.Vae), additions, device, pool);
    }

    /// <summary>The U-Net's shape.</summary>
    internal UNetConfig UNet => unet;

    /// <summary>A base model's U-Net configuration; if it has none, that of its family's published model.</summary>
    /// <param name="files">The base model.</param>
    /// <exception cref="EditException">The configuration is of another family than the folder's other parts.</exception>
    internal static UNetConfig ReadUnet(ModelFiles files)
    {
        UNetConfig usual = FamilyDefaults.Of(files.Family).Unet;
        UNetConfig unet = files.Config(ModelPart.Unet) is { } json ? UNetConfig.Read(json) : usual with { InChannels = InpaintModelFit.Inputs(files.Kind, usual.OutChannels) };
        return unet.Family == files.Family ? unet : throw new EditException(
            EditFault.BadModel,
            $"The U-Net of '{files.Path}' is of {unet.Family.Text()}, but the folder's other parts are of {files.Family.Text()}.",
            "Copy the model again, every part from the same place.",
            files.Path);
    }

    /// <inheritdoc/>
    public T WithText<T>(Func<TextEncoders, T> use) => pool.Lend(
        Part(baseFiles, "text_encoder", Device, [.. Defaults.TextParts.Select(part => (baseFiles, part))]),
        () => new AdaptedPart<TextEncoders>(
            LoadText(),
            encoders => encoders.All.Zip(Defaults.TextParts, (one, part) => Adapted(one.Encoder, part == ModelPart.TextEncoder ? LoraTarget.TextEncoder : LoraTarget.TextEncoder2, part))),
        part => use(part.With(loras.Uses)));

    /// <inheritdoc/>
    /// <remarks>
    /// In single precision if the VAE's configuration requires it; a VAE that overflows in half precision is loaded again in
    /// single precision, and stays so.
    /// </remarks>
    public T WithVae<T>(Func<Autoencoder, T> use)
    {
        try
        {
            return LendVae(use);
        }
        catch (NotFiniteException fault) when (fault.WeightsAreSound && vaeDevice.Type == ScalarType.Float16)
        {
            string overflowed = VaePart().Key;
            pool.Clear(held => held.Key == overflowed);
            vaeDevice = vaeDevice with { Type = ScalarType.Float32 };
            return LendVae(use);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Every engine on this base uses the same U-Net; the branch is a separate part.</remarks>
    public T WithDenoiser<T>(Func<Denoiser, T> use) => pool.Lend(
        Part(Branch.Files, "brushnet", Device, (Branch.Files, ModelPart.Network)), LoadBranch, brushnet => WithUNet(network => use(new Denoiser(network, brushnet))));

    /// <inheritdoc/>
    public T WithPreviewVae<T>(Func<Autoencoder, T> use) => previewVae is { } tiny && previewFiles is { } files
        ? pool.Lend(Part(files, "vae", WhereToRun(tiny), (files, ModelPart.Vae)), () => Load(files, ModelPart.Vae, "VAE", WhereToRun(tiny), tiny.Build, tiny.Counts), use)
        : WithVae(use);

    // bfloat16 has the range of single precision, and does not overflow; but a CPU autoencoder in it costs another 3.5 dB
    // (bench/RESULTS.md), and its weights are few beside those of U-Net and branch.
    private ComputeDevice WhereToRun(AutoencoderPlan plan) =>
        (Device.Type == ScalarType.Float16 && plan.ForceUpcast) || (Device.Type == ScalarType.BFloat16 && Device.Device.type == DeviceType.CPU)
            ? Device with { Type = ScalarType.Float32, EightBitWeights = false }
            : Device with { EightBitWeights = false };

    // A LoRA is added to the weights as they are stored: in 8-bit weights it would be lost where it is smaller than half a step.
    private AdaptedWeights Adapted(nn.Module network, LoraTarget target, ModelPart part) => new(network, target, () => OpenWeights(baseFiles, part, Device));

    private T LendVae<T>(Func<Autoencoder, T> use) => pool.Lend(
        VaePart(), () => Load(vaeFiles, ModelPart.Vae, "VAE", vaeDevice, vae.Build, vae.Counts), use);

    private LoadedModel VaePart() => Part(vaeFiles, "vae", vaeDevice, (vaeFiles, ModelPart.Vae));

    private TextEncoders LoadText()
    {
        List<TextTower> loaded = [];
        try
        {
            foreach ((ModelPart part, ClipTextConfig text) in Defaults.TextParts.Zip(texts))
            {
                ClipTokenizer tokenizer = OpenTokenizer(part, text);
                loaded.Add(new TextTower(tokenizer, Load(
                    baseFiles, part, "CLIP text encoder", Device, (device, type) => new ClipTextModel(text, device, type), TextCounts(text), ClipTextModel.MayBeLeft)));
            }

            return new TextEncoders(loaded);
        }
        catch
        {
            loaded.ForEach(one => one.Encoder.Dispose());
            throw;
        }
    }

    /// <summary>Lends the U-Net alone.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="use">Uses it.</param>
    public T WithUNet<T>(Func<UNet2DConditionModel, T> use) => pool.Lend(
        Part(baseFiles, "unet", Device, (baseFiles, ModelPart.Unet)),
        () => new AdaptedPart<UNet2DConditionModel>(LoadUNet(), network => [Adapted(network, LoraTarget.Unet, ModelPart.Unet)]),
        part => use(part.With(loras.Uses)));

    private (ModelFiles Files, BrushNetConfig Config) Branch =>
        branchFiles is not null && branch is not null ? (branchFiles, branch) : throw new InvalidOperationException("The model was opened without a BrushNet.");

    private UNet2DConditionModel LoadUNet() =>
        Load(baseFiles, ModelPart.Unet, "U-Net", Device, (device, type) => new UNet2DConditionModel(unet, device, type), LevelCounts(unet.Levels, unet.LayersPerBlock));

    private BrushNetModel LoadBranch()
    {
        (ModelFiles files, BrushNetConfig config) = Branch;
        return Load(files, ModelPart.Network, "BrushNet", Device, (device, type) => new BrushNetModel(config, device, type), LevelCounts(config.Levels, config.LayersPerBlock));
    }

    private static LoadedModel Part(ModelFiles files, string part, ComputeDevice device, params (ModelFiles Files, ModelPart Part)[] sources) =>
        new(files.Path, part, device) { Sources = sources };

    private static T Load<T>(
        ModelFiles files,
        ModelPart part,
        string kind,
        ComputeDevice device,
        Func<Device, ScalarType, T> build,
        (string Key, int Count, string Prefix)[] counts,
        Func<string, bool>? mayBeLeft = null)
        where T : nn.Module
    {
        using IWeightsFile weights = OpenWeights(files, part, device);
        LayerCounts.Require(weights, kind, counts);
        return ModuleLoader.Load(build, weights, kind, device.Type, device.Device, mayBeLeft, device.EightBitWeights);
    }

    private static IWeightsFile OpenWeights(ModelFiles files, ModelPart part, ComputeDevice device) =>
        files.OpenWeights(part, preferHalf: device.Type == ScalarType.Float16);

    private static (string, int, string)[] LevelCounts(int levels, int layers) =>
        [("the number of block_out_channels", levels, "down_blocks."), ("layers_per_block", layers, "down_blocks.0.resnets.")];

    private static (string, int, string)[] TextCounts(ClipTextConfig text) => [("num_hidden_layers", text.NumHiddenLayers, "text_model.encoder.layers.")];

    private BrushNetConfig ReadBranch(ModelFiles files)
    {
        if (files.Config(ModelPart.Network) is { } json)
        {
            return BrushNetConfig.Read(json);
        }

        using IWeightsFile weights = files.OpenWeights(ModelPart.Network);
        return BrushNetConfig.FromShapes(weights, unet);
    }

    private ClipTokenizer OpenTokenizer(ModelPart part, ClipTextConfig text)
    {
        (string folder, string? pad) = baseFiles.RequireTokenizer(part);
        ClipTokenizer tokenizer = ClipTokenizer.Open(folder, pad);
        return tokenizer.VocabularySize <= text.VocabSize && tokenizer.MaxLength <= text.MaxPositionEmbeddings
            ? tokenizer
            : throw new EditException(
                EditFault.BadModel,
                $"The tokenizer '{folder}' produces rows of {tokenizer.MaxLength} ids below {tokenizer.VocabularySize}, but the text encoder of '{baseFiles.Path}' takes {text.MaxPositionEmbeddings} below {text.VocabSize}.",
                "Use the tokenizer that was published with the model.",
                folder);
    }
}
