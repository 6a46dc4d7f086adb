using BrushEdit.Detectors;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Segmentation;

namespace BrushEdit.Pipeline;

/// <summary>Finds things in pictures by their words, with whatever detector it lends itself.</summary>
public interface IObjectFinder
{
    /// <summary>The detector's name, as results tell it.</summary>
    string Name { get; }

    /// <summary>Why there is none, with what to do about it; null where there is one. Reads configurations only.</summary>
    EditException? Absence { get; }

    /// <summary>Looks for things.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="phrases">What to look for; one text may hold several phrases, parted by full stops.</param>
    /// <param name="options">Which boxes are wanted.</param>
    /// <param name="cancellation">Ends the search before the network runs.</param>
    /// <exception cref="EditException">There is no detector, or the words or options are of no use to it.</exception>
    DetectionResult Find(Picture picture, IReadOnlyList<string> phrases, DetectionOptions options, CancellationToken cancellation = default);
}

/// <summary>Outlines things in pictures, with whatever segmenter it lends itself.</summary>
public interface IObjectOutliner
{
    /// <summary>The segmenter's name, as results tell it.</summary>
    string Name { get; }

    /// <summary>Why there is none, with what to do about it; null where there is one. Reads configurations only.</summary>
    EditException? Absence { get; }

    /// <summary>Outlines things.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="prompt">What says which things.</param>
    /// <param name="options">How to answer.</param>
    /// <param name="cancellation">Ends the work between encoding and decoding.</param>
    /// <exception cref="EditException">There is no segmenter, or the prompt does not fit the picture.</exception>
    SegmentResult Outline(Picture picture, SegmentPrompt prompt, SegmentOptions options, CancellationToken cancellation = default);
}

/// <summary>Fills masks, with whatever base model and branch it lends itself.</summary>
public interface IInpainter
{
    /// <summary>The models' name, as results tell it.</summary>
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
