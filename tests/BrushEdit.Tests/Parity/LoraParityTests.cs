using System.Text.Json;
using BrushEdit.Adapting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

/// <summary>Networks with LoRAs merged into them against the reference, setting by setting, and without them again.</summary>
[Trait("Category", "Parity")]
public sealed class LoraParityTests
{
    public static TheoryData<string> UnetCases => Cases("lora-unet");

    public static TheoryData<string> XlCases =>
        [.. ParityCase.Named("lora-unet").Select(row => row.Data).Where(name => !File.Exists(Path.Combine(ParityCase.ParityFolder, name, "model.safetensors")))];

    public static TheoryData<string> TextCases => Cases("lora-clip");

    [Theory]
    [MemberData(nameof(UnetCases))]
    public void A_UNet_with_LoRAs_predicts_the_reference_noise(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        using UNet2DConditionModel unet = UNetParityTests.Open(reference);
        Check(reference, unet, LoraTarget.Unet, "noise", () =>
        {
            using IDisposable noGradients = torch.no_grad();
            return unet.forward(reference.Tensor("in.sample"), reference.Tensor("in.timestep"), reference.Tensor("in.context"));
        });
    }

    [Theory]
    [MemberData(nameof(TextCases))]
    public void A_text_encoder_with_LoRAs_gives_the_reference_states(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        ClipTextConfig config = ClipTextConfig.Read(reference.Config());
        using SafetensorsFile weights = reference.Weights();
        using ClipTextModel encoder = ModuleLoader.Load((device, type) => new ClipTextModel(config, device, type), weights, "text encoder", torch.ScalarType.Float32, torch.CPU, ClipTextModel.MayBeLeft);
        Check(reference, encoder, LoraTarget.TextEncoder, "last_hidden_state", () =>
        {
            using IDisposable noGradients = torch.no_grad();
            return encoder.forward(reference.Tensor("in.input_ids")).LastHiddenState;
        });
    }

    [Theory]
    [MemberData(nameof(XlCases))]
    public void Three_networks_with_LoRAs_give_the_reference(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        JsonElement uses = reference.About.GetProperty("uses");
        using ParityCase inputs = ParityCase.Open(uses.GetProperty("unet").GetString()!);
        using UNet2DConditionModel unet = UNetParityTests.Open(inputs);
        string[] encoders = [uses.GetProperty("text_encoder").GetString()!, uses.GetProperty("text_encoder_2").GetString()!];
        using ClipTextModel first = PromptParityTests.Encoder(encoders[0]).Encoder;
        using ClipTextModel second = PromptParityTests.Encoder(encoders[1]).Encoder;
        (LoraTarget Target, torch.nn.Module Network)[] networks = [(LoraTarget.Unet, unet), (LoraTarget.TextEncoder, first), (LoraTarget.TextEncoder2, second)];
        Dictionary<LoraTarget, IReadOnlyDictionary<string, TensorInfo>> shapes = networks.ToDictionary(network => network.Target, network => (IReadOnlyDictionary<string, TensorInfo>)Shapes(network.Network));
        AdaptedWeights[] adapted = [.. networks.Select(network => new AdaptedWeights(network.Network, network.Target))];
        using IDisposable noGradients = torch.no_grad();
        int compared = 0;
        foreach (JsonProperty setting in reference.About.GetProperty("settings").EnumerateObject())
        {
            using DisposeScope scope = torch.NewDisposeScope();
            LoraUse[] loras = [.. setting.Value.EnumerateObject().Select(entry => new LoraUse(LoraFile.Open(reference.File(entry.Name)).Fit(shapes), entry.Value.GetDouble()))];
            Assert.All(loras, lora => Assert.Empty(lora.Fit.Left));
            Assert.All(adapted, network => network.Set(loras));
            TextConditioning text = new(reference.Tensor("in.context"), reference.Tensor("in.text_embeds"), reference.Tensor("in.time_ids"));
            ClipTextOutput one = first.forward(reference.Tensor("in.input_ids_1"));
            ClipTextOutput two = second.forward(reference.Tensor("in.input_ids_2"));
            reference.AssertClose($"out.{setting.Name}.noise", unet.forward(reference.Tensor("in.sample"), reference.Tensor("in.timestep"), text));
            Dictionary<string, torch.Tensor> states = new() { ["penultimate_1"] = one.Penultimate, ["penultimate_2"] = two.Penultimate, ["text_embeds"] = two.TextEmbeds! };
            foreach ((string key, torch.Tensor state) in states.Where(entry => reference.Has($"out.{setting.Name}.{entry.Key}")))
            {
                reference.AssertClose($"out.{setting.Name}.{key}", state);
                compared++;
            }
        }

        Assert.True(compared > 0, "No state of a text encoder was compared.");
        Assert.All(adapted, network => network.Set([]));
        foreach (AdaptedWeights network in adapted)
        {
            network.Dispose();
        }
    }

    private static Dictionary<string, TensorInfo> Shapes(torch.nn.Module network) =>
        network.state_dict().ToDictionary(entry => entry.Key, entry => new TensorInfo(entry.Key, entry.Value.dtype, entry.Value.shape));

    private static void Check(ParityCase reference, torch.nn.Module network, LoraTarget target, string output, Func<torch.Tensor> run)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AdaptedWeights adapted = new(network, target);
        Dictionary<string, torch.Tensor> before = network.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        Dictionary<LoraTarget, IReadOnlyDictionary<string, TensorInfo>> shapes = new()
        {
            [target] = Shapes(network),
        };
        torch.Tensor plain = run();
        reference.AssertClose($"out.base.{output}", plain);
        int settings = 0;
        foreach (JsonProperty setting in reference.About.GetProperty("settings").EnumerateObject())
        {
            LoraUse[] uses = [.. setting.Value.EnumerateObject().Select(entry => new LoraUse(LoraFile.Open(reference.File(entry.Name)).Fit(shapes), entry.Value.GetDouble()))];
            Assert.DoesNotContain(uses, use => use.Fit.Changes.Any(change => change.Layer.Target != target));
            Assert.All(uses.SelectMany(use => use.Fit.Left), left => Assert.False(BelongsTo(target, left), left));
            adapted.Set(uses);
            reference.AssertClose($"out.{setting.Name}.{output}", run());
            settings++;
        }

        Assert.True(settings > 0);
        adapted.Set([]);
        Assert.All(network.state_dict(), entry => Assert.True(entry.Value.equal(before[entry.Key]).all().item<bool>(), $"'{entry.Key}' is not what it was"));
        Assert.True(run().equal(plain).all().item<bool>(), "Without its LoRAs the network must answer as before, bit for bit.");
    }

    // What is left over in a case with one network belongs to the other.
    private static bool BelongsTo(LoraTarget target, string layer) => layer.StartsWith("text_model", StringComparison.Ordinal) == (target == LoraTarget.TextEncoder);

    private static TheoryData<string> Cases(string prefix) =>
        [.. ParityCase.Named(prefix).Select(row => row.Data).Where(name => File.Exists(Path.Combine(ParityCase.ParityFolder, name, "model.safetensors")))];
}
