using BrushEdit.Imaging;

namespace BrushEdit.Segmenting;

/// <summary>Outlines objects in pictures, with a segmenter that it borrows.</summary>
public interface IObjectOutliner
{
    /// <summary>The segmenter's name, as results show it.</summary>
    string Name { get; }

    /// <summary>Why there is none, with what to do about it; null if there is one. Reads configurations only.</summary>
    EditException? Absence { get; }

    /// <summary>Outlines things.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="prompt">What says which things.</param>
    /// <param name="options">How to answer.</param>
    /// <param name="cancellation">Ends the work between encoding and decoding.</param>
    /// <exception cref="EditException">There is no segmenter, or the prompt does not fit the picture.</exception>
    SegmentResult Outline(Picture picture, SegmentPrompt prompt, SegmentOptions options, CancellationToken cancellation = default);
}
