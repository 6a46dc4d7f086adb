using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Inpainting;

/// <summary>A fill that is asked for.</summary>
/// <param name="Picture">The picture; it is not changed.</param>
/// <param name="Mask">White = edit; of the picture's size, not empty.</param>
/// <param name="Settings">Everything else.</param>
/// <param name="Progress">Gets stage, step and previews, on the thread that fills; null for none.</param>
public sealed record FillRequest(Picture Picture, Mask Mask, InpaintSettings Settings, IProgress<InpaintProgress>? Progress = null);

/// <summary>What a fill gave.</summary>
/// <param name="Settings">The settings, the seed among them.</param>
/// <param name="Samples">The filled pictures, in the order of their seeds.</param>
/// <param name="Region">The part of the picture that went through the networks.</param>
/// <param name="Warnings">What the user should know: a caption cut short, a mask too fine for the model.</param>
public sealed record InpaintOutcome(InpaintSettings Settings, IReadOnlyList<EditSample> Samples, WorkRegion Region, IReadOnlyList<string> Warnings);

/// <summary>What became of a fill that was asked for: an outcome or a fault.</summary>
/// <param name="Outcome">What it gave; null if it failed.</param>
/// <param name="Fault">Why it failed; null if it did not.</param>
public sealed record FillAnswer(InpaintOutcome? Outcome, Exception? Fault)
{
    internal static FillAnswer Of(Func<InpaintOutcome?> fill)
    {
        try
        {
            return new FillAnswer(fill(), null);
        }
#pragma warning disable CA1031 // One picture's fault is not the others'.
        catch (Exception fault) when (fault is not OperationCanceledException)
#pragma warning restore CA1031
        {
            return new FillAnswer(null, fault);
        }
    }
}
