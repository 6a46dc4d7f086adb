using BrushEdit.Models;
using BrushEdit.Networks;
using BrushEdit.Samplers;
using BrushEdit.Text;
using BrushEdit.Weights;

namespace BrushEdit.Inpainting;

/// <summary>A Stable Diffusion base and a BrushNet on disk, read part by part into a pool.</summary>
public sealed class InpaintModel : IInpaintModel
{
    private readonly ModelCatalog catalog;
    private readonly ModelFiles baseFiles;
    private readonly ModelFiles branchFiles;
    private readonly ModelPool pool;
    private readonly UNetConfig unet;
    private readonly VaeConfig vae;
    private readonly ClipTextConfig text;
    private readonly BrushNetConfig branch;

    private InpaintModel(ModelCatalog catalog, ModelFiles baseFiles, ModelFiles branchFiles, ComputeDevice device, ModelPool pool)
    {
        this.catalog = catalog;
        this.baseFiles = baseFiles;
        this.branchFiles = branchFiles;
        this.pool = pool;
        Device = device;
        unet = baseFiles.Config(ModelPart.Unet) is { } unetJson ? UNetConfig.Read(unetJson) : new UNetConfig();
        vae = baseFiles.Config(ModelPart.Vae) is { } vaeJson ? VaeConfig.Read(vaeJson) : new VaeConfig();
        text = baseFiles.Config(ModelPart.TextEncoder) is { } textJson ? ClipTextConfig.Read(textJson) : new ClipTextConfig();
        Scheduler = baseFiles.Config(ModelPart.Scheduler) is { } schedulerJson ? SamplerConfig.Read(schedulerJson) : new SamplerConfig();
        branch = branchFiles.Config(ModelPart.Network) is { } branchJson ? BrushNetConfig.Read(branchJson) : new BrushNetConfig();
        CheckFit();
    }

    /// <inheritdoc/>
    public string Name => baseFiles.Path == Path.GetDirectoryName(branchFiles.Path)
        ? Path.GetFileName(baseFiles.Path)
        : $"{Path.GetFileName(baseFiles.Path)} + {Path.GetFileName(branchFiles.Path)}";

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
    /// <exception cref="EditException">A model is missing, broken or of the wrong kind, or the two do not fit.</exception>
    public static InpaintModel Open(ModelCatalog catalog, string baseModel, string? brushNet, ComputeDevice device, ModelPool pool)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ModelFiles found = catalog.Open(baseModel, ModelKind.StableDiffusion);
        return new InpaintModel(catalog, found, catalog.Open(brushNet ?? baseModel, ModelKind.BrushNet), device, pool);
    }

    /// <inheritdoc/>
    public T WithText<T>(Func<ClipTokenizer, ClipTextModel, T> use) => pool.Lend(
        Part(baseFiles, "text_encoder", (baseFiles, ModelPart.TextEncoder)),
        () => new TextPart(
            ClipTokenizer.Open(catalog.TokenizerFolder(baseFiles)),
            Load(baseFiles, ModelPart.TextEncoder, "CLIP text encoder", (device, type) => new ClipTextModel(text, device, type), ClipTextModel.MayBeLeft)),
        part => use(part.Tokenizer, part.Encoder));

    /// <inheritdoc/>
    public T WithVae<T>(Func<AutoencoderKL, T> use) => pool.Lend(
        Part(baseFiles, "vae", (baseFiles, ModelPart.Vae)), () => Load(baseFiles, ModelPart.Vae, "VAE", (device, type) => new AutoencoderKL(vae, device, type)), use);

    /// <inheritdoc/>
    public T WithDenoiser<T>(Func<Denoiser, T> use) => pool.Lend(
        Part(branchFiles, $"unet ({baseFiles.Path}) and brushnet", (baseFiles, ModelPart.Unet), (branchFiles, ModelPart.Network)),
        LoadDenoiser,
        use);

    private Denoiser LoadDenoiser()
    {
        UNet2DConditionModel loaded = Load(baseFiles, ModelPart.Unet, "U-Net", (device, type) => new UNet2DConditionModel(unet, device, type));
        try
        {
            return new Denoiser(loaded, Load(branchFiles, ModelPart.Network, "BrushNet", (device, type) => new BrushNetModel(branch, device, type)));
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
        Func<string, bool>? mayBeLeft = null)
        where T : TorchSharp.torch.nn.Module
    {
        using IWeightsFile weights = files.OpenWeights(part, preferHalf: Device.Type == TorchSharp.torch.ScalarType.Float16);
        return ModuleLoader.Load(build, weights, kind, Device.Type, Device.Device, mayBeLeft);
    }

    private void CheckFit()
    {
        if (unet.InChannels != vae.LatentChannels)
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

        branch.EnsureFits(unet);
    }

    private sealed record TextPart(ClipTokenizer Tokenizer, ClipTextModel Encoder) : IDisposable
    {
        public void Dispose() => Encoder.Dispose();
    }
}
