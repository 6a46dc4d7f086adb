using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Modeling;

public sealed class VaeParityTests
{
    public static TheoryData<string> Cases => ParityCase.Named("vae");

    [Theory]
    [Trait("Category", "Parity")]
    [MemberData(nameof(Cases))]
    public void MatchesTheReference(string name)
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using ParityCase parity = ParityCase.Open(name);
        using AutoencoderKL vae = new(VaeConfig.Read(parity.Config()));
        using SafetensorsFile weights = parity.Weights();
        ModuleWeights.Check(vae.state_dict(), weights, "VAE");
        ModuleWeights.Copy(vae.state_dict(), weights);

        VaePosterior posterior = vae.Encode(parity.Tensor("in.pixels"));
        parity.AssertClose("out.mean", posterior.Mean);
        Tensor expected = parity.Tensor("out.logvar").clamp(-30, 20);
        Close.Assert($"{name}/out.logvar", expected, posterior.LogVar, 1e-4);
        parity.AssertClose("out.pixels", vae.Decode(parity.Tensor("in.latent")));
    }
}
