using BrushEdit.Batch;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Installation;
using BrushEdit.Networks;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Weights;

namespace BrushEdit.PowerShell;

/// <summary>The base model and BrushNet that a user has chosen, borrowed from the session for each picture.</summary>
/// <param name="choice">Which.</param>
/// <param name="host">Lends them.</param>
internal sealed class SessionInpainter(ModelChoice choice, ModelHost host) : IBatchInpainter
{
    private InpaintModel? model;
    private InpaintPipeline? pipeline;
    private (int NativeSide, int Factor)? canvas;

    /// <inheritdoc/>
    public string Name => Model.Name;

    /// <inheritdoc/>
    public int NativeSide => Canvas.NativeSide;

    /// <inheritdoc/>
    public int Factor => Canvas.Factor;

    private InpaintPipeline Pipeline => pipeline ??= new InpaintPipeline(Model);

    private InpaintModel Model => model ??= choice.Open(host.Where, EditSession.Models);

    // Told by configurations; no device is chosen for it, so that a mask can be shaped without libtorch.
    private (int NativeSide, int Factor) Canvas
    {
        get
        {
            if (canvas is null)
            {
                ModelFiles files = ModelCatalog.CreateDefault(PublishedModels.Remedy).Open(choice.Base, ModelKind.StableDiffusion);
                UNetConfig unet = InpaintModel.ReadUnet(files);
                AutoencoderPlan vae = AutoencoderPlan.Read(choice.Vae is { } own ? ModelCatalog.CreateDefault(PublishedModels.Remedy).Open(own, ModelKind.Vae) : files, files.Family, unet.OutChannels);
                canvas = (unet.SampleSize * vae.ScaleFactor, vae.ScaleFactor);
            }

            return canvas.Value;
        }
    }

    /// <inheritdoc/>
    public InpaintOutcome Fill(
        Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default)
    {
        _ = host.Where;
        return Pipeline.Fill(picture, mask, settings, progress, cancellation);
    }

    /// <inheritdoc/>
    public IReadOnlyList<FillAnswer> FillAll(IReadOnlyList<FillRequest> requests, CancellationToken cancellation = default)
    {
        _ = host.Where;
        return Pipeline.FillAll(requests, cancellation);
    }
}
