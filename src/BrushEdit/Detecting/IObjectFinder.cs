using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Detecting;

/// <summary>Finds the objects that words name in pictures, with a detector that it borrows.</summary>
public interface IObjectFinder
{
    /// <summary>The detector's name, as results show it.</summary>
    string Name { get; }

    /// <summary>Why there is none, with what to do about it; null if there is one. Reads configurations only.</summary>
    EditException? Absence { get; }

    /// <summary>Looks for things.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="phrases">What to look for; one text may hold several phrases, parted by full stops.</param>
    /// <param name="options">Which boxes are wanted.</param>
    /// <param name="cancellation">Ends the search before the network runs.</param>
    /// <exception cref="EditException">There is no detector, or the words or options are of no use to it.</exception>
    DetectionResult Find(Picture picture, IReadOnlyList<string> phrases, DetectionOptions options, CancellationToken cancellation = default);
}
