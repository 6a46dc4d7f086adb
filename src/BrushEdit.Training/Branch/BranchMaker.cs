using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>Makes branches: new ones from a base model's U-Net, or loads existing ones.</summary>
public static class BranchMaker
{
    /// <summary>Makes a new branch: a copy of the base's U-Net, with or without attention, whose outputs are zero until it is trained.</summary>
    /// <param name="model">The base; only its U-Net is read.</param>
    /// <param name="variant">Which outputs the branch has and where they are added.</param>
    /// <param name="attention">Whether it keeps the attention layers.</param>
    /// <returns>The branch in single precision, on the CPU; the caller owns it.</returns>
    /// <exception cref="EditException">The base is broken, or its U-Net takes more than a latent as input.</exception>
    public static BrushNetModel New(ModelFiles model, BrushNetVariant variant, bool attention)
    {
        ArgumentNullException.ThrowIfNull(model);
        UNetConfig config = UNetOf(model);
        using IWeightsFile weights = model.OpenWeights(ModelPart.Unet);
        using UNet2DConditionModel unet = ModuleLoader.Load(
            (device, type) => new UNet2DConditionModel(config, device, type), weights, "U-Net", torch.ScalarType.Float32, torch.CPU);
        return BrushNetModel.FromUNet(unet, variant: variant, attention: attention);
    }

    /// <summary>Loads an existing branch.</summary>
    /// <param name="files">Its files.</param>
    /// <param name="model">The base that it belongs to.</param>
    /// <param name="device">The device to load it on.</param>
    /// <param name="type">Its precision.</param>
    /// <exception cref="EditException">The branch is broken or does not fit the base.</exception>
    public static BrushNetModel Open(ModelFiles files, ModelFiles model, torch.Device device, torch.ScalarType type)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(model);
        using IWeightsFile weights = files.OpenWeights(ModelPart.Network);
        BrushNetConfig config = ConfigOf(files, model, weights);
        return ModuleLoader.Load((where, kind) => new BrushNetModel(config, where, kind), weights, "BrushNet", type, device);
    }

    /// <summary>The configuration of a base's U-Net; the default if the base has none.</summary>
    /// <param name="model">The base.</param>
    public static UNetConfig UNetOf(ModelFiles model) =>
        model.Config(ModelPart.Unet) is { } json ? UNetConfig.Read(json) : new UNetConfig();

    /// <summary>A branch's configuration, checked against the base's.</summary>
    /// <param name="files">The branch's files.</param>
    /// <param name="model">The base that it belongs to.</param>
    /// <exception cref="EditException">The branch does not fit the base.</exception>
    public static BrushNetConfig ConfigOf(ModelFiles files, ModelFiles model)
    {
        using IWeightsFile weights = files.OpenWeights(ModelPart.Network);
        return ConfigOf(files, model, weights);
    }

    private static BrushNetConfig ConfigOf(ModelFiles files, ModelFiles model, IWeights weights)
    {
        UNetConfig unet = UNetOf(model);
        BrushNetConfig config = files.Config(ModelPart.Network) is { } json ? BrushNetConfig.Read(json) : BrushNetConfig.FromShapes(weights, unet);
        config.EnsureFits(unet);
        return config;
    }
}
