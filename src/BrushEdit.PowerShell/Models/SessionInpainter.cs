using BrushEdit.Batching;
using BrushEdit.Editing;
using BrushEdit.Generating;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Installing;
using BrushEdit.Loading;
using BrushEdit.Modeling;

namespace BrushEdit.PowerShell;

/// <summary>The engine and the models that a user has chosen, borrowed from the session for each picture.</summary>
/// <param name="choice">The engine and its models.</param>
/// <param name="host">Lends them.</param>
internal sealed class SessionInpainter(ModelChoice choice, ModelHost host) : IBatchInpainter, IDisposable
{
    private IEditEngine? engine;
    private (int NativeSide, int Factor)? canvas;

    /// <inheritdoc/>
    public string Name => Engine.Name;

    /// <summary>The same choice, borrowed from another host.</summary>
    /// <param name="other">Lends the models.</param>
    public SessionInpainter On(ModelHost other) => new(choice, other);

    /// <summary>What the engine can do; known before its models are found.</summary>
    public EngineTraits Traits { get; } = EngineTraits.Of(choice.Engine);

    /// <inheritdoc/>
    public bool TakesMask => Traits.TakesMask;

    /// <inheritdoc/>
    public int NativeSide => Canvas.NativeSide;

    /// <inheritdoc/>
    public int Factor => Canvas.Factor;

    private IEditEngine Engine => engine ??= choice.Open(() => host.Where, host.Models);

    // Determined from configurations without choosing a device, so that a mask can be shaped without libtorch.
    private (int NativeSide, int Factor) Canvas
    {
        get
        {
            if (choice.Server is { } server)
            {
                return (server.Side, 1);
            }

            if (canvas is null)
            {
                ModelCatalog catalog = ModelCatalog.CreateDefault(PublishedModels.Remedy);
                ModelFiles files = catalog.Open(choice.Base, Traits.Base ?? ModelKind.StableDiffusion);
                UNetConfig unet = InpaintModel.ReadUnet(files);
                AutoencoderPlan vae = AutoencoderPlan.Read(choice.Vae is { } own ? catalog.Open(own, ModelKind.Vae) : files, files.Family, unet.OutChannels);
                canvas = (unet.SampleSize * vae.ScaleFactor, vae.ScaleFactor);
            }

            return canvas.Value;
        }
    }

    /// <inheritdoc/>
    public InpaintOutcome Fill(
        Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default)
    {
        Ready();
        return Engine.Fill(picture, mask, settings, progress, cancellation);
    }

    /// <inheritdoc/>
    public IReadOnlyList<FillAnswer> FillAll(IReadOnlyList<FillRequest> requests, CancellationToken cancellation = default)
    {
        Ready();
        return Engine.FillAll(requests, cancellation);
    }

    /// <summary>Ends the connections of a server.</summary>
    public void Dispose() => (engine as IDisposable)?.Dispose();

    // The pool's settings may have changed since the models were opened.
    private void Ready()
    {
        if (!Traits.IsRemote)
        {
            _ = host.Where;
        }
    }
}
