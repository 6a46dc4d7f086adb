using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Inpainting;

/// <summary>Fills masks with a base model and branch that it obtains itself.</summary>
public interface IInpainter
{
    /// <summary>The models' name, as results show it.</summary>
    string Name { get; }

    /// <summary>The side, in pixels, of the pictures the model was trained on. Reads configurations only.</summary>
    int NativeSide { get; }

    /// <summary>Pixels of a latent cell's side. Reads configurations only.</summary>
    int Factor { get; }

    /// <summary>Whether it fills a mask; else it edits the whole picture by text alone, and accepts only a mask that keeps nothing.</summary>
    bool TakesMask => true;

    /// <summary>Fills a picture's mask, once for every requested sample.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="mask">White = edit; of the picture's size, not empty.</param>
    /// <param name="settings">Everything else.</param>
    /// <param name="progress">Receives stage, step and previews; null for none.</param>
    /// <param name="cancellation">Stops the work within one step.</param>
    /// <exception cref="EditException">A model is missing or corrupt, a setting is out of range, or the mask does not fit.</exception>
    InpaintOutcome Fill(
        Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default);
}
