using BrushEdit.Modeling;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace BrushEdit.Inpainting;

/// <summary>
/// Builds what the BrushNet branch is shown. The one place where the mask's meaning turns round: users say 1 = edit, the published
/// weights were given 1 = keep.
/// </summary>
internal static class HoleCondition
{
    /// <summary>What the branch is shown of a region.</summary>
    /// <param name="pixels">The region.</param>
    /// <returns>(1, 3, H, W) in [-1, 1], single precision, on the CPU.</returns>
    /// <remarks>
    /// The picture with its hole black, as BrushNet's authors have it. Where the whole picture is edited nothing would be left to see,
    /// and a fill would have nothing in common with the picture but its caption: then it is shown the whole picture as it was before
    /// the edit, with a mask that keeps none of it. The bundle is trained that way, so that 'make it night' keeps the scene.
    /// </remarks>
    public static torch.Tensor ShownPixels(RegionPixels pixels) =>
        MaskedPixels(pixels.Rgb, pixels.IsWhole ? [] : pixels.Hole, pixels.Width, pixels.Height);

    /// <summary>The pixels with the hole black, as the autoencoder takes them: black is -1 after normalisation, not 0.</summary>
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

    /// <summary>The mask at latent size by nearest neighbour, turned round: (1, 1, h, w), 1 = keep, 0 = hole.</summary>
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
    /// <param name="keep">What <see cref="Keep"/> gave.</param>
    /// <returns>(1, C + 1, h, w).</returns>
    public static torch.Tensor Join(VaePosterior posterior, torch.Tensor noise, double scalingFactor, torch.Tensor keep)
    {
        using torch.Tensor sample = posterior.Sample(noise.to(posterior.Mean.dtype, posterior.Mean.device));
        using torch.Tensor scaled = sample.to(torch.ScalarType.Float32).Times(scalingFactor);
        return torch.cat([scaled, keep.to(scaled.device)], 1);
    }
}
