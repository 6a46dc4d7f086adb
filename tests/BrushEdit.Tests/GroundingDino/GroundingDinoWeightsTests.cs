using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tests.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.GroundingDino;

public class GroundingDinoWeightsTests
{
    [Theory]
    [InlineData("grounding-dino-tiny")]
    [InlineData("grounding-dino-base")]
    public void Names_and_shapes_are_the_published_ones(string name)
    {
        ManifestWeights manifest = ManifestWeights.Open(name);
        GroundingDinoConfig config = GroundingDinoConfig.Read(manifest.Reader());
        using GroundingDinoNetwork network = new(config, torch.META);
        ModuleWeights.Check(network.state_dict(), new TiedBoxHeads(manifest, config), name, GroundingDinoNetwork.MayBeLeft);
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        ManifestWeights manifest = ManifestWeights.Open("grounding-dino-tiny");
        GroundingDinoConfig config = GroundingDinoConfig.Read(manifest.Reader()) with { EncoderLayers = 7 };
        using GroundingDinoNetwork network = new(config, torch.META);
        EditException fault = Assert.Throws<EditException>(
            () => ModuleWeights.Check(network.state_dict(), new TiedBoxHeads(manifest, config), "Grounding DINO", GroundingDinoNetwork.MayBeLeft));
        Assert.Contains("model.encoder.layers.6.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Box_heads_load_whether_stored_once_or_under_every_name()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        GroundingDinoConfig config = SmallDino.Config;
        using GroundingDinoNetwork network = new(config);
        Dictionary<string, Tensor> once = network.state_dict();
        Dictionary<string, Tensor> often = new(once);
        foreach ((string name, Tensor tensor) in once.Where(entry => entry.Key.StartsWith("bbox_embed.0.", StringComparison.Ordinal)))
        {
            for (int layer = 0; layer < config.DecoderLayers; layer++)
            {
                string own = name.Replace(".0.", $".{layer}.", StringComparison.Ordinal);
                own = $"bbox_embed.{layer}.{name["bbox_embed.0.".Length..]}";
                often[own] = tensor;
                often["model.decoder." + own] = tensor;
            }
        }

        foreach (Dictionary<string, Tensor> stored in new[] { once, often, OnlyTheDecoders(often) })
        {
            using GroundingDinoNetwork loaded = GroundingDinoNetwork.Load(config, new StoredTensors(stored));
            Dictionary<string, Tensor> got = loaded.state_dict();
            Assert.Equal(once.Keys.Order(), got.Keys.Order());
            Assert.All(once, entry => Assert.True(entry.Value.eq(got[entry.Key]).all().item<bool>(), entry.Key));
        }

        const string copy = "model.decoder.bbox_embed.1.layers.0.bias";
        often[copy] = often[copy].detach() + 1;
        EditException fault = Assert.Throws<EditException>(() => GroundingDinoNetwork.Load(config, new StoredTensors(often)));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains(copy, fault.Message, StringComparison.Ordinal);

        // Where heads are not shared the same names are heads of their own; one layer's two names must still agree.
        GroundingDinoConfig apart = config with { ShareBoxHeads = false };
        fault = Assert.Throws<EditException>(() => GroundingDinoNetwork.Load(apart, new StoredTensors(often)));
        Assert.Contains(copy, fault.Message, StringComparison.Ordinal);
        often["bbox_embed.1.layers.0.bias"] = often[copy];
        using GroundingDinoNetwork loose = GroundingDinoNetwork.Load(apart, new StoredTensors(often));
        Assert.True(loose.state_dict()["bbox_embed.1.layers.0.bias"].eq(often[copy]).all().item<bool>());
    }

    [Fact]
    public void A_configuration_survives_being_written()
    {
        using JsonDocument document = JsonDocument.Parse(SmallDino.Config.ToJson());
        GroundingDinoConfig read = GroundingDinoConfig.Read(new ConfigReader(document.RootElement, "written"));
        Assert.Equal(SmallDino.Config.ToJson(), read.ToJson());
        GroundingDinoConfig published = GroundingDinoConfig.Read(ManifestWeights.Open("grounding-dino-base").Reader());
        using JsonDocument again = JsonDocument.Parse(published.ToJson());
        Assert.Equal(published.ToJson(), GroundingDinoConfig.Read(new ConfigReader(again.RootElement, "written")).ToJson());
        Assert.Equal([2, 2, 18, 2], published.Backbone.Depths);
        Assert.Equal(12, published.Backbone.WindowSize);
    }

    [Theory]
    [InlineData("model_type", "\"sam\"", "sam")]
    [InlineData("activation_function", "\"gelu\"", "activation_function")]
    [InlineData("two_stage", "false", "two_stage")]
    [InlineData("something_new", "1", "something_new")]
    [InlineData("d_model", "\"wide\"", "d_model")]
    [InlineData("backbone", "\"resnet50\"", "backbone")]
    public void A_setting_that_is_not_built_is_an_error(string key, string value, string named)
    {
        JsonObject json = JsonNode.Parse(SmallDino.Config.ToJson())!.AsObject();
        json[key] = JsonNode.Parse(value);
        using JsonDocument document = JsonDocument.Parse(json.ToJsonString());
        EditException fault = Assert.Throws<EditException>(() => GroundingDinoConfig.Read(new ConfigReader(document.RootElement, "config")));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Unsound => new("dim", "heads", "levels", "swin", "bert");

    [Theory]
    [MemberData(nameof(Unsound))]
    public void Settings_that_do_not_fit_together_are_an_error(string what)
    {
        GroundingDinoConfig small = SmallDino.Config;
        GroundingDinoConfig config = what switch
        {
            "dim" => small with { ModelDim = 40 },
            "heads" => small with { EncoderHeads = 3 },
            "levels" => small with { FeatureLevels = 1 },
            "swin" => small with { Backbone = small.Backbone with { Heads = [3, 5] } },
            _ => small with { Text = small.Text with { Heads = 3 } },
        };
        Assert.Equal(EditFault.BadModel, Assert.Throws<EditException>(() => new GroundingDinoNetwork(config, torch.META)).Kind);
    }

    private static Dictionary<string, Tensor> OnlyTheDecoders(Dictionary<string, Tensor> often) =>
        often.Where(entry => !entry.Key.StartsWith("bbox_embed.", StringComparison.Ordinal)).ToDictionary();
}

/// <summary>Tensors as a checkpoint would hold them.</summary>
internal sealed class StoredTensors(IReadOnlyDictionary<string, Tensor> tensors) : IWeights
{
    public string Source => "stored.safetensors";

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; } =
        tensors.ToDictionary(entry => entry.Key, entry => new TensorInfo(entry.Key, entry.Value.dtype, entry.Value.shape));

    public Tensor Read(string name) => tensors[name].detach().clone();
}
