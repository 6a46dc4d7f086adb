using BrushEdit.Modeling;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace BrushEdit.Inpainting;

/// <summary>
/// Builds the BrushNet branch's input. The one place where the mask's meaning is inverted: for users 1 = edit, while the published
/// weights were trained with 1 = keep.
/// </summary>
internal static class HoleCondition
{
    /// <summary>Returns the branch's view of a region.</summary>
    /// <param name="pixels">The region.</param>
    /// <returns>(1, 3, H, W) in [-1, 1], single precision, on the CPU.</returns>
    /// <remarks>
    /// The picture with its hole black, as in BrushNet's own code. If the whole picture is edited, nothing would be left to see,
    /// and a fill would share nothing with the picture but its caption: in that case the branch sees the whole picture as it was before
    /// the edit, with a mask that keeps none of it. The bundle is trained this way, so that 'make it night' keeps the scene.
    /// </remarks>
    public static torch.Tensor ShownPixels(RegionPixels pixels) =>
        MaskedPixels(pixels.Rgb, pixels.IsWhole ? [] : pixels.Hole, pixels.Width, pixels.Height);

    /// <summary>The pixels with the hole black, as input for the autoencoder: black is -1 after normalisation, not 0.</summary>
    /// <param name="rgb">8-bit sRGB, interleaved, row-major.</param>
    /// <param name="hole">True = hole; row-major, of the same size; empty for no hole.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <returns>(1, 3, H, W) in [-1, 1], single precision, on the CPU.</returns>
    public static torch.Tensor MaskedPixels(byte[] rgb, ReadOnlySpan<bool> hole, int width, int height)
    {
        byte[] masked = (byte[])rgb.Clone();
        for (int i = 0; i < hole.Length; i++)
        {
            if (hole[i])
            {
                masked.AsSpan(3 * i, 3).Clear();
            }
        }

        using torch.Tensor bytes = torch.tensor(masked, [1, height, width, 3], torch.ScalarType.Byte);
        using torch.Tensor planes = bytes.permute(0, 3, 1, 2).to(torch.ScalarType.Float32);
        return planes.div_(Scalars.Of(127.5)).sub_(Scalars.One).contiguous();
    }

    /// <summary>The mask at latent size by nearest neighbour, inverted: (1, 1, h, w), 1 = keep, 0 = hole.</summary>
    /// <param name="hole">1 = hole, row-major.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="latentWidth">Latent cells across.</param>
    /// <param name="latentHeight">Latent cells down.</param>
    public static torch.Tensor Keep(bool[] hole, int width, int height, long latentWidth, long latentHeight)
    {
        using torch.Tensor holes = torch.tensor(hole, [1, 1, height, width]).to(torch.ScalarType.Float32);
        using torch.Tensor small = functional.interpolate(holes, size: [latentHeight, latentWidth], mode: torch.InterpolationMode.Nearest);
        return small.FromOne();
    }

    /// <summary>The branch's condition: the sampled, scaled latent of the masked picture, then the mask.</summary>
    /// <param name="posterior">The autoencoder's posterior of <see cref="MaskedPixels"/>.</param>
    /// <param name="noise">Unit normals of the latent's shape.</param>
    /// <param name="scalingFactor">The autoencoder's scaling factor.</param>
    /// <param name="keep">The result of <see cref="Keep"/>.</param>
    /// <returns>(1, C + 1, h, w).</returns>
    public static torch.Tensor Join(VaePosterior posterior, torch.Tensor noise, double scalingFactor, torch.Tensor keep)
    {
        using torch.Tensor sample = posterior.Sample(noise.to(posterior.Mean.dtype, posterior.Mean.device));
        using torch.Tensor scaled = sample.to(torch.ScalarType.Float32).Times(scalingFactor);
        return torch.cat([scaled, keep.to(scaled.device)], 1);
    }
}
