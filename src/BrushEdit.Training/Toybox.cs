using BrushEdit.Networks;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>The shape of the small bundle: the networks of Stable Diffusion 1.5 and BrushNet, a few million parameters in all.</summary>
public static class Toybox
{
    /// <summary>Pixels a side of the pictures it is trained on.</summary>
    public const int Canvas = 64;

    /// <summary>Tokens of a caption, start and end included.</summary>
    public const int TextLength = 32;

    /// <summary>The autoencoder: latents of a quarter of the side.</summary>
    public static VaeConfig Vae { get; } = new()
    {
        BlockOutChannels = [32, 64, 64],
        LayersPerBlock = 1,
        NormNumGroups = 16,
        SampleSize = Canvas,
        ScalingFactor = 1,
        ForceUpcast = false,
    };

    /// <summary>A network with random weights, the same for the same seed.</summary>
    /// <typeparam name="T">The network.</typeparam>
    /// <param name="seed">The seed.</param>
    /// <param name="device">Where it goes once it is made; it is made on the CPU, so that every device begins alike.</param>
    /// <param name="build">Builds it.</param>
    public static T Build<T>(ulong seed, torch.Device device, Func<T> build)
        where T : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(build);
        torch.random.manual_seed((long)seed);
        T network = build();
        network.to(device);
        return network;
    }
}
