using System.Diagnostics;

namespace BrushEdit.Installing;

/// <summary>Counts the bytes received and reports progress a few times per second.</summary>
/// <param name="name">What is installed.</param>
/// <param name="size">The total size in bytes, as far as known.</param>
/// <param name="count">The number of files.</param>
/// <param name="progress">Receives progress; null for none.</param>
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

    /// <summary>The total size in bytes.</summary>
    public long Total { get; set; } = size;

    /// <summary>Starts the next file.</summary>
    /// <param name="file">Its path.</param>
    /// <returns>The number of the file, from 1.</returns>
    public int Begin(string file)
    {
        current = file;
        start = null;
        return ++number;
    }

    /// <summary>Reports the progress of a file.</summary>
    /// <param name="stage">The current stage.</param>
    /// <param name="file">The file.</param>
    /// <param name="which">The number of the file.</param>
    /// <param name="bytes">The number of bytes present.</param>
    /// <param name="last">Whether to report it in any case.</param>
    public void Report(InstallStage stage, string file, int which, long bytes, bool last = false)
    {
        TimeSpan now = clock.Elapsed;
        if (start is null)
        {
            // Bytes of an earlier run do not count towards the speed.
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

    /// <summary>Records a completed file.</summary>
    /// <param name="bytes">The file's size in bytes.</param>
    public void End(long bytes)
    {
        Report(InstallStage.Downloading, current, number, bytes, last: true);
        earlier += bytes;
    }

    /// <summary>Restarts the count.</summary>
    public void Restart() => (number, earlier, start) = (0, 0, null);
}
