using System.Globalization;
using BrushEdit.Models;
using BrushEdit.Networks;
using BrushEdit.Samplers;
using BrushEdit.Text;
using BrushEdit.Weights;
using static TorchSharp.torch;

namespace BrushEdit.Inpainting;

/// <summary>A Stable Diffusion base and a BrushNet on disk, read part by part into a pool.</summary>
public sealed class InpaintModel : IInpaintModel
{
    // How far the factors of two VAEs of one family may lie apart: they are written down with five digits.
    private const double FactorTolerance = 1e-3;

    private readonly ModelFiles baseFiles;
    private readonly ModelFiles branchFiles;
    private readonly ModelFiles vaeFiles;
    private readonly ModelPool pool;
    private readonly UNetConfig unet;
    private readonly VaeConfig vae;
    private readonly IReadOnlyList<ClipTextConfig> texts;
    private readonly BrushNetConfig branch;
    private ComputeDevice vaeDevice;

    private InpaintModel(ModelFiles baseFiles, ModelFiles branchFiles, ModelFiles? ownVae, ComputeDevice device, ModelPool pool)
    {
        this.baseFiles = baseFiles;
        this.branchFiles = branchFiles;
        RefuseOtherFamily(baseFiles, branchFiles);
        vaeFiles = ownVae ?? (baseFiles.HasVae ? baseFiles : throw WithoutVae(baseFiles));
        this.pool = pool;
        Device = device;
        unet = ReadUnet(baseFiles);
        vae = ReadVae(vaeFiles, Family, unet.OutChannels);
        texts = [.. Defaults.TextParts.Select((part, i) => baseFiles.Config(part) is { } json ? ClipTextConfig.Read(json) : Defaults.Texts[i])];
        Scheduler = baseFiles.Config(ModelPart.Scheduler) is { } schedulerJson ? SamplerConfig.Read(schedulerJson) : new SamplerConfig();
        branch = ReadBranch();
        vaeDevice = device.Type == ScalarType.Float16 && vae.ForceUpcast ? device with { Type = ScalarType.Float32 } : device;
        CheckFit();
    }

    /// <summary>The family of base and branch.</summary>
    public ModelFamily Family => baseFiles.Family;

    /// <inheritdoc/>
    public string Name
    {
        get
        {
            string name = baseFiles.Name;
            string both = baseFiles.Path == Path.GetDirectoryName(branchFiles.Path) ? name : $"{name} + {branchFiles.Name}";
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

    /// <inheritdoc/>
    public bool ZerosForNoPrompt => Defaults.ZerosForNoPrompt && baseFiles.ZerosForNoPrompt;

    /// <inheritdoc/>
    public IReadOnlyList<string> Warnings => vaeFiles is { Kind: ModelKind.Vae, IsSingleFile: true }
        ? [string.Create(
            CultureInfo.InvariantCulture,
            $"The VAE '{vaeFiles.Name}' brings no config.json: its latents are taken to be scaled by {vae.ScalingFactor}, as those of {Family.Text()} are. A VAE of another family has the same shape and gives wrong colours; with its config.json beside it that is told.")]
        : [];

    private FamilyDefaults Defaults => FamilyDefaults.Of(Family);

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

    /// <summary>A base model's U-Net configuration; that of its family's published model where it brings none.</summary>
    /// <param name="files">The base model.</param>
    /// <exception cref="EditException">The configuration is of another family than the folder's other parts.</exception>
    internal static UNetConfig ReadUnet(ModelFiles files)
    {
        UNetConfig unet = files.Config(ModelPart.Unet) is { } json ? UNetConfig.Read(json) : FamilyDefaults.Of(files.Family).Unet;
        return unet.Family == files.Family ? unet : throw new EditException(
            EditFault.BadModel,
            $"The U-Net of '{files.Path}' is of {unet.Family.Text()}, the folder's other parts are of {files.Family.Text()}.",
            "Copy the model again, every part from the same place.",
            files.Path);
    }

    /// <summary>A VAE's configuration. Where it brings none: that of its own family's published model, or of the base it goes beside.</summary>
    /// <param name="files">A VAE, or a base model that holds one.</param>
    /// <param name="beside">The family of the base.</param>
    /// <param name="latentChannels">Channels of the base's latents.</param>
    /// <exception cref="EditException">Its latents have another number of channels.</exception>
    internal static VaeConfig ReadVae(ModelFiles files, ModelFamily beside, int latentChannels)
    {
        ConfigReader? json = files.Config(ModelPart.Vae);
        int channels = json?.Int("latent_channels", 4, 1, 64) ?? HeldLatentChannels(files);
        if (channels != latentChannels)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The VAE '{files.Path}' has latents of {channels} channels; the base model takes {latentChannels}: it belongs to another kind of model (those of Stable Diffusion 3 and FLUX have 16).",
                $"Use a VAE of {beside.Text()}.",
                files.Path);
        }

        return json is not null ? VaeConfig.Read(json) : FamilyDefaults.Of(files.Family == ModelFamily.None ? beside : files.Family).Vae;
    }

