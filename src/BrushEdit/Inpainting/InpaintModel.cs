using BrushEdit.Models;
using BrushEdit.Networks;
using BrushEdit.Samplers;
using BrushEdit.Text;
using BrushEdit.Weights;

namespace BrushEdit.Inpainting;

/// <summary>A Stable Diffusion base on disk, with a BrushNet or without, read part by part into a pool.</summary>
public sealed class InpaintModel : IInpaintModel
{
    // How far the factors of two VAEs of one family may lie apart: they are written down with five digits.
    private const double FactorTolerance = 1e-3;

    private readonly ModelFiles baseFiles;
    private readonly ModelFiles? branchFiles;
    private readonly ModelFiles vaeFiles;
    private readonly ModelPool pool;
    private readonly UNetConfig unet;
    private readonly VaeConfig vae;
    private readonly ClipTextConfig text;
    private readonly BrushNetConfig? branch;

    private InpaintModel(ModelFiles baseFiles, ModelFiles? branchFiles, ModelFiles? ownVae, ComputeDevice device, ModelPool pool)
    {
        this.baseFiles = baseFiles;
        this.branchFiles = branchFiles;
        vaeFiles = ownVae ?? (baseFiles.HasVae ? baseFiles : throw WithoutVae(baseFiles));
        this.pool = pool;
        Device = device;
        unet = baseFiles.Config(ModelPart.Unet) is { } unetJson ? UNetConfig.Read(unetJson) : new UNetConfig { InChannels = Inputs(baseFiles.Kind, 4) };
        vae = ReadVae(vaeFiles);
        text = baseFiles.Config(ModelPart.TextEncoder) is { } textJson ? ClipTextConfig.Read(textJson) : new ClipTextConfig();
        Scheduler = baseFiles.Config(ModelPart.Scheduler) is { } schedulerJson ? SamplerConfig.Read(schedulerJson) : new SamplerConfig();
        branch = branchFiles is null ? null : ReadBranch(branchFiles);
        CheckFit();
    }

    /// <inheritdoc/>
    public string Name
    {
        get
        {
            string name = baseFiles.Name;
            string both = branchFiles is null || baseFiles.Path == Path.GetDirectoryName(branchFiles.Path) ? name : $"{name} + {branchFiles.Name}";
            return ReferenceEquals(vaeFiles, baseFiles) ? both : $"{both} + {vaeFiles.Name}";
        }
    }

    /// <inheritdoc/>
    public ComputeDevice Device { get; }

    /// <inheritdoc/>
    public int NativeSide => unet.SampleSize * vae.ScaleFactor;

    /// <inheritdoc/>
    public int Factor => vae.ScaleFactor;

    /// <inheritdoc/>
    public double ScalingFactor => vae.ScalingFactor;

    /// <inheritdoc/>
    public SamplerConfig Scheduler { get; }

    /// <inheritdoc/>
    public double? GuidanceScale => baseFiles.GuidanceScale;

    /// <summary>Finds base and branch and checks that they fit each other; reads configurations only.</summary>
    /// <param name="catalog">Where names are looked up.</param>
    /// <param name="baseModel">A name or path: a bundle, a diffusers folder, or a single file.</param>
    /// <param name="brushNet">A name or path; null where the base is a bundle that holds one.</param>
    /// <param name="device">Where the networks run.</param>
    /// <param name="pool">Keeps what is loaded.</param>
    /// <param name="vae">The name or path of a VAE, or of a base model that holds one, in place of the base's own; null for that.</param>
    /// <exception cref="EditException">A model is missing, broken or of the wrong kind, or they do not fit each other.</exception>
    public static InpaintModel Open(ModelCatalog catalog, string baseModel, string? brushNet, ComputeDevice device, ModelPool pool, string? vae = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ModelFiles found = catalog.Open(baseModel, ModelKind.StableDiffusion);
        ModelFiles branch = catalog.Open(brushNet ?? baseModel, ModelKind.BrushNet);
        return new InpaintModel(found, branch, vae is null ? null : catalog.Open(vae, ModelKind.Vae), device, pool);
    }

