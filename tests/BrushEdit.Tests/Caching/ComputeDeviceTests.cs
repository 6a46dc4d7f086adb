using BrushEdit.Caching;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Tests.Inpainting;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Caching;

public sealed class ComputeDeviceTests
{
    private static readonly int[] FullSize = [320, 640, 1280, 1280];

    [Theory]
    [InlineData("half")]
    [InlineData("Half")]
    public void Half_precision_is_refused_on_a_processor_and_bfloat16_named(string precision)
    {
        EditException fault = Assert.Throws<EditException>(() => ComputeDevice.Choose("cpu", precision));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Contains("bfloat16", fault.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("single", ScalarType.Float32)]
    [InlineData("bfloat16", ScalarType.BFloat16)]
    public void What_was_asked_for_stays_whatever_the_network(string precision, ScalarType type)
    {
        ComputeDevice chosen = ComputeDevice.Choose("cpu", precision);
        Assert.Equal(type, chosen.For(FullSize).Type);
        Assert.False(chosen.IsOpen);
    }

    [Fact]
    public void Left_open_a_small_network_is_in_single_precision_and_no_probe_is_run()
    {
        ComputeDevice open = ComputeDevice.Choose("cpu");
        Assert.True(open.IsOpen);
        ComputeDevice settled = open.For([64, 128]);
        Assert.Equal(ScalarType.Float32, settled.Type);
        Assert.False(settled.IsOpen);
        Assert.False(BFloat16Probe.Favours([64, 128], true, (_, _) => throw new InvalidOperationException("A probe was run.")));
    }

    [Theory]
    [InlineData(true, 2.0, true)]
    [InlineData(true, 1.25, true)]
    [InlineData(true, 1.24, false)]
    [InlineData(true, 0.6, false)]
    [InlineData(false, 2.0, false)]
    public void A_large_network_is_in_bfloat16_where_the_processor_has_the_instructions_and_the_probe_shows_a_clear_gain(bool has, double gain, bool favoured) =>
        Assert.Equal(favoured, BFloat16Probe.Favours(FullSize, has, (channels, width) => (channels, width) == (320, 1280) ? gain : double.NaN));

    [Fact]
    public void The_probe_measures_once_a_size_and_what_it_says_decides()
    {
        double gain = BFloat16Probe.Gain(32, 512);
        Assert.InRange(gain, double.Epsilon, double.MaxValue);
        Assert.Equal(gain, BFloat16Probe.Gain(32, 512));
        ScalarType expected = BFloat16Probe.HasInstructions && gain >= BFloat16Probe.LeastGain ? ScalarType.BFloat16 : ScalarType.Float32;
        Assert.Equal(expected, ComputeDevice.Choose("cpu").For([32, 512]).Type);
    }

    [Fact]
    public void In_bfloat16_on_a_processor_denoiser_and_text_are_so_and_the_autoencoder_is_not()
    {
        using TinyBundle bundle = new();
        using ModelPool pool = new();
        InpaintModel model = InpaintModel.Open(new ModelCatalog([]), bundle.Folder, null, ComputeDevice.Choose("cpu", "bfloat16"), pool);
        Assert.Equal(ScalarType.BFloat16, model.WithText(encoders => encoders.All[0].Encoder.WeightType()));
        Assert.Equal(ScalarType.BFloat16, model.WithDenoiser(denoiser => denoiser.UNet.WeightType));
        Assert.Equal(ScalarType.BFloat16, model.WithDenoiser(denoiser => denoiser.BrushNet.parameters().First().dtype));
        Assert.Equal(ScalarType.Float32, model.WithVae(vae => vae.WeightType()));
    }
}
