using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Networks;

/// <summary>
/// The variational autoencoder of latent diffusion: pixels to a normal distribution over latents, and latents back to pixels.
/// Field names are the published keys (<c>encoder</c>, <c>decoder</c>, <c>quant_conv</c>, <c>post_quant_conv</c>).
/// </summary>
/// <remarks>
/// Matches AutoencoderKL of diffusers. The scaling factor is not applied here: a latent for the diffusion is
/// <c>sample * Config.ScalingFactor</c>. Inputs must be on the network's device and of its type. Gradients flow.
/// </remarks>
public sealed class AutoencoderKL : nn.Module<Tensor, Tensor>
{
    private readonly VaeEncoder encoder;
    private readonly VaeDecoder decoder;
    private readonly Conv2d quant_conv;
    private readonly Conv2d post_quant_conv;

    /// <summary>Builds the network with freshly drawn weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="device">Where its tensors lie; meta for names and shapes only.</param>
    /// <param name="dtype">Their type; single precision where null.</param>
    public AutoencoderKL(VaeConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(AutoencoderKL))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate(nameof(AutoencoderKL));
        Config = config;
        encoder = new VaeEncoder(config, device, dtype);
        decoder = new VaeDecoder(config, device, dtype);
        quant_conv = nn.Conv2d(2 * config.LatentChannels, 2 * config.LatentChannels, 1, device: device, dtype: dtype);
        post_quant_conv = nn.Conv2d(config.LatentChannels, config.LatentChannels, 1, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>The shape it was built in, with the scaling factor.</summary>
    public VaeConfig Config { get; }

    /// <summary>Pixels to the distribution of their latents.</summary>
    /// <param name="pixels">(B, 3, H, W) in [-1, 1]; H and W are multiples of <see cref="VaeConfig.ScaleFactor"/>.</param>
    /// <returns>Mean and log-variance, both (B, latent, H/f, W/f).</returns>
    /// <exception cref="EditException">The sides are not multiples of the factor.</exception>
    public VaePosterior Encode(Tensor pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        CheckSides(pixels);
        using DisposeScope scope = NewDisposeScope();
        return VaePosterior.FromMoments(quant_conv.forward(encoder.forward(pixels))).MoveToOuterDisposeScope();
    }

    /// <summary>Latents to pixels.</summary>
    /// <param name="latent">(B, latent, h, w), already divided by the scaling factor.</param>
    /// <returns>(B, 3, h x f, w x f), about [-1, 1], not clamped.</returns>
    public Tensor Decode(Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(latent);
        using DisposeScope scope = NewDisposeScope();
        return decoder.forward(post_quant_conv.forward(latent)).MoveToOuterDisposeScope();
    }

    /// <summary><see cref="Encode"/> for large pictures: tile by tile, so that memory follows the tile's size.</summary>
    /// <param name="pixels">(B, 3, H, W) in [-1, 1]; H and W are multiples of <see cref="VaeConfig.ScaleFactor"/>.</param>
    /// <param name="tiling">Size and overlap of the tiles.</param>
    /// <returns>The moments, blended where tiles overlap; exactly <see cref="Encode"/>'s where one tile suffices.</returns>
    /// <exception cref="EditException">The sides, or the tiling, are not multiples of the factor.</exception>
    public VaePosterior EncodeTiled(Tensor pixels, VaeTiling tiling)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(tiling);
        CheckSides(pixels);
        using DisposeScope scope = NewDisposeScope();
        VaeTiler tiler = new(tiling, Config.ScaleFactor, pixels.shape[2] / Config.ScaleFactor, pixels.shape[3] / Config.ScaleFactor);
        Tensor moments = tiler.Run(pixels, Config.ScaleFactor, 1, tile => quant_conv.forward(encoder.forward(tile)));
        return VaePosterior.FromMoments(moments).MoveToOuterDisposeScope();
    }

    /// <summary><see cref="Decode"/> for large latents: tile by tile, so that memory follows the tile's size.</summary>
    /// <param name="latent">(B, latent, h, w), already divided by the scaling factor.</param>
    /// <param name="tiling">Size and overlap of the tiles, in pixels.</param>
    /// <returns>(B, 3, h x f, w x f), blended where tiles overlap; exactly <see cref="Decode"/>'s where one tile suffices.</returns>
    /// <exception cref="EditException">The tiling is not made of multiples of the factor.</exception>
    public Tensor DecodeTiled(Tensor latent, VaeTiling tiling)
    {
        ArgumentNullException.ThrowIfNull(latent);
        ArgumentNullException.ThrowIfNull(tiling);
        using DisposeScope scope = NewDisposeScope();
        VaeTiler tiler = new(tiling, Config.ScaleFactor, latent.shape[2], latent.shape[3]);
        return tiler.Run(latent, 1, Config.ScaleFactor, Decode).MoveToOuterDisposeScope();
    }

    /// <summary>There and back through the mean: what the autoencoder makes of a picture.</summary>
    /// <param name="input">(B, 3, H, W) in [-1, 1].</param>
    /// <returns>(B, 3, H, W).</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        return Decode(Encode(input).Mean).MoveToOuterDisposeScope();
    }

    private void CheckSides(Tensor pixels)
    {
        if (pixels.dim() != 4 || pixels.shape[2] % Config.ScaleFactor != 0 || pixels.shape[3] % Config.ScaleFactor != 0)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"The VAE was given pixels of shape [{string.Join(", ", pixels.shape)}]; it needs (batch, channels, height, width) with sides that are multiples of {Config.ScaleFactor}.",
                "Pad or crop the picture first.");
        }
    }
}

/// <summary>The normal distribution of a picture's latents, each cell on its own.</summary>
/// <param name="Mean">(B, latent, h, w).</param>
/// <param name="LogVar">Natural logarithm of the variance, clamped to [-30, 20]; the shape of <paramref name="Mean"/>.</param>
public sealed record VaePosterior(Tensor Mean, Tensor LogVar) : IDisposable
{
    /// <summary>Draws latents: mean + standard deviation x noise. Gradients flow.</summary>
    /// <param name="noise">Standard normal numbers of the mean's shape.</param>
    /// <returns>(B, latent, h, w), not scaled.</returns>
    public Tensor Sample(Tensor noise)
    {
        using DisposeScope scope = NewDisposeScope();
        return Mean.Plus(LogVar.Times(0.5).exp() * noise).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Mean.Dispose();
        LogVar.Dispose();
    }

    internal static VaePosterior FromMoments(Tensor moments)
    {
        Tensor[] halves = moments.chunk(2, 1);
        return new VaePosterior(halves[0], halves[1].clamp(Scalars.Of(-30.0), Scalars.Of(20.0)));
    }

    internal VaePosterior MoveToOuterDisposeScope()
    {
        Mean.MoveToOuterDisposeScope();
        LogVar.MoveToOuterDisposeScope();
        return this;
    }
}
