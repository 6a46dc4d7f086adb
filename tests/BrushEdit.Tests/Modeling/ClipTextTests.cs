using System.Text.Json;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Modeling;

public sealed class ClipTextTests
{
    private static readonly ClipTextConfig Small = new()
    {
        VocabSize = 20,
        HiddenSize = 8,
        IntermediateSize = 12,
        NumHiddenLayers = 2,
        NumAttentionHeads = 2,
        MaxPositionEmbeddings = 10,
        EosTokenId = 15,
        ProjectionDim = 5,
        WithProjection = true,
    };

    [Theory]
    [InlineData(15, 3)] // the first end token
    [InlineData(2, 1)] // the old number: the highest id
    [InlineData(17, 0)] // none there
    public void ThePooledStateIsThatOfTheEnd(int eos, int place)
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using ClipTextModel model = new(Small with { EosTokenId = eos });
        ClipTextOutput output = model.forward(tensor(new long[] { 4, 19, 2, 15, 15, 15 }).unsqueeze(0));
        Assert.True(output.LastHiddenState[TensorIndex.Colon, place].Equals(output.Pooled));
        Assert.Equal([1, 5], output.TextEmbeds!.shape);
    }

    [Fact]
    public void ATokenSeesNothingBehindIt()
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using ClipTextModel model = new(Small);
        Tensor one = model.forward(tensor(new long[] { 1, 2, 3, 4 }).unsqueeze(0)).LastHiddenState;
        Tensor other = model.forward(tensor(new long[] { 1, 2, 9, 8 }).unsqueeze(0)).LastHiddenState;
        Assert.True(one.narrow(1, 0, 2).allclose(other.narrow(1, 0, 2)));
        Assert.False(one.narrow(1, 2, 2).allclose(other.narrow(1, 2, 2)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void ThePenultimateStateIsTheInputOfTheLastLayer(int layers)
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using ClipTextModel deep = new(Small with { NumHiddenLayers = layers });
        using ClipTextModel changed = new(Small with { NumHiddenLayers = layers });
        changed.load_state_dict(deep.state_dict());
        changed.state_dict()[$"text_model.encoder.layers.{layers - 1}.mlp.fc1.weight"].mul_(-3);
        Tensor ids = tensor(new long[] { 1, 2, 3, 15 }).unsqueeze(0);
        ClipTextOutput one = deep.forward(ids);
        ClipTextOutput other = changed.forward(ids);
        Assert.True(one.Penultimate.Equals(other.Penultimate));
        Assert.False(one.LastHiddenState.allclose(other.LastHiddenState));
    }

    [Fact]
    public void GradientsReachEveryWeight()
    {
        using DisposeScope scope = NewDisposeScope();
        using ClipTextModel model = new(Small);
        model.forward(arange(10).unsqueeze(0)).TextEmbeds!.square().sum().backward();
        Assert.All(model.named_parameters(), entry => Assert.True(entry.parameter.grad is { } grad && grad.isfinite().all().item<bool>(), entry.name));
    }

    [Fact]
    public void NothingIsLeftBehind()
    {
        using IDisposable quiet = no_grad();
        using ClipTextModel model = new(Small);
        using Tensor ids = zeros(2, 10, dtype: ScalarType.Int64);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int round = 0; round < 3; round++)
        {
            using ClipTextOutput output = model.forward(ids);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void ARowThatIsTooLongIsRefused()
    {
        using DisposeScope scope = NewDisposeScope();
        using ClipTextModel model = new(Small);
        EditException fault = Assert.Throws<EditException>(() => model.forward(zeros(1, 11, dtype: ScalarType.Int64)));
        Assert.Contains("10", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"hidden_act": "relu"}""", "relu")]
    [InlineData("""{"num_attention_heads": 5}""", "num_attention_heads")]
    [InlineData("""{"model_type": "bert"}""", "model_type")]
    [InlineData("""{"new_switch": true}""", "new_switch")]
    [InlineData("""{"hidden_size": "8"}""", "hidden_size")]
    public void AClipConfigurationThatIsNotOursIsRefused(string change, string named) =>
        Refused(ManifestWeights.Open("clip-text-l14").Config, change, named, reader => ClipTextConfig.Read(reader));

    [Theory]
    [InlineData("""{"act_fn": "relu"}""", "act_fn")]
    [InlineData("""{"norm_num_groups": 7}""", "norm_num_groups")]
    [InlineData("""{"down_block_types": ["DownEncoderBlock2D"]}""", "down_block_types")]
    [InlineData("""{"up_block_types": ["AttnUpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]}""", "up_block_types")]
    [InlineData("""{"shift_factor": 0.1}""", "shift_factor")]
    [InlineData("""{"latents_mean": [1]}""", "latents_mean")]
    [InlineData("""{"use_quant_conv": false}""", "use_quant_conv")]
    [InlineData("""{"mid_block_add_attention": false}""", "mid_block_add_attention")]
    [InlineData("""{"latent_channels": 0}""", "latent_channels")]
    [InlineData("""{"new_switch": true}""", "new_switch")]
    public void AVaeConfigurationThatIsNotOursIsRefused(string change, string named) =>
        Refused(ManifestWeights.Open("vae-sd15").Config, change, named, reader => VaeConfig.Read(reader));

    private static void Refused(JsonElement config, string change, string named, Action<ConfigReader> read)
    {
        Dictionary<string, JsonElement> values = config.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value);
        read(new ConfigReader(JsonSerializer.SerializeToElement(values), "config.json"));
        foreach (JsonProperty entry in JsonSerializer.Deserialize<JsonElement>(change).EnumerateObject())
        {
            values[entry.Name] = entry.Value;
        }

        EditException fault = Assert.Throws<EditException>(() => read(new ConfigReader(JsonSerializer.SerializeToElement(values), "config.json")));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        Assert.Contains("config.json", fault.Message, StringComparison.Ordinal);
    }
}
