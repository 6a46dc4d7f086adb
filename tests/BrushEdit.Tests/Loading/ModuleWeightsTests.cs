using BrushEdit.Loading;
using BrushEdit.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Loading;

public sealed class ModuleWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void WeightsThatFitAreCopiedWhateverTheirPrecision()
    {
        using DisposeScope scope = NewDisposeScope();
        using SafetensorsFile file = File(("weight", randn(3, 2).to(ScalarType.Float16)), ("bias", randn(3)));
        TorchSharp.Modules.Linear layer = nn.Linear(2, 3);
        ModuleWeights.Check(layer.state_dict(), file, "layer");
        ModuleWeights.Copy(layer.state_dict(), file);

        Assert.Equal(ScalarType.Float32, layer.weight.dtype);
        Assert.True(layer.weight.Equals(file.Read("weight").to(ScalarType.Float32)));
        Assert.True(layer.bias!.Equals(file.Read("bias")));
        Assert.True(layer.weight.requires_grad);
    }

    [Fact]
    public void EveryFaultIsNamedWithBothShapes()
    {
        using DisposeScope scope = NewDisposeScope();
        using SafetensorsFile file = File(("weight", zeros(2, 3)), ("extra", zeros(1)));
        EditException fault = Assert.Throws<EditException>(() => ModuleWeights.Check(nn.Linear(2, 3, device: META).state_dict(), file, "test layer"));

        Assert.Equal(EditFault.BadModel, fault.Kind);
        string[] named = ["model.safetensors", "test layer", "'weight' has shape [2, 3], expected [3, 2]", "'bias' is missing", "'extra' is not part"];
        Assert.All(named, part => Assert.Contains(part, fault.Message, StringComparison.Ordinal));
        Assert.NotNull(fault.Remedy);
    }

    [Fact]
    public void WholeNumbersAreNoWeights()
    {
        using DisposeScope scope = NewDisposeScope();
        using SafetensorsFile file = File(("weight", zeros(3, 2, dtype: ScalarType.Int64)), ("bias", zeros(3)));
        EditException fault = Assert.Throws<EditException>(() => ModuleWeights.Check(nn.Linear(2, 3).state_dict(), file, "layer"));
        Assert.Contains("'weight' has type Int64", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LeftoversMayBeNamed()
    {
        using DisposeScope scope = NewDisposeScope();
        using SafetensorsFile file = File(("weight", zeros(3, 2)), ("bias", zeros(3)), ("old_buffer", zeros(1)));
        ModuleWeights.Check(nn.Linear(2, 3).state_dict(), file, "layer", name => name == "old_buffer");
        Assert.Throws<EditException>(() => ModuleWeights.Check(nn.Linear(2, 3).state_dict(), file, "layer"));
    }

    private SafetensorsFile File(params (string Name, Tensor Tensor)[] tensors)
    {
        SafetensorsWriter.Write(folder["model.safetensors"], tensors.ToDictionary(entry => entry.Name, entry => entry.Tensor));
        return SafetensorsFile.Open(folder["model.safetensors"]);
    }
}
