using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// The variational autoencoder of latent diffusion: pixels to a normal distribution over latents, and latents back to pixels.
/// Field names are the published keys (<c>encoder</c>, <c>decoder</c>, <c>quant_conv</c>, <c>post_quant_conv</c>).
/// </summary>
/// <remarks>
/// Matches AutoencoderKL of diffusers. The scaling factor is not applied here: a latent for the diffusion is
/// <c>sample * Config.ScalingFactor</c>. Inputs must be on the network's device and of its type. Gradients flow.
/// </remarks>
public sealed class AutoencoderKL : Autoencoder
{
    private readonly VaeEncoder encoder;
    private readonly VaeDecoder decoder;
    private readonly Conv2d quant_conv;
    private readonly Conv2d post_quant_conv;

    /// <summary>Builds the network with freshly drawn weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="device">The device of its tensors; meta for names and shapes only.</param>
    /// <param name="dtype">Their type; single precision if null.</param>
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

    /// <inheritdoc/>
    public override int ScaleFactor => Config.ScaleFactor;

    /// <inheritdoc/>
    public override double ScalingFactor => Config.ScalingFactor;

    /// <inheritdoc/>
    public override Tensor Decode(Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(latent);
        using DisposeScope scope = NewDisposeScope();
        return decoder.forward(post_quant_conv.forward(latent)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    private protected override Tensor Moments(Tensor pixels) => quant_conv.forward(encoder.forward(pixels));

    /// <inheritdoc/>
    private protected override VaePosterior Posterior(Tensor moments) => VaePosterior.FromMoments(moments);
}

/// <summary>The normal distribution of a picture's latents, each cell independent.</summary>
/// <param name="Mean">(B, latent, h, w).</param>
/// <param name="LogVar">
/// Natural logarithm of the variance, clamped to [-30, 20], or minus infinity if the latents are deterministic; the shape of <paramref name="Mean"/>.
/// </param>
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

    /// <summary>Latents without variance: a sample is the mean, whatever the noise.</summary>
    /// <param name="latents">(B, latent, h, w).</param>
    internal static VaePosterior Certain(Tensor latents) => new(latents, full_like(latents, Scalars.Of(double.NegativeInfinity)));

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
