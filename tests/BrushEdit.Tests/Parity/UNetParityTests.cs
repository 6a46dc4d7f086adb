using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

[Trait("Category", "Parity")]
public sealed class UNetParityTests
{
    public static TheoryData<string> Cases => ParityCase.Named("unet");

    [Theory]
    [MemberData(nameof(Cases))]
    public void UNet_predicts_the_reference_noise(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        using UNet2DConditionModel unet = Open(reference);
        using TextConditioning conditions = Conditions(reference);
        using IDisposable noGradients = torch.no_grad();
        using (torch.Tensor sample = reference.Tensor("in.sample"))
        using (torch.Tensor timestep = reference.Tensor("in.timestep"))
        using (torch.Tensor noise = unet.forward(sample, timestep, conditions))
        {
            reference.AssertClose("out.noise", noise);
        }

        // A size that no power of two divides, at a timestep the case names.
        if (reference.Has("in.odd.sample"))
        {
            using torch.Tensor sample = reference.Tensor("in.odd.sample");
            using torch.Tensor timestep = torch.tensor(reference.About.GetProperty("odd_timestep").GetDouble());
            using TextConditioning text = conditions.Rows(0, sample.shape[0]);
            using torch.Tensor noise = unet.forward(sample, timestep, text);
            reference.AssertClose("out.odd.noise", noise);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Keys_and_values_computed_before_give_the_same_noise(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        using UNet2DConditionModel unet = Open(reference);
        using TextConditioning context = Conditions(reference);
        using torch.Tensor sample = reference.Tensor("in.sample");
        using torch.Tensor timestep = reference.Tensor("in.timestep");
        using IDisposable noGradients = torch.no_grad();
        using TextKeyValues text = unet.TextKeysAndValues(context);
        using torch.Tensor noise = unet.forward(sample, timestep, text);
        using torch.Tensor again = unet.forward(sample, timestep, text);
        using torch.Tensor direct = unet.forward(sample, timestep, context);
        reference.AssertClose("out.noise", noise);
        Assert.True(noise.equal(direct).all().item<bool>(), "Prepared keys and values must not change a bit.");
        Assert.True(noise.equal(again).all().item<bool>(), "A second step must read the same keys and values.");
    }

    /// <summary>What a case gives its network beside the latent: the text, and of Stable Diffusion XL the pooled text and the sizes.</summary>
    internal static TextConditioning Conditions(ParityCase reference) => new(
        reference.Tensor("in.context"),
        reference.Has("in.text_embeds") ? reference.Tensor("in.text_embeds") : null,
        reference.Has("in.time_ids") ? reference.Tensor("in.time_ids") : null);

    internal static UNet2DConditionModel Open(ParityCase reference)
    {
        UNetConfig config = UNetConfig.Read(reference.Config());
        using SafetensorsFile weights = reference.Weights();
        return ModuleLoader.Load((device, type) => new UNet2DConditionModel(config, device, type), weights, "U-Net", torch.ScalarType.Float32, torch.CPU);
    }
}