    /// <summary>Finds a base model alone, for what needs no BrushNet; reads configurations only. <see cref="WithDenoiser"/> is not for it.</summary>
    /// <param name="catalog">Where names are looked up.</param>
    /// <param name="baseModel">A name or path: a bundle, a diffusers folder, or a single file.</param>
    /// <param name="kind">The kind of base: plain, for inpainting, or for edits by instruction.</param>
    /// <param name="device">Where the networks run.</param>
    /// <param name="pool">Keeps what is loaded.</param>
    /// <param name="vae">The name or path of a VAE in place of the base's own; null for that.</param>
    /// <exception cref="EditException">A model is missing, broken or of the wrong kind.</exception>
    public static InpaintModel OpenBase(ModelCatalog catalog, string baseModel, ModelKind kind, ComputeDevice device, ModelPool pool, string? vae = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new InpaintModel(catalog.Open(baseModel, kind), null, vae is null ? null : catalog.Open(vae, ModelKind.Vae), device, pool);
    }

    /// <summary>The U-Net's shape.</summary>
    internal UNetConfig UNet => unet;

    /// <summary>A VAE's configuration; that of Stable Diffusion 1.5 where it brings none.</summary>
    /// <param name="files">A VAE, or a base model that holds one.</param>
    internal static VaeConfig ReadVae(ModelFiles files) => files.Config(ModelPart.Vae) is { } json ? VaeConfig.Read(json) : new VaeConfig();

    /// <inheritdoc/>
    public T WithText<T>(Func<ClipTokenizer, ClipTextModel, T> use) => pool.Lend(
        Part(baseFiles, "text_encoder", (baseFiles, ModelPart.TextEncoder)),
        () => new TextPart(
            OpenTokenizer(),
            Load(baseFiles, ModelPart.TextEncoder, "CLIP text encoder", (device, type) => new ClipTextModel(text, device, type), TextCounts(), ClipTextModel.MayBeLeft)),
        part => use(part.Tokenizer, part.Encoder));

    /// <inheritdoc/>
    public T WithVae<T>(Func<AutoencoderKL, T> use) => pool.Lend(
        Part(vaeFiles, "vae", (vaeFiles, ModelPart.Vae)), () => Load(vaeFiles, ModelPart.Vae, "VAE", (device, type) => new AutoencoderKL(vae, device, type), VaeCounts()), use);

    /// <inheritdoc/>
    public T WithDenoiser<T>(Func<Denoiser, T> use) => pool.Lend(
        Part(Branch.Files, $"unet ({baseFiles.Path}) and brushnet", (baseFiles, ModelPart.Unet), (Branch.Files, ModelPart.Network)),
        LoadDenoiser,
        use);

    /// <summary>Lends the U-Net alone.</summary>
    /// <typeparam name="T">What is made with it.</typeparam>
    /// <param name="use">Uses it.</param>
    public T WithUNet<T>(Func<UNet2DConditionModel, T> use) => pool.Lend(Part(baseFiles, "unet", (baseFiles, ModelPart.Unet)), LoadUNet, use);

    private (ModelFiles Files, BrushNetConfig Config) Branch =>
        branchFiles is not null && branch is not null ? (branchFiles, branch) : throw new InvalidOperationException("The model was opened without a BrushNet.");

    private UNet2DConditionModel LoadUNet() =>
        Load(baseFiles, ModelPart.Unet, "U-Net", (device, type) => new UNet2DConditionModel(unet, device, type), LevelCounts(unet.Levels, unet.LayersPerBlock));

    private Denoiser LoadDenoiser()
    {
        (ModelFiles files, BrushNetConfig config) = Branch;
        UNet2DConditionModel loaded = LoadUNet();
        try
        {
            return new Denoiser(loaded, Load(files, ModelPart.Network, "BrushNet", (device, type) => new BrushNetModel(config, device, type), LevelCounts(config.Levels, config.LayersPerBlock)));
        }
        catch
        {
            // The larger half is in memory already when the branch turns out to be broken.
            loaded.Dispose();
            throw;
        }
    }

    private LoadedModel Part(ModelFiles files, string part, params (ModelFiles Files, ModelPart Part)[] sources) =>
        new(files.Path, part, Device) { Sources = sources };

