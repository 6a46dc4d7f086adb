using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

/// <summary>The rows of the papers' ablation: the same branch outputs added in three ways, with and without attention in the branch.</summary>
[Trait("Category", "Parity")]
public sealed class BranchVariantParityTests
{
    private static readonly Dictionary<string, BrushNetVariant> Ways = new()
    {
        ["out.full"] = BrushNetVariant.Full,
        ["out.half"] = BrushNetVariant.Half,
        ["out.controlnet_style"] = BrushNetVariant.ControlNet,
    };

    public static TheoryData<string> Injections => ParityCase.Named("variant-injection");

    public static TheoryData<string> Attentions => ParityCase.Named("variant-attention");

    [Theory]
    [MemberData(nameof(Injections))]
    public void Outputs_are_added_in_each_of_the_three_ways(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        string unetCase = reference.Json("config.json").GetProperty("unet").GetString()!;
        using ParityCase training = ParityCase.Open(reference.Json("config.json").GetProperty("brushnet").GetString()!);
        using UNet2DConditionModel unet = OpenUNet(unetCase);
        using BrushNetModel branch = OpenBranch(training, "brushnet");
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        torch.Tensor noisy = reference.Tensor("in.noisy");
        torch.Tensor timestep = training.Tensor("in.step1.timestep");
        torch.Tensor context = training.Tensor("in.step1.context");
        torch.Tensor condition = torch.cat([training.Tensor("in.step1.masked_latents"), training.Tensor("in.step1.mask")], 1);

        reference.AssertClose("out.base", unet.forward(noisy, timestep, context));
        BrushNetResiduals outputs = branch.forward(noisy, timestep, condition);
        foreach ((string expected, BrushNetVariant variant) in Ways)
        {
            reference.AssertClose(expected, unet.forward(noisy, timestep, context, outputs.As(variant)));
        }
    }

    [Theory]
    [MemberData(nameof(Attentions))]
    public void A_branch_with_attention_gives_the_reference_outputs_and_is_added_in_each_way(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        using UNet2DConditionModel unet = OpenUNet(reference.About.GetProperty("uses")[0].GetString()!);
        using BrushNetModel branch = OpenBranch(reference, section: null);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        torch.Tensor noisy = reference.Tensor("in.noisy");
        torch.Tensor timestep = reference.Tensor("in.timestep");
        torch.Tensor context = reference.Tensor("in.context");
        torch.Tensor condition = reference.Tensor("in.condition");
        Assert.NotNull(branch.Config.Attention);

        BrushNetResiduals outputs = branch.forward(noisy, timestep, condition, text: new TextConditioning(context));
        string[] expected = [.. reference.TensorNames.Where(tensor => tensor.StartsWith("out.down.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Append("out.mid").Concat(reference.TensorNames.Where(tensor => tensor.StartsWith("out.up.", StringComparison.Ordinal)).Order(StringComparer.Ordinal))];
        torch.Tensor[] actual = [.. outputs.All];
        Assert.Equal(expected.Length, actual.Length);
        for (int at = 0; at < expected.Length; at++)
        {
            reference.AssertClose(expected[at], actual[at]);
        }

        using TextKeyValues text = branch.TextKeysAndValues(context);
        BrushNetResiduals again = branch.forward(noisy, timestep, condition, text);
        reference.AssertClose("out.mid", again.Mid);
        foreach ((string way, BrushNetVariant variant) in Ways)
        {
            reference.AssertClose(way, unet.forward(noisy, timestep, context, outputs.As(variant)));
        }
    }

    [Theory]
    [MemberData(nameof(Attentions))]
    public void A_variant_written_down_is_read_as_it_was(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        using UNet2DConditionModel unet = OpenUNet(reference.About.GetProperty("uses")[0].GetString()!);
        foreach (BrushNetVariant variant in Enum.GetValues<BrushNetVariant>())
        {
            foreach (bool attention in new[] { false, true })
            {
                BrushNetConfig config = BrushNetConfig.FromUNet(unet.Config, variant, attention);
                string json = config.ToJson().ToJsonString();
                using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse(json);
                BrushNetConfig read = BrushNetConfig.Read(new ConfigReader(document.RootElement, "branch"));
                Assert.Equal(variant, read.Variant);
                Assert.Equal(attention, read.Attention is not null);
                Assert.Equal(json, read.ToJson().ToJsonString());
                Assert.Equal(variant == BrushNetVariant.Full, read.UpOutputs > 0);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Attentions))]
    public void A_new_variant_changes_nothing_and_copies_the_layers_it_keeps(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        using UNet2DConditionModel unet = OpenUNet(reference.About.GetProperty("uses")[0].GetString()!);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        torch.Tensor noisy = reference.Tensor("in.noisy");
        torch.Tensor timestep = reference.Tensor("in.timestep");
        torch.Tensor context = reference.Tensor("in.context");
        torch.Tensor plain = unet.forward(noisy, timestep, context);
        Dictionary<string, torch.Tensor> source = unet.state_dict();
        foreach (BrushNetVariant variant in Enum.GetValues<BrushNetVariant>())
        {
            foreach (bool attention in new[] { false, true })
            {
                using BrushNetModel branch = BrushNetModel.FromUNet(unet, variant: variant, attention: attention);
                BrushNetResiduals outputs = branch.forward(noisy, timestep, reference.Tensor("in.condition"), text: new TextConditioning(context));
                Assert.Equal(variant, outputs.Variant);
                Close.Assert($"{variant}, attention {attention}", plain, unet.forward(noisy, timestep, context, outputs), 0);
                string[] shared = [.. branch.state_dict().Keys.Where(source.ContainsKey)];
                Assert.Equal(attention, shared.Any(key => key.Contains("attentions", StringComparison.Ordinal)));
                Assert.All(shared, key => Assert.True(source[key].equal(branch.state_dict()[key]).all().item<bool>(), key));
            }
        }
    }

    internal static UNet2DConditionModel OpenUNet(string name)
    {
        using ParityCase training = ParityCase.Open(name);
        UNetConfig config = UNetConfig.Read(training.Config().Section("unet"));
        using SafetensorsFile weights = training.Weights();
        return ModuleLoader.Load((device, type) => new UNet2DConditionModel(config, device, type), weights, "U-Net", torch.ScalarType.Float32, torch.CPU);
    }

    internal static BrushNetModel OpenBranch(ParityCase reference, string? section)
    {
        BrushNetConfig config = BrushNetConfig.Read(section is null ? reference.Config() : reference.Config().Section(section));
        using SafetensorsFile weights = reference.Weights();
        return ModuleLoader.Load((device, type) => new BrushNetModel(config, device, type), weights, "BrushNet", torch.ScalarType.Float32, torch.CPU);
    }
}
