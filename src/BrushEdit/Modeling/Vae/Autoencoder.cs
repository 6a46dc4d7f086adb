using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// Encodes pixels to latents and decodes them: <see cref="AutoencoderKL"/>, or, as a small substitute, <see cref="AutoencoderTiny"/>. Inputs must be
/// on the network's device and of its type.
/// </summary>
public abstract class Autoencoder : nn.Module<Tensor, Tensor>
{
    /// <summary>Sets the name.</summary>
    /// <param name="name">The class's name.</param>
    protected Autoencoder(string name)
        : base(name)
    {
    }

    /// <summary>The side of a latent cell in pixels.</summary>
    public abstract int ScaleFactor { get; }

    /// <summary>What a latent is multiplied by before diffusion and divided by before decoding; not done by the network.</summary>
    public abstract double ScalingFactor { get; }

    /// <summary>Pixels to the distribution of their latents.</summary>
    /// <param name="pixels">(B, 3, H, W) in [-1, 1]; H and W are multiples of <see cref="ScaleFactor"/>.</param>
    /// <returns>Mean and log-variance, both (B, latent, H/f, W/f).</returns>
    /// <exception cref="EditException">The sides are not multiples of the factor.</exception>
    public VaePosterior Encode(Tensor pixels)
    {
        CheckSides(pixels);
        using DisposeScope scope = NewDisposeScope();
        return Posterior(Moments(pixels)).MoveToOuterDisposeScope();
    }

    /// <summary>Latents to pixels.</summary>
    /// <param name="latent">(B, latent, h, w), already divided by the scaling factor.</param>
    /// <returns>(B, 3, h x f, w x f), about [-1, 1], not clamped.</returns>
    public abstract Tensor Decode(Tensor latent);

    /// <summary><see cref="Encode"/> for large pictures: tile by tile, so that memory depends on the tile's size.</summary>
    /// <param name="pixels">(B, 3, H, W) in [-1, 1]; H and W are multiples of <see cref="ScaleFactor"/>.</param>
    /// <param name="tiling">Size and overlap of the tiles.</param>
    /// <returns>The moments, blended where tiles overlap; exactly those of <see cref="Encode"/> if one tile suffices.</returns>
    /// <exception cref="EditException">The sides, or the tiling, are not multiples of the factor.</exception>
    public VaePosterior EncodeTiled(Tensor pixels, VaeTiling tiling)
    {
        ArgumentNullException.ThrowIfNull(tiling);
        CheckSides(pixels);
        using DisposeScope scope = NewDisposeScope();
        VaeTiler tiler = new(tiling, ScaleFactor, pixels.shape[2] / ScaleFactor, pixels.shape[3] / ScaleFactor);
        return Posterior(tiler.Run(pixels, ScaleFactor, 1, Moments)).MoveToOuterDisposeScope();
    }

    /// <summary><see cref="Decode"/> for large latents: tile by tile, so that memory depends on the tile's size.</summary>
    /// <param name="latent">(B, latent, h, w), already divided by the scaling factor.</param>
    /// <param name="tiling">Size and overlap of the tiles, in pixels.</param>
    /// <returns>(B, 3, h x f, w x f), blended where tiles overlap; exactly the result of <see cref="Decode"/> if one tile suffices.</returns>
    /// <exception cref="EditException">The tiling is not made of multiples of the factor.</exception>
    public Tensor DecodeTiled(Tensor latent, VaeTiling tiling)
    {
        ArgumentNullException.ThrowIfNull(latent);
        ArgumentNullException.ThrowIfNull(tiling);
        using DisposeScope scope = NewDisposeScope();
        VaeTiler tiler = new(tiling, ScaleFactor, latent.shape[2], latent.shape[3]);
        return tiler.Run(latent, 1, ScaleFactor, Decode).MoveToOuterDisposeScope();
    }

    /// <summary>Reconstructs a picture: encodes it and decodes the mean.</summary>
    /// <param name="input">(B, 3, H, W) in [-1, 1].</param>
    /// <returns>(B, 3, H, W).</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        return Decode(Encode(input).Mean).MoveToOuterDisposeScope();
    }

    /// <summary>The encoder's output for pixels, a tile or a whole picture.</summary>
    /// <param name="pixels">(B, 3, H, W) in [-1, 1].</param>
    private protected abstract Tensor Moments(Tensor pixels);

    /// <summary>The distribution that the encoder's output describes.</summary>
    /// <param name="moments">The result of <see cref="Moments"/>.</param>
    private protected abstract VaePosterior Posterior(Tensor moments);

    private void CheckSides(Tensor pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.dim() != 4 || pixels.shape[2] % ScaleFactor != 0 || pixels.shape[3] % ScaleFactor != 0)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"The VAE was given pixels of shape [{string.Join(", ", pixels.shape)}]; it needs (batch, channels, height, width) with sides that are multiples of {ScaleFactor}.",
                "Pad or crop the picture first.");
        }
    }
}
