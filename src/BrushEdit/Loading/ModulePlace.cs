using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>Where a network's weights lie and what type they have: what its inputs must have, too.</summary>
internal static class ModulePlace
{
    /// <summary>The device of the first parameter.</summary>
    public static torch.Device WeightDevice(this torch.nn.Module module) => module.parameters().First().device;

    /// <summary>The type of the first parameter.</summary>
    public static torch.ScalarType WeightType(this torch.nn.Module module) => module.parameters().First().dtype;
}
