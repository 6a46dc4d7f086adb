using BrushEdit.Caching;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;

namespace BrushEdit.Generating;

/// <summary>A ControlNet on disk, read into a pool when it is lent.</summary>
internal sealed class ControlNetSource
{
    private readonly ModelFiles files;
    private readonly ComputeDevice device;
    private readonly ModelPool pool;
    private readonly ControlNetConfig config;

    /// <summary>Finds a ControlNet and checks that it fits the base; reads configurations only.</summary>
    /// <param name="catalog">The catalog in which names are looked up.</param>
    /// <param name="nameOrPath">A name or path; or a bundle that contains one.</param>
    /// <param name="model">The base it is used with.</param>
    /// <param name="pool">Keeps the loaded networks.</param>
    /// <exception cref="EditException">It is missing, corrupt, of another kind, or does not fit the base.</exception>
    public ControlNetSource(ModelCatalog catalog, string nameOrPath, InpaintModel model, ModelPool pool)
    {
        files = catalog.Open(nameOrPath, ModelKind.ControlNet);
        device = model.Device;
        this.pool = pool;

        // A single file of the published size has the published settings, which the shapes do not determine completely.
        config = files.Config(ModelPart.Network) is { } json ? ControlNetConfig.Read(json) : new ControlNetConfig();
        config.EnsureFits(model.UNet);
        if (config.ConditioningChannels != 3 || config.ConditioningFactor != model.Factor)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The ControlNet '{files.Path}' takes {config.ConditioningChannels} channels at {config.ConditioningFactor} pixels a latent cell; one for inpainting takes 3 at {model.Factor}.",
                "Use one that was trained for inpainting, such as control_v11p_sd15_inpaint.",
                files.Path);
        }
    }

    /// <summary>The name in results.</summary>
    public string Name => files.Name;

    /// <summary>Lends the network.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="use">Uses it.</param>
    public T With<T>(Func<ControlNetModel, T> use) => pool.Lend(
        new LoadedModel(files.Path, "controlnet", device) { Sources = [(files, ModelPart.Network)] },
        Load,
        use);

    private ControlNetModel Load()
    {
        using IWeightsFile weights = files.OpenWeights(ModelPart.Network, preferHalf: device.Type == TorchSharp.torch.ScalarType.Float16);
        return ModuleLoader.Load((where, type) => new ControlNetModel(config, where, type), weights, "ControlNet", device.Type, device.Device, eightBits: device.EightBitWeights);
    }
}
