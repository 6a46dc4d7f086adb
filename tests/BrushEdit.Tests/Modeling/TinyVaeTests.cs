using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Modeling;

public sealed class TinyVaeTests
{
    public static TheoryData<string> Cases => ParityCase.Named("taesd");

    [Theory]
    [Trait("Category", "Parity")]
    [MemberData(nameof(Cases))]
    public void MatchesTheReference(string name)
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using ParityCase parity = ParityCase.Open(name);
        using AutoencoderTiny vae = Open(parity);
        VaePosterior posterior = vae.Encode(parity.Tensor("in.pixels"));
        parity.AssertClose("out.latents", posterior.Mean);
        Assert.True(posterior.Sample(randn_like(posterior.Mean)).equal(posterior.Mean).all().item<bool>(), "Its latents have no spread.");
        parity.AssertClose("out.pixels", vae.Decode(parity.Tensor("in.latents")));
        parity.AssertClose("out.roundtrip", vae.Decode(parity.Tensor("out.latents")));
        parity.AssertClose("out.scaled01", vae.ToUnit(parity.Tensor("out.latents")));
        parity.AssertClose("out.unscaled", vae.FromUnit(parity.Tensor("out.scaled01")));
    }

    [Fact]
    public void TilesGiveNearlyTheWhole()
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using AutoencoderTiny vae = new(new TinyVaeConfig { EncoderWidth = 8, DecoderWidth = 8 });
        Tensor pixels = rand(1, 3, 64, 160) * 2 - 1;
        Tensor whole = vae.Encode(pixels).Mean;
        Close.Assert("encoded in tiles", whole, vae.EncodeTiled(pixels, new VaeTiling(96, 48)).Mean, 0.05);
        Assert.Equal([1, 3, 64, 160], vae.DecodeTiled(whole, new VaeTiling(96, 48)).shape);
    }

    [Theory]
    [InlineData("{}", false)]
    [InlineData("""{ "force_upcast": false }""", false)]
    [InlineData("""{ "force_upcast": true }""", true)]
    public void Single_precision_is_asked_for_by_the_configuration(string json, bool asked)
    {
        using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse(json);

        Assert.Equal(asked, TinyVaeConfig.Read(new ConfigReader(document.RootElement, "config.json")).ForceUpcast);
    }

    [Fact]
    public void NamesAndShapesAreThePublished()
    {
        ManifestWeights manifest = ManifestWeights.Open("taesd");
        using AutoencoderTiny vae = new(new TinyVaeConfig(), META);
        ModuleWeights.Check(vae.state_dict(), manifest, "tiny autoencoder");
    }

    private static AutoencoderTiny Open(ParityCase parity)
    {
        using SafetensorsFile weights = parity.Weights();
        TinyVaeConfig config = TinyVaeConfig.Read(parity.Config());
        return ModuleLoader.Load((device, type) => new AutoencoderTiny(config, device, type), weights, "tiny autoencoder", ScalarType.Float32, CPU);
    }
}
