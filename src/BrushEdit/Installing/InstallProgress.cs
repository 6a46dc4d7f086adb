namespace BrushEdit.Installing;

/// <summary>How far an installation is.</summary>
/// <param name="Model">The name of the model or the runtime.</param>
/// <param name="Stage">What is being done.</param>
/// <param name="File">The file it is done to.</param>
/// <param name="Number">Which of the files that is, from 1.</param>
/// <param name="Count">How many files there are.</param>
/// <param name="Done">Bytes of all of it that are there.</param>
/// <param name="Total">Bytes of all of it.</param>
/// <param name="BytesPerSecond">Speed since the start of this run; 0 if none can be told yet.</param>
public sealed record InstallProgress(string Model, InstallStage Stage, string File, int Number, int Count, long Done, long Total, double BytesPerSecond);

/// <summary>What an installation is doing.</summary>
public enum InstallStage
{
    /// <summary>Asking the hub what it has.</summary>
    Asking,

    /// <summary>Bringing a file.</summary>
    Downloading,

    /// <summary>Comparing a file on disk with what was published.</summary>
    Checking,

    /// <summary>Taking libraries out of a package.</summary>
    Unpacking,
}
