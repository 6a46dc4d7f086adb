using BrushEdit.Modeling;
using BrushEdit.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Modeling;

public sealed class VaeTests
{
    private static readonly VaeConfig Small = new()
    {
        BlockOutChannels = [8, 8, 16],
        LayersPerBlock = 1,
        NormNumGroups = 4,
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void EveryLevelHalvesTheSides(int levels)
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        VaeConfig config = Small with { BlockOutChannels = [.. Enumerable.Repeat(8, levels)], LatentChannels = 3 };
        using AutoencoderKL vae = new(config);
        int factor = config.ScaleFactor;
        Assert.Equal((int)Math.Pow(2, levels - 1), factor);

        VaePosterior posterior = vae.Encode(rand(2, 3, 16, 24));
        Assert.Equal([2, 3, 16 / factor, 24 / factor], posterior.Mean.shape);
        Assert.Equal(posterior.Mean.shape, posterior.LogVar.shape);
        Assert.Equal([2, 3, 16, 24], vae.Decode(posterior.Mean).shape);
    }

    [Fact]
    public void BuiltWeightsAreSoundNumbers()
    {
        using DisposeScope scope = NewDisposeScope();
        for (int round = 0; round < 5; round++)
        {
            using AutoencoderKL vae = new(Small);
            foreach ((string name, Tensor tensor) in vae.state_dict().Where(entry => entry.Key.Contains("norm", StringComparison.Ordinal)))
            {
                double expected = name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0;
                Assert.Equal(expected, tensor.min().item<float>());
                Assert.Equal(expected, tensor.max().item<float>());
            }
        }
    }

    [Fact]
    public void ASampleIsMeanPlusNoiseByItsSpread()
    {
        using DisposeScope scope = NewDisposeScope();
        using VaePosterior posterior = new(full([1, 4, 2, 2], 3f), full([1, 4, 2, 2], (float)(2 * Math.Log(0.5))));
        Tensor noise = randn(1, 4, 2, 2);
        Close.Assert("sample", 3 + (0.5 * noise), posterior.Sample(noise), 1e-6);
        Assert.True(posterior.Sample(zeros_like(noise)).Equals(posterior.Mean));
    }

    [Fact]
    public void TheLogVarianceIsClamped()
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using AutoencoderKL vae = new(Small);
        Tensor bias = vae.state_dict()["quant_conv.bias"];
        bias.fill_(100);
        Assert.Equal(20, vae.Encode(zeros(1, 3, 8, 8)).LogVar.max().item<float>());
        bias.fill_(-100);
        Assert.Equal(-30, vae.Encode(zeros(1, 3, 8, 8)).LogVar.min().item<float>());
    }

    [Fact]
    public void GradientsReachEveryWeight()
    {
        using DisposeScope scope = NewDisposeScope();
        using AutoencoderKL vae = new(Small);
        VaePosterior posterior = vae.Encode(rand(1, 3, 16, 16));
        Tensor latent = posterior.Sample(randn_like(posterior.Mean));
        (vae.Decode(latent).square().mean() + posterior.LogVar.square().mean()).backward();
        Assert.All(vae.named_parameters(), entry => Assert.True(entry.parameter.grad is { } grad && grad.isfinite().all().item<bool>(), entry.name));
    }

    [Fact]
    public void NothingIsLeftBehind()
    {
        using IDisposable quiet = no_grad();
        using AutoencoderKL vae = new(Small);
        using Tensor pixels = rand(1, 3, 40, 40);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int round = 0; round < 3; round++)
        {
            using VaePosterior posterior = vae.Encode(pixels);
            using Tensor decoded = vae.Decode(posterior.Mean);
            using VaePosterior tiled = vae.EncodeTiled(pixels, new VaeTiling(16, 4));
            using Tensor decodedTiled = vae.DecodeTiled(posterior.Mean, new VaeTiling(16, 4));
            using Tensor both = vae.forward(pixels);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [InlineData(16, 16)]
    [InlineData(12, 16)]
    public void OneTileIsExactlyTheWhole(int height, int width)
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using AutoencoderKL vae = new(Small);
        Tensor pixels = (rand(1, 3, height, width) * 2) - 1;
        VaePosterior whole = vae.Encode(pixels);
        VaePosterior tiled = vae.EncodeTiled(pixels, new VaeTiling(16, 8));
        Assert.True(whole.Mean.Equals(tiled.Mean));
        Assert.True(whole.LogVar.Equals(tiled.LogVar));
        Assert.True(vae.Decode(whole.Mean).Equals(vae.DecodeTiled(whole.Mean, new VaeTiling(16, 8))));
    }

    [Theory]
    [InlineData(96, 64, 64, 32)]
    [InlineData(24, 104, 64, 24)]
    public void TilesAreCloseToTheWhole(int height, int width, int tile, int overlap)
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(5);
        using AutoencoderKL vae = new(Small with { BlockOutChannels = [8, 8] });
        VaeTiling tiling = new(tile, overlap);
        Tensor pixels = Even(3, height, width);
        Tensor latent = Even(4, height / 2, width / 2);

        VaePosterior whole = vae.Encode(pixels);
        VaePosterior tiled = vae.EncodeTiled(pixels, tiling);
        Close.Assert("mean", whole.Mean, tiled.Mean, 0.08);
        Close.Assert("logvar", whole.LogVar, tiled.LogVar, 0.08);
        Close.Assert("pixels", vae.Decode(latent), vae.DecodeTiled(latent, tiling), 0.08);
    }

    [Fact]
    public void BlendingTilesOfAPlainFunctionIsExact()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor picture = rand(1, 3, 37, 53);
        foreach ((int size, int overlap) in new[] { (8, 0), (8, 2), (8, 4), (16, 3), (64, 1) })
        {
            VaeTiler tiler = new(new VaeTiling(size, overlap), 1, 37, 53);
            Close.Assert($"{size}/{overlap}", picture * 2, tiler.Run(picture, 1, 1, part => part * 2), 1e-6);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(18, 4)]
    [InlineData(16, 6)]
    [InlineData(16, -4)]
    [InlineData(16, 12)]
    public void ATilingThatCannotBeCutIsRefused(int size, int overlap)
    {
        using DisposeScope scope = NewDisposeScope();
        using AutoencoderKL vae = new(Small);
        Assert.Equal(EditFault.BadArgument, Assert.Throws<EditException>(() => vae.EncodeTiled(zeros(1, 3, 64, 64), new VaeTiling(size, overlap))).Kind);
        Assert.Equal(EditFault.BadArgument, Assert.Throws<EditException>(() => vae.DecodeTiled(zeros(1, 4, 16, 16), new VaeTiling(size, overlap))).Kind);
    }

    [Fact]
    public void SidesThatDoNotFitAreRefused()
    {
        using DisposeScope scope = NewDisposeScope();
        using AutoencoderKL vae = new(Small);
        EditException fault = Assert.Throws<EditException>(() => vae.Encode(zeros(1, 3, 18, 16)));
        Assert.Contains("multiples of 4", fault.Message, StringComparison.Ordinal);
    }

    // A fine pattern alike everywhere: what a tile's statistics see is then nearly what the whole's see, as it is in photographs.
    private static Tensor Even(int channels, int height, int width)
    {
        Tensor y = arange(height, dtype: ScalarType.Float32).view(1, 1, -1, 1);
        Tensor x = arange(width, dtype: ScalarType.Float32).view(1, 1, 1, -1);
        Tensor phase = arange(channels, dtype: ScalarType.Float32).view(1, -1, 1, 1);
        return ((x * 0.9) + phase).sin() * ((y * 0.7) - phase).cos();
    }
}
