using BrushEdit.Imaging;

namespace BrushEdit.Segmenting;

/// <summary>Outlines objects in pictures with a borrowed segmenter.</summary>
public interface IObjectOutliner
{
    /// <summary>The segmenter's name, as results show it.</summary>
    string Name { get; }

    /// <summary>Why no segmenter is available, with a remedy; null if one is. Reads configurations only.</summary>
    EditException? Absence { get; }

    /// <summary>Outlines objects.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="prompt">Marks the objects to outline.</param>
    /// <param name="options">The segmenter's options.</param>
    /// <param name="cancellation">Cancels the work between encoding and decoding.</param>
    /// <exception cref="EditException">There is no segmenter, or the prompt does not fit the picture.</exception>
    SegmentResult Outline(Picture picture, SegmentPrompt prompt, SegmentOptions options, CancellationToken cancellation = default);
}
