using System.Text.Json;
using BrushEdit.Loading;
using BrushEdit.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Loading;

public sealed class ShardedWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Index => folder["model.safetensors.index.json"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TensorsComeFromTheirFiles()
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> first = new() { ["a"] = randn(2, 3), ["b"] = randn(4) };
        Dictionary<string, Tensor> second = new() { ["c"] = randn(5) };
        Write(first, second, new() { ["a"] = "1.safetensors", ["b"] = "1.safetensors", ["c"] = "2.safetensors" });
        using ShardedWeights weights = ShardedWeights.Open(Index);

        Assert.Equal(["a", "b", "c"], weights.Tensors.Keys.Order());
        Assert.All(first.Concat(second), entry => Assert.True(entry.Value.Equals(weights.Read(entry.Key))));
        Assert.Equal([folder["1.safetensors"], folder["2.safetensors"]], ShardedWeights.Files(Index).Order());
        Assert.Throws<EditException>(() => weights.Read("d"));
    }

    [Fact]
    public void AMissingFileIsNamed() => Refused(new() { ["a"] = "3.safetensors" }, EditFault.NotFound, "3.safetensors");

    [Fact]
    public void ATensorThatIsElsewhereIsNamed() => Refused(new() { ["c"] = "1.safetensors" }, EditFault.BadModel, "'c'", "1.safetensors");

    [Theory]
    [InlineData("../1.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("C:\\1.safetensors")]
    [InlineData("..")]
    [InlineData("")]
    public void AnIndexPointsNowhereElse(string file) => Refused(new() { ["a"] = file }, EditFault.BadModel, "'a'");

    [Fact]
    public void AnIndexWithoutAMapIsRefused()
    {
        File.WriteAllText(Index, """{"metadata": {}}""");
        Assert.Contains("weight_map", Assert.Throws<EditException>(() => ShardedWeights.Open(Index)).Message, StringComparison.Ordinal);
    }

    private void Refused(Dictionary<string, string> map, EditFault kind, params string[] named)
    {
        using DisposeScope scope = NewDisposeScope();
        Write(new() { ["a"] = zeros(1) }, new() { ["c"] = zeros(1) }, map);
        EditException fault = Assert.Throws<EditException>(() => ShardedWeights.Open(Index));
        Assert.Equal(kind, fault.Kind);
        Assert.NotNull(fault.Remedy);
        Assert.All(named.Append("index.json"), word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
    }

    private void Write(Dictionary<string, Tensor> first, Dictionary<string, Tensor> second, Dictionary<string, string> map)
    {
        SafetensorsWriter.Write(folder["1.safetensors"], first);
        SafetensorsWriter.Write(folder["2.safetensors"], second);
        File.WriteAllText(Index, JsonSerializer.Serialize(new { metadata = new { total_size = 0 }, weight_map = map }));
    }
}