    /// <inheritdoc/>
    public T WithText<T>(Func<TextEncoders, T> use) => pool.Lend(
        Part(baseFiles, "text_encoder", Device, [.. Defaults.TextParts.Select(part => (baseFiles, part))]), LoadText, use);

    /// <inheritdoc/>
    /// <remarks>
    /// In single precision where the VAE's configuration asks for it; in half precision a VAE that overflows all the same is read again in
    /// single precision, and stays so.
    /// </remarks>
    public T WithVae<T>(Func<AutoencoderKL, T> use)
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
    public T WithDenoiser<T>(Func<Denoiser, T> use) => pool.Lend(
        Part(branchFiles, $"unet ({baseFiles.Path}) and brushnet", Device, (baseFiles, ModelPart.Unet), (branchFiles, ModelPart.Network)),
        LoadDenoiser,
        use);

    private T LendVae<T>(Func<AutoencoderKL, T> use) => pool.Lend(
        VaePart(), () => Load(vaeFiles, ModelPart.Vae, "VAE", vaeDevice, (device, type) => new AutoencoderKL(vae, device, type), VaeCounts()), use);

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

    private Denoiser LoadDenoiser()
    {
        UNet2DConditionModel loaded = Load(baseFiles, ModelPart.Unet, "U-Net", Device, (device, type) => new UNet2DConditionModel(unet, device, type), LevelCounts(unet.Levels, unet.LayersPerBlock));
        try
        {
            return new Denoiser(loaded, Load(branchFiles, ModelPart.Network, "BrushNet", Device, (device, type) => new BrushNetModel(branch, device, type), LevelCounts(branch.Levels, branch.LayersPerBlock)));
        }
        catch
        {
            // The larger half is in memory already when the branch turns out to be broken.
            loaded.Dispose();
            throw;
        }
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
        using IWeightsFile weights = files.OpenWeights(part, preferHalf: device.Type == ScalarType.Float16);
        LayerCounts.Require(weights, kind, counts);
        return ModuleLoader.Load(build, weights, kind, device.Type, device.Device, mayBeLeft);
    }

    private static (string, int, string)[] LevelCounts(int levels, int layers) =>
        [("the number of block_out_channels", levels, "down_blocks."), ("layers_per_block", layers, "down_blocks.0.resnets.")];

    private static (string, int, string)[] TextCounts(ClipTextConfig text) => [("num_hidden_layers", text.NumHiddenLayers, "text_model.encoder.layers.")];

    private (string, int, string)[] VaeCounts() =>
        [("the number of block_out_channels", vae.BlockOutChannels.Count, "encoder.down_blocks."), ("layers_per_block", vae.LayersPerBlock, "encoder.down_blocks.0.resnets.")];

    private BrushNetConfig ReadBranch()
    {
        if (branchFiles.Config(ModelPart.Network) is { } json)
        {
            return BrushNetConfig.Read(json);
        }

        using IWeightsFile weights = branchFiles.OpenWeights(ModelPart.Network);
        return BrushNetConfig.FromShapes(weights, unet);
    }

    // The channels that a VAE's decoder takes, by the header of its file.
    private static int HeldLatentChannels(ModelFiles files)
    {
        using IWeightsFile weights = files.OpenWeights(ModelPart.Vae);
        return new ShapeReader(weights, "VAE", "Put its config.json beside it.").Side("decoder.conv_in.weight", 1);
    }

