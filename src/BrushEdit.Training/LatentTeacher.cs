using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>
/// Has a new autoencoder learn another one's latents of the same picture seen smaller, so that a denoiser trained on the old latents is a
/// beginning for the new ones and not lost.
/// </summary>
/// <param name="vae">The old autoencoder; not changed.</param>
public sealed class LatentTeacher(AutoencoderKL vae)
{
    /// <summary>What a squared difference of latents counts beside an error of pixels.</summary>
    private const double Weight = 0.02;

    /// <summary>Gives a new autoencoder, which has more levels, the old one's weights for the levels that both have.</summary>
    /// <param name="pupil">The new autoencoder.</param>
    /// <remarks>
    /// An encoder's levels are counted from the picture, so the old ones move inwards; a decoder's from the latents, so they stay. Where shapes
    /// differ, at the seam, the pupil's own weights stay.
    /// </remarks>
    public void Begin(AutoencoderKL pupil)
    {
        ArgumentNullException.ThrowIfNull(pupil);
        using IDisposable noGradients = torch.no_grad();
        int deeper = pupil.Config.BlockOutChannels.Count - vae.Config.BlockOutChannels.Count;
        Dictionary<string, torch.Tensor> target = pupil.state_dict();
        foreach ((string name, torch.Tensor weight) in vae.state_dict())
        {
            string moved = Moved(name, deeper);
            if (target.TryGetValue(moved, out torch.Tensor? own) && own.shape.AsSpan().SequenceEqual(weight.shape))
            {
                own.copy_(weight);
            }
        }
    }

    /// <summary>The weighted mean squared difference between the pupil's latents and the teacher's.</summary>
    /// <param name="pixels">What the pupil encoded, (B, 3, H, W) in [-1, 1].</param>
    /// <param name="mean">Its posterior's mean, (B, C, h, w).</param>
    public torch.Tensor Distance(torch.Tensor pixels, torch.Tensor mean)
    {
        ArgumentNullException.ThrowIfNull(mean);
        torch.Tensor taught;
        using (torch.no_grad())
        {
            long[] size = [mean.shape[2] * vae.Config.ScaleFactor, mean.shape[3] * vae.Config.ScaleFactor];
            (taught, _) = vae.Encode(torch.nn.functional.interpolate(pixels, size: size, mode: torch.InterpolationMode.Area));
        }

        return (mean - taught).square().mean() * Weight;
    }

    private static string Moved(string name, int deeper)
    {
        const string prefix = "encoder.down_blocks.";
        if (!name.StartsWith(prefix, StringComparison.Ordinal))
        {
            return name;
        }

        int end = name.IndexOf('.', prefix.Length);
        int level = int.Parse(name.AsSpan(prefix.Length, end - prefix.Length), System.Globalization.CultureInfo.InvariantCulture);
        return $"{prefix}{level + deeper}{name[end..]}";
    }
}
