using BrushEdit.Caching;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Tokenizing;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>The base model that a branch is trained on. It is frozen: its weights get no gradients.</summary>
public sealed class TrainingBase : IDisposable
{
    private TrainingBase(ModelFiles files, ModelFiles vaeFiles, ComputeDevice device)
    {
        Files = files;
        VaeIdentity = string.Join('|', vaeFiles.WeightFiles(ModelPart.Vae).Select(file => $"{file} {File.GetLastWriteTimeUtc(file).Ticks} {device.Type}"));
        Device = device;
        Scheduler = files.Config(ModelPart.Scheduler) is { } scheduler ? SamplerConfig.Read(scheduler) : new SamplerConfig();
        Schedule = new NoiseSchedule(Scheduler);
        UNetConfig unet = files.Config(ModelPart.Unet) is { } unetJson ? UNetConfig.Read(unetJson) : new UNetConfig();
        ClipTextConfig text = files.Config(ModelPart.TextEncoder) is { } textJson ? ClipTextConfig.Read(textJson) : new ClipTextConfig();
        VaeConfig vae = vaeFiles.Config(ModelPart.Vae) is { } vaeJson ? VaeConfig.Read(vaeJson) : new VaeConfig();
        Tokenizer = ClipTokenizer.Open(files.RequireTokenizer());
        UNet = Load(files, ModelPart.Unet, "U-Net", (where, type) => new UNet2DConditionModel(unet, where, type));
        Text = Load(files, ModelPart.TextEncoder, "CLIP text encoder", (where, type) => new ClipTextModel(text, where, type), ClipTextModel.MayBeLeft);
        Vae = Load(vaeFiles, ModelPart.Vae, "VAE", (where, type) => new AutoencoderKL(vae, where, type));
    }

    /// <summary>The base's files.</summary>
    public ModelFiles Files { get; }

    /// <summary>Identifies the autoencoder's files and its precision.</summary>
    internal string VaeIdentity { get; }

    /// <summary>The base's device and precision.</summary>
    public ComputeDevice Device { get; }

    /// <summary>The U-Net.</summary>
    public UNet2DConditionModel UNet { get; }

    /// <summary>The text encoder.</summary>
    public ClipTextModel Text { get; }

    /// <summary>The text encoder's tokenizer.</summary>
    public ClipTokenizer Tokenizer { get; }

    /// <summary>The autoencoder.</summary>
    public AutoencoderKL Vae { get; }

    /// <summary>The base's sampler settings.</summary>
    public SamplerConfig Scheduler { get; }

    /// <summary>The noise schedule, which also determines what is predicted.</summary>
    public NoiseSchedule Schedule { get; }

    /// <summary>Reads a base model.</summary>
    /// <param name="catalog">The catalog that names are looked up in.</param>
    /// <param name="model">A name or path.</param>
    /// <param name="vae">The name or path of a VAE that replaces the base's; null for the base's own.</param>
    /// <param name="device">The device, and the precision: single or bfloat16.</param>
    /// <exception cref="EditException">A part is missing, broken or of the wrong kind.</exception>
    public static TrainingBase Open(ModelCatalog catalog, string model, string? vae, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(device);
        if (device.EightBitWeights)
        {
            throw new EditException(EditFault.BadArgument, "A branch cannot be trained on a base model with weights in 8 bits: gradients need every expanded weight at once.", "Load the base model without 8-bit weights.", device);
        }

        ModelFiles files = catalog.Open(model, ModelKind.StableDiffusion);
        if (files.Family != ModelFamily.Sd15)
        {
            throw new EditException(
                EditFault.BadModel, $"'{files.Path}' is of {files.Family.Text()}; branches can only be trained on {ModelFamily.Sd15.Text()}.", $"Use a base model of {ModelFamily.Sd15.Text()}.", files.Path);
        }

        ModelFiles? own = vae is not null ? catalog.Open(vae, ModelKind.Vae) : files.HasVae ? files : null;
        return new TrainingBase(
            files,
            own ?? throw new EditException(EditFault.BadModel, $"'{files.Path}' contains no VAE.", "Give one with -Vae.", files.Path),
            device);
    }

    /// <summary>Encodes captions.</summary>
    /// <param name="captions">B captions.</param>
    /// <returns>(B, L, D), of the base's precision.</returns>
    public torch.Tensor Context(IReadOnlyList<string> captions)
    {
        ArgumentNullException.ThrowIfNull(captions);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        long[] ids = [.. captions.SelectMany(caption => Tokenizer.Encode(caption).Ids)];
        torch.Tensor batch = torch.tensor(ids, [captions.Count, ids.Length / captions.Count], device: Device.Device);
        return Text.forward(batch).LastHiddenState.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        UNet.Dispose();
        Text.Dispose();
        Vae.Dispose();
    }

    private T Load<T>(ModelFiles files, ModelPart part, string kind, Func<torch.Device, torch.ScalarType, T> build, Func<string, bool>? mayBeLeft = null)
        where T : torch.nn.Module
    {
        using IWeightsFile weights = files.OpenWeights(part);
        T network = ModuleLoader.Load(build, weights, kind, Device.Type, Device.Device, mayBeLeft);
        foreach (TorchSharp.Modules.Parameter parameter in network.parameters())
        {
            parameter.requires_grad = false;
        }

        return network;
    }
}
