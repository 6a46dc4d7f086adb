using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Modeling;

/// <summary>Numbers gone wrong are told with the network, the step, and the file and tensor that hold them.</summary>
public sealed class FiniteTests
{
    [Fact]
    public void The_error_names_the_weights_file_and_the_tensor()
    {
        using TemporaryFolder folder = new();
        string file = folder["broken.safetensors"];
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(file, new Dictionary<string, Tensor> { ["weight"] = full([2, 2], float.NaN), ["bias"] = zeros(2) });
        using SafetensorsFile weights = SafetensorsFile.Open(file);
        using TorchSharp.Modules.Linear network = ModuleLoader.Load((device, type) => nn.Linear(2, 2, device: device, dtype: type), weights, "network", ScalarType.Float32, CPU);
        Tensor answer = network.forward(ones(1, 2));

        EditException fault = Assert.ThrowsAny<EditException>(() => Finite.Require(answer, "U-Net", "at step 3 of 20", network));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.StartsWith($"The U-Net produced NaN at step 3 of 20; the weights file '{file}' holds NaN or infinity in 'weight'.", fault.Message, StringComparison.Ordinal);
        Assert.Equal(file, fault.Target);
    }
}
