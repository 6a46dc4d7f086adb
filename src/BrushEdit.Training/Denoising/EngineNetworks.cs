using BrushEdit.Generating;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>The networks of an engine other than BrushNet in training, made from those of a bundle.</summary>
internal sealed class EngineNetworks : IDisposable
{
    private readonly UNet2DConditionModel? widened;

    /// <summary>Makes the engine's own network such that it begins by predicting what the bundle's base predicts.</summary>
    /// <param name="engine">SDInpainting, ControlNetInpaint or InstructPix2Pix.</param>
    /// <param name="bundle">The bundle's networks, which must outlive this object. InstructPix2Pix also trains the text encoder.</param>
    /// <exception cref="EditException">BadArgument: the engine has no network to train.</exception>
    public EngineNetworks(EngineKind engine, InpaintNetworks bundle)
    {
        Engine = engine;
        Bundle = bundle;
        int latent = bundle.UNet.Config.InChannels;
        switch (engine)
        {
            case EngineKind.SDInpainting:
                widened = Widened(bundle.UNet, (2 * latent) + 1);
                Trained = new() { ["unet"] = widened };
                break;
            case EngineKind.InstructPix2Pix:
                widened = Widened(bundle.UNet, 2 * latent);
                Trained = new() { ["unet"] = widened, ["text_encoder"] = bundle.TextEncoder };
                break;
            case EngineKind.ControlNetInpaint:
                Control = ControlNetModel.FromUNet(bundle.UNet, Toybox.ConditioningWidths);
                Trained = new() { ["controlnet"] = Control };
                break;
            default:
                throw new EditException(
                    EditFault.BadArgument, $"The engine {engine} has no network to train.", "Choose SDInpainting, ControlNetInpaint or InstructPix2Pix.", engine);
        }

        Freeze(bundle.UNet, bundle.BrushNet, bundle.Vae);
        if (engine != EngineKind.InstructPix2Pix)
        {
            Freeze(bundle.TextEncoder);
        }
    }

    /// <summary>The engine.</summary>
    public EngineKind Engine { get; }

    /// <summary>The bundle's networks.</summary>
    public InpaintNetworks Bundle { get; }

    /// <summary>The U-Net that the engine runs: a widened one, or the bundle's.</summary>
    public UNet2DConditionModel UNet => widened ?? Bundle.UNet;

    /// <summary>The engine's ControlNet; null if it has none.</summary>
    public ControlNetModel? Control { get; }

    /// <summary>The networks that learn.</summary>
    public Dictionary<string, torch.nn.Module> Trained { get; }

    /// <summary>Frees the engine's own network.</summary>
    public void Dispose()
    {
        widened?.Dispose();
        Control?.Dispose();
    }

    // The further channels begin at zero.
    private static UNet2DConditionModel Widened(UNet2DConditionModel unet, int channels)
    {
        const string first = "conv_in.weight";
        using IDisposable noGradients = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        UNet2DConditionModel made = new(unet.Config with { InChannels = channels }, unet.WeightDevice, unet.WeightType);
        Dictionary<string, torch.Tensor> source = unet.state_dict();
        foreach ((string name, torch.Tensor weight) in made.state_dict())
        {
            torch.Tensor from = source[name];
            (name == first ? weight.zero_().narrow(1, 0, from.shape[1]) : weight).copy_(from);
        }

        return made;
    }

    private static void Freeze(params torch.nn.Module[] networks)
    {
        foreach (torch.nn.Module network in networks)
        {
            foreach (TorchSharp.Modules.Parameter weight in network.parameters())
            {
                weight.requires_grad = false;
            }
        }
    }
}
