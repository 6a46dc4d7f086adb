using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

[Trait("Category", "Parity")]
public sealed class ControlNetParityTests
{
    public static TheoryData<string> Cases => ParityCase.Named("controlnet");

    public static TheoryData<string> Variants => ParityCase.Named("variant-controlnet");

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_ControlNet_gives_the_reference_outputs_and_the_UNet_the_reference_noise_with_them(string name)
    {
        using ParityCase c = ParityCase.Open(name);
        using ControlNetModel network = Open(c);
        using IDisposable noGradients = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor sample = c.Tensor("in.sample");
        torch.Tensor timestep = c.Tensor("in.timestep");
        torch.Tensor condition = c.Tensor("in.condition");
        torch.Tensor context = c.Tensor("in.context");
        using TextKeyValues text = network.TextKeysAndValues(context);
        foreach ((string setting, double scale, bool guess) in ((string, double, bool)[])[("scale1", 1, false), ("scale07", 0.7, false), ("guess", 1, true)])
        {
            AssertClose(c, $"out.{setting}.", network.forward(sample, timestep, text, condition, scale, guess));
        }

        using ParityCase unetCase = ParityCase.Open("unet-base");
        using UNet2DConditionModel unet = UNetParityTests.Open(unetCase);
        network.Config.EnsureFits(unet.Config);
        using TextKeyValues unetText = unet.TextKeysAndValues(context);
        c.AssertClose("out.injected.noise", unet.Steered(sample, timestep, unetText, null, new UNetSteering(network.forward(sample, timestep, text, condition))));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_ControlNet_with_another_condition_steers_the_UNet_as_the_reference_does(string name)
    {
        using ParityCase c = ParityCase.Open(name);
        using ParityCase sibling = ParityCase.Open(c.About.GetProperty("uses")[0].GetString()!);
        using ControlNetModel network = Open(c);
        UNetConfig config = UNetConfig.Read(sibling.Config().Section("unet"));
        using SafetensorsFile weights = sibling.Weights();
        using UNet2DConditionModel unet = ModuleLoader.Load((device, type) => new UNet2DConditionModel(config, device, type), weights, "U-Net", torch.ScalarType.Float32, torch.CPU);
        using IDisposable noGradients = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor sample = c.Tensor("in.noisy");
        torch.Tensor timestep = c.Tensor("in.timestep");
        torch.Tensor condition = c.Tensor("in.condition");
        torch.Tensor context = c.Tensor("in.context");
        using TextKeyValues text = network.TextKeysAndValues(context);
        using TextKeyValues unetText = unet.TextKeysAndValues(context);
        AssertClose(c, "out.", network.forward(sample, timestep, text, condition));
        c.AssertClose("out.noise", unet.Steered(sample, timestep, unetText, null, new UNetSteering(network.forward(sample, timestep, text, condition))));
        c.AssertClose("out.scale07.noise", unet.Steered(sample, timestep, unetText, null, new UNetSteering(network.forward(sample, timestep, text, condition, 0.7))));
    }

    internal static ControlNetModel Open(ParityCase c)
    {
        ControlNetConfig config = ControlNetConfig.Read(c.Config());
        using SafetensorsFile weights = c.Weights();
        return ModuleLoader.Load((device, type) => new ControlNetModel(config, device, type), weights, "ControlNet", torch.ScalarType.Float32, torch.CPU);
    }

    private static void AssertClose(ParityCase c, string prefix, ControlNetResiduals outputs)
    {
        Assert.Equal(c.TensorNames.Count(tensor => tensor.StartsWith($"{prefix}down.", StringComparison.Ordinal)), outputs.Down.Count);
        for (int index = 0; index < outputs.Down.Count; index++)
        {
            c.AssertClose($"{prefix}down.{index:00}", outputs.Down[index]);
        }

        c.AssertClose($"{prefix}mid", outputs.Mid);
    }
}
