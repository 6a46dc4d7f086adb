using BrushEdit.Inpainting;

namespace BrushEdit.Generating;

/// <summary>
/// A method of editing, with its models: it receives a picture, a mask (a full one if the engine uses none) and settings, and returns edited
/// samples. Pixels outside the mask are bit-identical with every engine.
/// </summary>
public interface IEditEngine : IInpainter
{
    /// <summary>The engine's capabilities.</summary>
    EngineTraits Traits { get; }

    /// <inheritdoc/>
    bool IInpainter.TakesMask => Traits.TakesMask;

    /// <summary>Edits several pictures; if the engine supports it, compatible requests share the passes through its networks.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="cancellation">Stops the work within one step.</param>
    /// <returns>For each request its outcome, or the reason for its failure.</returns>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    IReadOnlyList<FillAnswer> FillAll(IReadOnlyList<FillRequest> requests, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return [.. requests.Select(one => FillAnswer.Of(() => Fill(one.Picture, one.Mask, one.Settings, one.Progress, cancellation)))];
    }
}
