using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Inpainting;

/// <summary>A request for a fill.</summary>
/// <param name="Picture">The picture; it is not changed.</param>
/// <param name="Mask">White = edit; of the picture's size, not empty.</param>
/// <param name="Settings">Everything else.</param>
/// <param name="Progress">Receives stage, step and previews, on the thread that fills; null for none.</param>
public sealed record FillRequest(Picture Picture, Mask Mask, InpaintSettings Settings, IProgress<InpaintProgress>? Progress = null);

/// <summary>The result of a fill.</summary>
/// <param name="Settings">The settings, including the seed.</param>
/// <param name="Samples">The filled pictures, in the order of their seeds.</param>
/// <param name="Region">The part of the picture that went through the networks.</param>
/// <param name="Warnings">Notes for the user: a truncated caption, a mask too fine for the model.</param>
public sealed record InpaintOutcome(InpaintSettings Settings, IReadOnlyList<EditSample> Samples, WorkRegion Region, IReadOnlyList<string> Warnings);

/// <summary>The result of a fill request: an outcome or a fault.</summary>
/// <param name="Outcome">The outcome; null if it failed.</param>
/// <param name="Fault">The reason for the failure; null if it did not.</param>
public sealed record FillAnswer(InpaintOutcome? Outcome, Exception? Fault)
{
    internal static FillAnswer Of(Func<InpaintOutcome?> fill)
    {
        try
        {
            return new FillAnswer(fill(), null);
        }
#pragma warning disable CA1031 // One picture's fault does not affect the others.
        catch (Exception fault) when (fault is not OperationCanceledException)
#pragma warning restore CA1031
        {
            return new FillAnswer(null, fault);
        }
    }
}
