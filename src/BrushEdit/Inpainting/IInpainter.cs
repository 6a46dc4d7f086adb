using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Inpainting;

/// <summary>Fills masks, with whatever base model and branch it lends itself.</summary>
public interface IInpainter
{
    /// <summary>The models' name, as results show it.</summary>
    string Name { get; }

    /// <summary>The side, in pixels, of the pictures the model was trained on. Reads configurations only.</summary>
    int NativeSide { get; }

    /// <summary>Pixels of a latent cell's side. Reads configurations only.</summary>
    int Factor { get; }

    /// <summary>Whether it fills a mask; else it edits the whole picture by words alone, and takes no mask but one that keeps nothing.</summary>
    bool TakesMask => true;

    /// <summary>Fills a picture's mask, once for every sample asked for.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="mask">White = edit; of the picture's size, not empty.</param>
    /// <param name="settings">Everything else.</param>
    /// <param name="progress">Gets stage, step and previews; null for none.</param>
    /// <param name="cancellation">Ends the work within one step.</param>
    /// <exception cref="EditException">A model is missing or broken, a setting is out of range, or the mask does not fit.</exception>
    InpaintOutcome Fill(
        Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default);
}
