using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;

namespace BrushEdit.Generating;

/// <summary>The default engine: a BrushNet beside a plain base.</summary>
/// <param name="model">Base and branch.</param>
internal sealed class BrushNetEngine(InpaintModel model) : IEditEngine
{
    private readonly InpaintPipeline pipeline = new(model);

    /// <inheritdoc/>
    public EngineTraits Traits { get; } = EngineTraits.Of(EngineKind.BrushNet);

    /// <inheritdoc/>
    public string Name => model.Name;

    /// <inheritdoc/>
    public int NativeSide => model.NativeSide;

    /// <inheritdoc/>
    public int Factor => model.Factor;

    /// <inheritdoc/>
    public InpaintOutcome Fill(
        Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default)
    {
        return pipeline.Fill(picture, mask, Traits.Require(settings), progress, cancellation);
    }

    /// <summary>Fills several pictures; compatible requests share the passes through the networks.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="cancellation">Stops the work within one step.</param>
    public IReadOnlyList<FillAnswer> FillAll(IReadOnlyList<FillRequest> requests, CancellationToken cancellation = default) =>
        pipeline.FillAll([.. requests.Select(request => request with { Settings = Traits.Require(request.Settings) })], cancellation);
}
