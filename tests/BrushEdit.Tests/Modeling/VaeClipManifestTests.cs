using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Modeling;

/// <summary>The full-size networks hold the published names and shapes; built on the meta device, so nothing is allocated.</summary>
public sealed class VaeClipManifestTests
{
    [Theory]
    [InlineData("vae-sd15")]
    [InlineData("vae-sdxl")]
    public void VaeHasThePublishedTensors(string name)
    {
        ManifestWeights manifest = ManifestWeights.Open(name);
        using AutoencoderKL vae = new(VaeConfig.Read(manifest.Reader()), META);
        Assert.All(vae.state_dict().Values, tensor => Assert.Equal(TorchSharp.DeviceType.META, tensor.device_type));
        ModuleWeights.Check(vae.state_dict(), manifest, "VAE");
    }

    [Theory]
    [InlineData("clip-text-l14")]
    [InlineData("clip-text-bigg")]
    public void ClipTextHasThePublishedTensors(string name)
    {
        ManifestWeights manifest = ManifestWeights.Open(name);
        using ClipTextModel model = new(ClipTextConfig.Read(manifest.Reader()), META);
        Assert.All(model.state_dict().Values, tensor => Assert.Equal(TorchSharp.DeviceType.META, tensor.device_type));
        ModuleWeights.Check(model.state_dict(), manifest, "CLIP text encoder");
    }

    [Theory]
    [InlineData("clip-text-l14", ModelFamily.Sd15, 0)]
    [InlineData("clip-text-l14", ModelFamily.Sdxl, 0)]
    [InlineData("clip-text-bigg", ModelFamily.Sdxl, 1)]
    public void AFamilysDefaultsAreThePublishedTextEncoders(string name, ModelFamily family, int place) =>
        Assert.Equal(ClipTextConfig.Read(ManifestWeights.Open(name).Reader()), FamilyDefaults.Of(family).Texts[place]);

    [Theory]
    [InlineData("vae-sd15", ModelFamily.Sd15)]
    [InlineData("vae-sdxl", ModelFamily.Sdxl)]
    public void AFamilysDefaultsAreThePublishedVae(string name, ModelFamily family)
    {
        VaeConfig published = VaeConfig.Read(ManifestWeights.Open(name).Reader());
        VaeConfig usual = FamilyDefaults.Of(family).Vae;
        Assert.Equal((published.ScalingFactor, published.LatentChannels, published.LayersPerBlock), (usual.ScalingFactor, usual.LatentChannels, usual.LayersPerBlock));
        Assert.Equal(published.BlockOutChannels, usual.BlockOutChannels);
    }
}
