using BrushEdit.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Inpainting;

/// <summary>
/// Estimates colours directly from a latent: the linear map from a latent's channels to the mean colour of the pixels that each position stands for,
/// fitted by least squares to the autoencoder's latents of the edited pictures themselves. It needs no model-specific constants.
/// </summary>
internal sealed class LatentColors
{
    // Next to sums over thousands of positions, this matters only if a picture has a single colour and the map would fit noise.
    private const double Ridge = 1e-3;

    private double[]? products;
    private double[]? answers;
    private int terms;

    /// <summary>Adds one more picture to the fit.</summary>
    /// <param name="latent">(1, C, h, w), scaled as the sampler sees it.</param>
    /// <param name="pixels">(1, 3, H, W) in [-1, 1], on any device; H and W whole multiples of h and w.</param>
    public void Learn(Tensor latent, Tensor pixels)
    {
        using DisposeScope scope = NewDisposeScope();
        long factor = pixels.shape[3] / latent.shape[3];
        Tensor known = Terms(latent);
        Tensor colors = Positions(nn.functional.avg_pool2d(pixels.to(float32, CPU), factor));
        double count = known.shape[0];
        terms = (int)known.shape[1];
        products = Sum(products, known.t().matmul(known).Over(count));
        answers = Sum(answers, known.t().matmul(colors).Over(count));
    }

    /// <summary>Draws a latent, each position a smooth patch of colour.</summary>
    /// <param name="latent">(1, C, h, w), scaled.</param>
    /// <param name="factor">Pixels per latent position, across and down.</param>
    /// <returns>8-bit sRGB, interleaved, row-major: (h * factor) * (w * factor) * 3.</returns>
    public byte[] Draw(Tensor latent, int factor)
    {
        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        Tensor map = linalg.solve(
            tensor(products!, terms, terms).Plus(eye(terms, dtype: float64).Times(Ridge)), tensor(answers!, terms, 3));
        long[] shape = latent.shape;
        Tensor small = Terms(latent).matmul(map).t().reshape(1, 3, shape[2], shape[3]).to(float32);
        return PixelTensor.ToBytes(nn.functional.interpolate(
            small, [shape[2] * factor, shape[3] * factor], mode: InterpolationMode.Bilinear, align_corners: false));
    }

    // (positions, C + 1): the channels, and 1.
    private static Tensor Terms(Tensor latent)
    {
        Tensor channels = Positions(latent);
        return cat([channels, ones(channels.shape[0], 1, float64)], 1);
    }

    // (1, C, h, w) as (h * w, C), in double precision, in the processor's memory.
    private static Tensor Positions(Tensor values) => values.to(float64, CPU).flatten(2).squeeze(0).t();

    private static double[] Sum(double[]? sum, Tensor more)
    {
        double[] values = more.contiguous().data<double>().ToArray();
        return sum is null ? values : [.. values.Zip(sum, (one, other) => one + other)];
    }
}
