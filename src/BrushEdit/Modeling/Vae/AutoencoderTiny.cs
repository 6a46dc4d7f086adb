using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// The tiny autoencoder TAESD (github.com/madebyollin/taesd), distilled from Stable Diffusion's: with a fiftieth of its work and some loss of detail.
/// Its latents are those of the U-Net, without a scaling factor and without a variance. Field names are the published keys.
/// </summary>
/// <remarks>Matches AutoencoderTiny of diffusers.</remarks>
public sealed class AutoencoderTiny : Autoencoder
{
    private readonly TinyEncoder encoder;
    private readonly TinyDecoder decoder;

    /// <summary>Builds the network with freshly drawn weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="device">The device of its tensors; meta for names and shapes only.</param>
    /// <param name="dtype">Their type; single precision if null.</param>
    public AutoencoderTiny(TinyVaeConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(AutoencoderTiny))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate(nameof(AutoencoderTiny));
        Config = config;
        encoder = new TinyEncoder(config, device, dtype);
        decoder = new TinyDecoder(config, device, dtype);
        RegisterComponents();
    }

    /// <summary>The shape it was built with.</summary>
    public TinyVaeConfig Config { get; }

    /// <inheritdoc/>
    public override int ScaleFactor => Config.ScaleFactor;

    /// <inheritdoc/>
    public override double ScalingFactor => Config.ScalingFactor;

    /// <inheritdoc/>
    public override Tensor Decode(Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(latent);
        using DisposeScope scope = NewDisposeScope();
        return decoder.forward(latent).MoveToOuterDisposeScope();
    }

    /// <summary>Latents as a picture that fits in 8 bits: [-magnitude, magnitude] to [0, 1], clamped.</summary>
    /// <param name="latents">Of any shape.</param>
    public Tensor ToUnit(Tensor latents)
    {
        using DisposeScope scope = NewDisposeScope();
        return latents.Over(2 * Config.LatentMagnitude).Plus(Config.LatentShift).clamp(Scalars.Of(0.0), Scalars.Of(1.0)).MoveToOuterDisposeScope();
    }

    /// <summary>The inverse of <see cref="ToUnit"/>.</summary>
    /// <param name="unit">Of any shape, in [0, 1].</param>
    public Tensor FromUnit(Tensor unit)
    {
        using DisposeScope scope = NewDisposeScope();
        return unit.Plus(-Config.LatentShift).Times(2 * Config.LatentMagnitude).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    private protected override Tensor Moments(Tensor pixels) => encoder.forward(pixels);

    /// <inheritdoc/>
    private protected override VaePosterior Posterior(Tensor moments) => VaePosterior.Certain(moments);
}

/// <summary>Three convolutions around the input, with ReLU. (B, C, H, W) to the same.</summary>
internal sealed class TinyBlock : nn.Module<Tensor, Tensor>
{
    private readonly Sequential conv;

    public TinyBlock(int channels, Device? device, ScalarType? dtype)
        : base(nameof(TinyBlock))
    {
        Conv2d Layer() => nn.Conv2d(channels, channels, 3, padding: 1, device: device, dtype: dtype);
        conv = nn.Sequential(Layer(), nn.ReLU(), Layer(), nn.ReLU(), Layer());
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return nn.functional.relu(conv.forward(x).Plus(x)).MoveToOuterDisposeScope();
    }
}

/// <summary>Pixels in [-1, 1] to latents.</summary>
internal sealed class TinyEncoder : nn.Module<Tensor, Tensor>
{
    private readonly Sequential layers;

    public TinyEncoder(TinyVaeConfig config, Device? device, ScalarType? dtype)
        : base(nameof(TinyEncoder))
    {
        int width = config.EncoderWidth;
        List<nn.Module<Tensor, Tensor>> list = [nn.Conv2d(config.InChannels, width, 3, padding: 1, device: device, dtype: dtype)];
        foreach ((int level, int count) in config.EncoderBlocks.Index())
        {
            if (level > 0)
            {
                list.Add(nn.Conv2d(width, width, 3, stride: 2, padding: 1, bias: false, device: device, dtype: dtype));
            }

            list.AddRange(Enumerable.Range(0, count).Select(_ => new TinyBlock(width, device, dtype)));
        }

        list.Add(nn.Conv2d(width, config.LatentChannels, 3, padding: 1, device: device, dtype: dtype));
        layers = nn.Sequential(list);
        RegisterComponents();
    }

    public override Tensor forward(Tensor pixels)
    {
        using DisposeScope scope = NewDisposeScope();
        return layers.forward(pixels.Plus(1).Over(2)).MoveToOuterDisposeScope();
    }
}

/// <summary>Latents, squashed into the network's range, to pixels about [-1, 1].</summary>
internal sealed class TinyDecoder : nn.Module<Tensor, Tensor>
{
    private readonly Sequential layers;
    private readonly double magnitude;

    public TinyDecoder(TinyVaeConfig config, Device? device, ScalarType? dtype)
        : base(nameof(TinyDecoder))
    {
        magnitude = config.LatentMagnitude;
        int width = config.DecoderWidth;
        List<nn.Module<Tensor, Tensor>> list = [nn.Conv2d(config.LatentChannels, width, 3, padding: 1, device: device, dtype: dtype), nn.ReLU()];
        foreach ((int level, int count) in config.DecoderBlocks.Index())
        {
            list.AddRange(Enumerable.Range(0, count).Select(_ => new TinyBlock(width, device, dtype)));
            bool isLast = level == config.DecoderBlocks.Count - 1;
            if (!isLast)
            {
                list.Add(nn.Upsample(scale_factor: [2, 2]));
            }

            list.Add(nn.Conv2d(width, isLast ? config.OutChannels : width, 3, padding: 1, bias: isLast, device: device, dtype: dtype));
        }

        layers = nn.Sequential(list);
        RegisterComponents();
    }

    public override Tensor forward(Tensor latent)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor bent = latent.Over(magnitude).tanh().Times(magnitude);
        return layers.forward(bent).Times(2.0).Plus(-1.0).MoveToOuterDisposeScope();
    }
}
