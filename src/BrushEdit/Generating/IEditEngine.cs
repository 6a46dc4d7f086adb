using BrushEdit.Inpainting;

namespace BrushEdit.Generating;

/// <summary>
/// A method of editing, with its models: it takes a picture, a mask (a full one if the engine takes none) and settings, and gives edited
/// samples. Pixels outside the mask stay bit-identical with every engine.
/// </summary>
public interface IEditEngine : IInpainter
{
    /// <summary>What it can do.</summary>
    EngineTraits Traits { get; }

    /// <inheritdoc/>
    bool IInpainter.TakesMask => Traits.TakesMask;

    /// <summary>Edits several pictures; an engine that can lets those that fit together share the passes through its networks.</summary>
    /// <param name="requests">What is asked for.</param>
    /// <param name="cancellation">Ends the work within one step.</param>
    /// <returns>For each request its outcome, or why it failed.</returns>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    IReadOnlyList<FillAnswer> FillAll(IReadOnlyList<FillRequest> requests, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return [.. requests.Select(one => FillAnswer.Of(() => Fill(one.Picture, one.Mask, one.Settings, one.Progress, cancellation)))];
    }
}
