using BrushEdit.Loading;
using BrushEdit.Modeling;
using static TorchSharp.torch;

namespace BrushEdit.Inpainting;

/// <summary>How an autoencoder on disk is built: a full one, or a tiny one.</summary>
/// <param name="ScaleFactor">Pixels per latent cell along one side.</param>
/// <param name="ScalingFactor">The factor that a latent is multiplied by before diffusion.</param>
/// <param name="ForceUpcast">Whether it must run in single precision.</param>
/// <param name="Build">Builds it on a device, in a data type.</param>
/// <param name="Counts">The layer counts that the file must have, to detect a configuration that does not belong to it.</param>
internal sealed record AutoencoderPlan(
    int ScaleFactor, double ScalingFactor, bool ForceUpcast, Func<Device, ScalarType, Autoencoder> Build, (string Key, int Count, string Prefix)[] Counts)
{
    /// <summary>Reads an autoencoder's configuration. If none exists: that of its family's published model, or of the base it is used with.</summary>
    /// <param name="files">A VAE, or a base model that contains one.</param>
    /// <param name="beside">The family of the base.</param>
    /// <param name="latentChannels">Channels of the base's latents.</param>
    /// <exception cref="EditException">Its latents have a different number of channels.</exception>
    public static AutoencoderPlan Read(ModelFiles files, ModelFamily beside, int latentChannels)
    {
        ConfigReader? json = files.Config(ModelPart.Vae);
        int channels = json?.Int("latent_channels", 4, 1, 64) ?? HeldLatentChannels(files);
        if (channels != latentChannels)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The VAE '{files.Path}' has latents of {channels} channels, but the base model takes {latentChannels}: it belongs to another kind of model (those of Stable Diffusion 3 and FLUX have 16).",
                $"Use a VAE of {beside.Text()}.",
                files.Path);
        }

        return files.IsTinyVae
            ? Of(json is not null ? TinyVaeConfig.Read(json) : new TinyVaeConfig())
            : Of(json is not null ? VaeConfig.Read(json) : FamilyDefaults.Of(files.Family == ModelFamily.None ? beside : files.Family).Vae);
    }

    private static AutoencoderPlan Of(TinyVaeConfig config) =>
        new(config.ScaleFactor, config.ScalingFactor, config.ForceUpcast, (device, type) => new AutoencoderTiny(config, device, type), []);

    private static AutoencoderPlan Of(VaeConfig config) => new(
        config.ScaleFactor,
        config.ScalingFactor,
        config.ForceUpcast,
        (device, type) => new AutoencoderKL(config, device, type),
        [("the number of block_out_channels", config.BlockOutChannels.Count, "encoder.down_blocks."), ("layers_per_block", config.LayersPerBlock, "encoder.down_blocks.0.resnets.")]);

    // The input channels of a decoder, from the header of its file.
    private static int HeldLatentChannels(ModelFiles files)
    {
        using IWeightsFile weights = files.OpenWeights(ModelPart.Vae);
        return new ShapeReader(weights, "VAE", "Put its config.json beside it.").Side(files.IsTinyVae ? "decoder.layers.0.weight" : "decoder.conv_in.weight", 1);
    }
}