    private ClipTokenizer OpenTokenizer(ModelPart part, ClipTextConfig text)
    {
        (string folder, string? pad) = baseFiles.RequireTokenizer(part);
        ClipTokenizer tokenizer = ClipTokenizer.Open(folder, pad);
        return tokenizer.VocabularySize <= text.VocabSize && tokenizer.MaxLength <= text.MaxPositionEmbeddings
            ? tokenizer
            : throw new EditException(
                EditFault.BadModel,
                $"The tokenizer '{folder}' gives rows of {tokenizer.MaxLength} ids below {tokenizer.VocabularySize}; the text encoder of '{baseFiles.Path}' takes {text.MaxPositionEmbeddings} below {text.VocabSize}.",
                "Use the tokenizer that was published with the model.",
                folder);
    }

    private static void RefuseOtherFamily(ModelFiles model, ModelFiles branch)
    {
        if (branch.Family != model.Family)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The BrushNet '{branch.Path}' is for {branch.Family.Text()}; the base model '{model.Path}' is of {model.Family.Text()}.",
                $"Use a BrushNet for {model.Family.Text()}, or a base model of {branch.Family.Text()}.",
                branch.Path);
        }
    }

    private static EditException WithoutVae(ModelFiles model) => new(
        EditFault.BadModel,
        $"'{model.Path}' brings no VAE, as many fine-tunes in one file do not.",
        $"Give one with -Vae: that of {model.Family.Text()}, or of the fine-tune.",
        model.Path);

    private void CheckFit()
    {
        RefuseOtherScale();
        if (unet.InChannels != unet.OutChannels)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The U-Net of '{baseFiles.Path}' takes {unet.InChannels} channels where a BrushNet's base takes the latent's {unet.OutChannels}: it is a checkpoint for inpainting or another task.",
                $"Use a plain model of {Family.Text()}; BrushNet brings the inpainting.",
                baseFiles.Path);
        }

        if (unet.CrossAttentionDim != texts.Sum(text => text.HiddenSize))
        {
            throw new EditException(
                EditFault.BadModel,
                $"The U-Net of '{baseFiles.Path}' reads texts {unet.CrossAttentionDim} wide; its text {(texts.Count > 1 ? "encoders give" : "encoder gives")} {string.Join(" + ", texts.Select(text => text.HiddenSize))}.",
                "Copy the model again, every part from the same place.",
                baseFiles.Path);
        }

        RefuseOtherPooled(unet.AddedEmbedding, $"U-Net of '{baseFiles.Path}'");
        RefuseOtherPooled(branch.AddedEmbedding, $"BrushNet '{branchFiles.Path}'");
        branch.EnsureFits(unet);
    }

    private void RefuseOtherPooled(AddedEmbeddingConfig? added, string network)
    {
        if (added is not null && (!texts[^1].WithProjection || texts[^1].ProjectionDim != added.PooledChannels))
        {
            throw new EditException(
                EditFault.BadModel,
                $"The {network} takes a pooled text {added.PooledChannels} wide; the second text encoder of '{baseFiles.Path}' gives {(texts[^1].WithProjection ? texts[^1].ProjectionDim : "none")}.",
                "Copy the model again, every part from the same place; the refiner of Stable Diffusion XL is no base model.",
                baseFiles.Path);
        }
    }

    // A VAE of another family has the same shape: its scaling factor tells it, where its configuration is there.
    private void RefuseOtherScale()
    {
        double own = baseFiles.HasVae ? ReadVae(baseFiles, Family, unet.OutChannels).ScalingFactor
            : vaeFiles.Family == ModelFamily.None || vaeFiles.Family == Family ? vae.ScalingFactor
            : Defaults.Vae.ScalingFactor;
        if (Math.Abs(own - vae.ScalingFactor) > FactorTolerance)
        {
            throw new EditException(
                EditFault.BadModel,
                string.Create(CultureInfo.InvariantCulture, $"The VAE '{vaeFiles.Path}' scales its latents by {vae.ScalingFactor}, the base model '{baseFiles.Path}' by {own}: it belongs to another family."),
                $"Use a VAE of {Family.Text()}.",
                vaeFiles.Path);
        }
    }
}
