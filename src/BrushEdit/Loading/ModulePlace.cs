using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>The device and type of a network's weights, which its inputs must share.</summary>
internal static class ModulePlace
{
    /// <summary>The device of the first parameter.</summary>
    public static torch.Device WeightDevice(this torch.nn.Module module) => module.parameters().First().device;

    /// <summary>The type of the first parameter.</summary>
    public static torch.ScalarType WeightType(this torch.nn.Module module) => module.parameters().First().dtype;
}