    private T Load<T>(
        ModelFiles files,
        ModelPart part,
        string kind,
        Func<TorchSharp.torch.Device, TorchSharp.torch.ScalarType, T> build,
        (string Key, int Count, string Prefix)[] counts,
        Func<string, bool>? mayBeLeft = null)
        where T : TorchSharp.torch.nn.Module
    {
        using IWeightsFile weights = files.OpenWeights(part, preferHalf: Device.Type == TorchSharp.torch.ScalarType.Float16);
        LayerCounts.Require(weights, kind, counts);
        return ModuleLoader.Load(build, weights, kind, Device.Type, Device.Device, mayBeLeft);
    }

    private static (string, int, string)[] LevelCounts(int levels, int layers) =>
        [("the number of block_out_channels", levels, "down_blocks."), ("layers_per_block", layers, "down_blocks.0.resnets.")];

    private (string, int, string)[] TextCounts() => [("num_hidden_layers", text.NumHiddenLayers, "text_model.encoder.layers.")];

    private (string, int, string)[] VaeCounts() =>
        [("the number of block_out_channels", vae.BlockOutChannels.Count, "encoder.down_blocks."), ("layers_per_block", vae.LayersPerBlock, "encoder.down_blocks.0.resnets.")];

    // What the U-Net takes of a base of a kind: beside the latent, mask and masked latent, or the picture's latent.
    private static int Inputs(ModelKind kind, int latent) =>
        kind switch { ModelKind.Inpainting => (2 * latent) + 1, ModelKind.InstructPix2Pix => 2 * latent, _ => latent };

    private BrushNetConfig ReadBranch(ModelFiles files)
    {
        if (files.Config(ModelPart.Network) is { } json)
        {
            return BrushNetConfig.Read(json);
        }

        using IWeightsFile weights = files.OpenWeights(ModelPart.Network);
        return BrushNetConfig.FromShapes(weights, unet);
    }

    private ClipTokenizer OpenTokenizer()
    {
        string folder = baseFiles.RequireTokenizer();
        ClipTokenizer tokenizer = ClipTokenizer.Open(folder);
        return tokenizer.VocabularySize <= text.VocabSize && tokenizer.MaxLength <= text.MaxPositionEmbeddings
            ? tokenizer
            : throw new EditException(
                EditFault.BadModel,
                $"The tokenizer '{folder}' gives rows of {tokenizer.MaxLength} ids below {tokenizer.VocabularySize}; the text encoder of '{baseFiles.Path}' takes {text.MaxPositionEmbeddings} below {text.VocabSize}.",
                "Use the tokenizer that was published with the model.",
                folder);
    }

    private static EditException WithoutVae(ModelFiles model) => new(
        EditFault.BadModel,
        $"'{model.Path}' brings no VAE, as many fine-tunes in one file do not.",
        "Give one with -Vae: that of Stable Diffusion 1.5, or of the fine-tune.",
        model.Path);

    private void CheckFit()
    {
        if (!ReferenceEquals(vaeFiles, baseFiles) && baseFiles.HasVae && Math.Abs(ReadVae(baseFiles).ScalingFactor - vae.ScalingFactor) > FactorTolerance)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The VAE '{vaeFiles.Path}' scales its latents by {vae.ScalingFactor}, that of '{baseFiles.Path}' by {ReadVae(baseFiles).ScalingFactor}: it belongs to another family.",
                "Use a VAE of the base model's family.",
                vaeFiles.Path);
        }

        if (unet.InChannels != Inputs(baseFiles.Kind, vae.LatentChannels))
        {
            throw new EditException(
                EditFault.BadModel,
                $"The U-Net of '{baseFiles.Path}' takes {unet.InChannels} channels where its VAE gives {vae.LatentChannels}: it is a checkpoint for inpainting or another task.",
                "Use a plain Stable Diffusion 1.5 model; BrushNet brings the inpainting.",
                baseFiles.Path);
        }

        if (unet.CrossAttentionDim != text.HiddenSize)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The U-Net of '{baseFiles.Path}' reads texts {unet.CrossAttentionDim} wide; its text encoder gives {text.HiddenSize}.",
                "Copy the model again, every part from the same place.",
                baseFiles.Path);
        }

        branch?.EnsureFits(unet);
    }

    private sealed record TextPart(ClipTokenizer Tokenizer, ClipTextModel Encoder) : IDisposable
    {
        public void Dispose() => Encoder.Dispose();
    }
}
