using BrushEdit.Inpainting;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Inpainting;

/// <summary>Colours read off latents, against an autoencoder that is a linear map and so can be read without a fault.</summary>
public sealed class LatentColorsTests
{
    private const int Factor = 4;

    [Theory]
    [InlineData(4, 0.0, 3)]
    [InlineData(4, 0.05, 12)]
    [InlineData(16, 0.0, 3)]
    public void A_latent_that_holds_the_colours_gives_them_back(int channels, double noise, int most)
    {
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(5);
        Tensor map = randn(channels, 3);
        LatentColors colors = new();
        colors.Learn(Latent(Pixels(8, 8), map, noise), Pixels(8, 8));

        random.manual_seed(9);
        Tensor other = (rand(1, 3, 6, 10) * 2) - 1;
        byte[] drawn = colors.Draw(Latent(Large(other), map, noise), Factor);

        Assert.Equal(6 * Factor * 10 * Factor * 3, drawn.Length);
        byte[] wanted = PixelTensor.ToBytes(nn.functional.interpolate(other, [6L * Factor, 10L * Factor], mode: InterpolationMode.Bilinear, align_corners: false));
        double worst = drawn.Zip(wanted, (one, two) => Math.Abs(one - two)).Average();
        Assert.True(worst <= most, $"{worst} levels off on average.");
    }

    [Fact]
    public void A_picture_of_one_colour_gives_that_colour_whatever_the_latent()
    {
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(5);
        LatentColors colors = new();
        Tensor latent = randn(1, 4, 5, 5) * 1e-4;
        colors.Learn(latent, full([1, 3, 5 * Factor, 5 * Factor], 0.5f));

        byte[] drawn = colors.Draw(latent * 100, Factor);

        Assert.All(drawn, value => Assert.InRange(value, 187, 195));
    }

    [Fact]
    public void Several_pictures_are_learnt_from()
    {
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(5);
        Tensor map = randn(4, 3);
        LatentColors colors = new();
        foreach (float value in (float[])[-1, 0, 1])
        {
            Tensor plain = full([1, 3, 8, 8], value);
            colors.Learn(Latent(plain, map, 0), plain);
        }

        byte[] drawn = colors.Draw(Latent(full([1, 3, 8, 8], -0.5f), map, 0), Factor);
        Assert.All(drawn, value => Assert.InRange(value, 60, 68));
    }

    private static Tensor Pixels(int height, int width)
    {
        random.manual_seed(7);
        return Large((rand(1, 3, height, width) * 2) - 1);
    }

    private static Tensor Large(Tensor small) => small.repeat_interleave(Factor, 2).repeat_interleave(Factor, 3);

    // An encoder whose channels are sums of the mean colours.
    private static Tensor Latent(Tensor pixels, Tensor map, double noise)
    {
        Tensor small = nn.functional.avg_pool2d(pixels, Factor);
        Tensor flat = small.flatten(2).squeeze(0).t().matmul(map.t());
        return (flat.t().reshape(1, map.shape[0], small.shape[2], small.shape[3]) + 0.3) + (randn(1, map.shape[0], small.shape[2], small.shape[3]) * noise);
    }
}
