using System.Diagnostics;

namespace BrushEdit.Installing;

/// <summary>Counts what has come and tells it, a few times a second.</summary>
/// <param name="name">What is installed.</param>
/// <param name="size">Bytes of all of it, as far as is known.</param>
/// <param name="count">How many files it has.</param>
/// <param name="progress">Who is told; null for none.</param>
internal sealed class InstallMeter(string name, long size, int count, IProgress<InstallProgress>? progress)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Stopwatch clock = Stopwatch.StartNew();
    private TimeSpan? told;
    private string current = "";
    private int number;
    private long earlier;
    private long? start;
    private TimeSpan startTime;

    /// <summary>Bytes of all of it.</summary>
    public long Total { get; set; } = size;

    /// <summary>The next file.</summary>
    /// <param name="file">Its path.</param>
    /// <returns>Which it is, from 1.</returns>
    public int Begin(string file)
    {
        current = file;
        start = null;
        return ++number;
    }

    /// <summary>Tells how far a file is.</summary>
    /// <param name="stage">What is done to it.</param>
    /// <param name="file">The file.</param>
    /// <param name="which">Which it is.</param>
    /// <param name="bytes">Bytes of it that are there.</param>
    /// <param name="last">Whether it is to be told in any case.</param>
    public void Report(InstallStage stage, string file, int which, long bytes, bool last = false)
    {
        TimeSpan now = clock.Elapsed;
        if (start is null)
        {
            // Bytes of an earlier run say nothing of the speed.
            (start, startTime) = (bytes, now);
        }

        if (progress is null || (now - told < Pause && bytes > start && !last))
        {
            return;
        }

        told = now;
        double seconds = (now - startTime).TotalSeconds;
        double speed = seconds > 0.5 ? (bytes - start.Value) / seconds : 0;
        progress.Report(new InstallProgress(name, stage, file, which, count, earlier + bytes, Math.Max(Total, earlier + bytes), speed));
    }

    /// <summary>A file is done.</summary>
    /// <param name="bytes">Its bytes.</param>
    public void End(long bytes)
    {
        Report(InstallStage.Downloading, current, number, bytes, last: true);
        earlier += bytes;
    }

    /// <summary>Begins to count again.</summary>
    public void Restart() => (number, earlier, start) = (0, 0, null);
}
