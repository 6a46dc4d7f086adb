using System.Text.Json;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tests.Modeling;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Generating;

/// <summary>The full-size networks of the engines hold the published names and shapes; built on the meta device, so nothing is allocated.</summary>
public sealed class EngineManifestTests
{
    [Fact]
    public void The_ControlNet_has_the_published_tensors_and_fits_the_base()
    {
        ManifestWeights manifest = ManifestWeights.Open("controlnet-sd15");
        ControlNetConfig config = ControlNetConfig.Read(manifest.Reader());
        using ControlNetModel model = new(config, META);
        ModuleWeights.Check(model.state_dict(), manifest, "ControlNet");
        config.EnsureFits(UNetConfig.Read(ManifestWeights.Open("unet-sd15").Reader()));

        // What a single file of the published size is taken for, which brings no configuration.
        using ControlNetModel usual = new(new ControlNetConfig(), META);
        ModuleWeights.Check(usual.state_dict(), manifest, "ControlNet");
    }

    [Fact]
    public void A_written_ControlNet_configuration_reads_back_as_it_was()
    {
        ControlNetConfig config = ControlNetConfig.FromUNet(new UNetConfig { AttentionHeads = [4, 8, 8, 16], LayersPerBlock = 1 }, [8, 16, 32]);
        ControlNetConfig read = ControlNetConfig.Read(new ConfigReader(JsonSerializer.SerializeToElement(config.ToJson()), "written"));

        Assert.Equal(config.ConditioningWidths, read.ConditioningWidths);
        Assert.Equal(config.Network.AttentionHeads, read.Network.AttentionHeads);
        Assert.Equal((1, config.ConditioningFactor, config.DownOutputs), (read.Network.LayersPerBlock, read.ConditioningFactor, read.DownOutputs));
        Assert.Equal(new ControlNetConfig().ConditioningWidths, ControlNetConfig.FromUNet(new UNetConfig()).ConditioningWidths);
    }

    [Theory]
    [InlineData("unet-sd15-inpainting", 9)]
    [InlineData("unet-instruct-pix2pix", 8)]
    public void The_wider_UNets_have_the_published_tensors(string name, int channels)
    {
        ManifestWeights manifest = ManifestWeights.Open(name);
        UNetConfig config = UNetConfig.Read(manifest.Reader());
        Assert.Equal(channels, config.InChannels);
        using UNet2DConditionModel model = new(config, META);
        ModuleWeights.Check(model.state_dict(), manifest, "U-Net");
    }

    [Fact]
    public void A_ControlNet_of_another_family_is_refused()
    {
        ControlNetConfig config = ControlNetConfig.Read(ManifestWeights.Open("controlnet-sd15").Reader());
        Assert.Contains("does not fit", Assert.Throws<EditException>(() => config.EnsureFits(new UNetConfig { CrossAttentionDim = 1024 })).Message, StringComparison.Ordinal);
    }
}
