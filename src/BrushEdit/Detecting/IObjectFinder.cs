using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Detecting;

/// <summary>Finds the objects that words name in pictures, with a detector that it borrows.</summary>
public interface IObjectFinder
{
    /// <summary>The detector's name, as results show it.</summary>
    string Name { get; }

    /// <summary>Why no detector is available, with a remedy; null if one is. Reads configurations only.</summary>
    EditException? Absence { get; }

    /// <summary>Searches for objects.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="phrases">What to search for; one text may contain several phrases, separated by full stops.</param>
    /// <param name="options">Which boxes are returned.</param>
    /// <param name="cancellation">Cancels the search before the network runs.</param>
    /// <exception cref="EditException">There is no detector, or it cannot use the words or options.</exception>
    DetectionResult Find(Picture picture, IReadOnlyList<string> phrases, DetectionOptions options, CancellationToken cancellation = default);
}
