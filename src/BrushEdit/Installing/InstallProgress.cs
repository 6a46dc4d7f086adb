namespace BrushEdit.Installing;

/// <summary>The progress of an installation.</summary>
/// <param name="Model">The name of the model or the runtime.</param>
/// <param name="Stage">The current stage.</param>
/// <param name="File">The current file.</param>
/// <param name="Number">The number of the current file, from 1.</param>
/// <param name="Count">The number of files.</param>
/// <param name="Done">The number of bytes present.</param>
/// <param name="Total">The total number of bytes.</param>
/// <param name="BytesPerSecond">Speed since the start of this run; 0 if not known yet.</param>
public sealed record InstallProgress(string Model, InstallStage Stage, string File, int Number, int Count, long Done, long Total, double BytesPerSecond);

/// <summary>The stages of an installation.</summary>
public enum InstallStage
{
    /// <summary>Querying the hub.</summary>
    Asking,

    /// <summary>Downloading a file.</summary>
    Downloading,

    /// <summary>Comparing a file on disk with the published one.</summary>
    Checking,

    /// <summary>Extracting libraries from a package.</summary>
    Unpacking,
}
