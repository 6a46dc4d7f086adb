using BrushEdit.Caching;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Tokenizing;
using BrushEdit.Training;
using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>Stable Diffusion 1.5 and BrushNet at full size with random weights: as fast as the real ones, without a download.</summary>
internal sealed class FullSizeModel : IInpaintModel, IDisposable
{
    private readonly TextEncoders text;
    private readonly AutoencoderKL vae;
    private readonly AutoencoderTiny tiny;
    private readonly Denoiser denoiser;

    /// <summary>Creates the networks on their device.</summary>
    /// <param name="device">The device and precision.</param>
    /// <param name="side">The side in pixels of the pictures it works on.</param>
    public FullSizeModel(ComputeDevice device, int side)
    {
        Device = device;
        NativeSide = side;
        ClipTokenizer tokenizer = Tokenizer();
        torch.random.manual_seed(1);
        text = new TextEncoders(new TextTower(tokenizer, Random(() => new ClipTextModel(new ClipTextConfig { EosTokenId = tokenizer.EndTokenId }, torch.META, device.Type))));
        vae = Random(() => new AutoencoderKL(new VaeConfig(), torch.META, device.Type));
        tiny = Random(() => new AutoencoderTiny(new TinyVaeConfig(), torch.META, device.Type));
        UNetConfig unet = new();
        denoiser = new Denoiser(
            Random(() => new UNet2DConditionModel(unet, torch.META, device.Type)),
            Random(() => new BrushNetModel(BrushNetConfig.FromUNet(unet), torch.META, device.Type)));
    }

    /// <inheritdoc/>
    public string Name => "Stable Diffusion 1.5 + BrushNet, random weights";

    /// <inheritdoc/>
    public ComputeDevice Device { get; }

    /// <inheritdoc/>
    public int NativeSide { get; }

    /// <summary>Whether the tiny autoencoder replaces the full one.</summary>
    public bool UsesTinyVae { get; set; }

    /// <inheritdoc/>
    public int Factor => vae.Config.ScaleFactor;

    /// <inheritdoc/>
    public double ScalingFactor => UsesTinyVae ? tiny.ScalingFactor : vae.Config.ScalingFactor;

    /// <inheritdoc/>
    public SamplerConfig Scheduler { get; } = new();

    /// <inheritdoc/>
    public double? GuidanceScale => null;

    /// <inheritdoc/>
    public bool ZerosForNoPrompt => false;


    /// <inheritdoc/>
    public IReadOnlyList<string> Warnings => [];

    /// <inheritdoc/>
    public T WithText<T>(Func<TextEncoders, T> use) => use(text);

    /// <inheritdoc/>
    public T WithVae<T>(Func<Autoencoder, T> use) => use(UsesTinyVae ? tiny : vae);

    /// <inheritdoc/>
    public bool HasPreviewVae => false;

    /// <inheritdoc/>
    public T WithPreviewVae<T>(Func<Autoencoder, T> use) => use(vae);

    /// <inheritdoc/>
    public bool EmbedsGuidance => false;

    /// <inheritdoc/>
    public TextInversions Inversions => TextInversions.None;

    /// <inheritdoc/>
    public T WithDenoiser<T>(Func<Denoiser, T> use) => use(denoiser);

    /// <summary>Frees the networks.</summary>
    public void Dispose()
    {
        text.Dispose();
        vae.Dispose();
        tiny.Dispose();
        denoiser.Dispose();
    }

    private static ClipTokenizer Tokenizer()
    {
        string folder = Directory.CreateTempSubdirectory("brushedit-bench-").FullName;
        try
        {
            TokenizerTraining.Write(folder, Toybox.Words, new ClipTextConfig().MaxPositionEmbeddings);
            return ClipTokenizer.Open(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private T Random<T>(Func<T> build)
        where T : torch.nn.Module
    {
        using IDisposable noGradients = torch.no_grad();
        T network = build();
        Dictionary<string, long[]> shapes = network.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.shape);
        ModuleLoader.Materialize(network, name => RandomWeights.Draw(name, shapes[name], Device.Type, Device.Device));
        network.eval();
        return network;
    }
}
