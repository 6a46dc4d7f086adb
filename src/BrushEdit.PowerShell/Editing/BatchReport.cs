using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using BrushEdit.Batching;
using BrushEdit.Orchestrating;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>Shows a batch's progress: files, time left, and the current picture with its stage. Safe to call from several threads.</summary>
/// <param name="feed">The feed to the pipeline.</param>
/// <param name="screen">The terminal that previews of fills are drawn on; null for none.</param>
internal sealed class BatchReport(WorkFeed feed, PreviewScreen? screen = null) : IProgress<EditProgress>
{
    private const int BatchId = 1;
    private const int PictureId = 2;

    private readonly Lock gate = new();
    private readonly Stopwatch clock = new();
    private int done;
    private int failed;
    private int notFound;
    private int skipped;
    private int total;

    /// <summary>The batch's progress.</summary>
    public BatchProgress Progress
    {
        get
        {
            lock (gate)
            {
                return new BatchProgress(done, failed, skipped, total, clock.Elapsed) { NotFound = notFound };
            }
        }
    }

    /// <summary>Counts a file to process.</summary>
    public void Expect()
    {
        lock (gate)
        {
            total++;
            clock.Start();
        }
    }

    /// <summary>Counts a file that an earlier run finished, and passes it on.</summary>
    /// <param name="file">The file.</param>
    public void Skip(EditedFile file)
    {
        lock (gate)
        {
            total++;
            skipped++;
        }

        feed.Verbose($"{file.Name}: done before, and skipped.");
        Warn(file);
        feed.Emit(file);
    }

    /// <summary>Counts a file that is finished, or whose original was copied instead, and passes it on.</summary>
    /// <param name="file">The file.</param>
    public void Done(EditedFile file)
    {
        lock (gate)
        {
            _ = file.Status == EditedFileStatus.NotFound ? notFound++ : done++;
        }

        Warn(file);
        feed.Emit(file);
        Show();
    }

    /// <summary>Counts a file that failed, and reports why.</summary>
    /// <param name="error">The error.</param>
    /// <param name="nothingFound">Whether there is nothing in it to edit.</param>
    public void Failed(ErrorRecord error, bool nothingFound)
    {
        lock (gate)
        {
            _ = nothingFound ? notFound++ : failed++;
        }

        feed.Error(error);
        Show();
    }

    /// <summary>Writes a line that is shown with <c>-Verbose</c>.</summary>
    /// <param name="text">What happened.</param>
    public void Note(string text) => feed.Verbose(text);

    /// <inheritdoc/>
    public void Report(EditProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Show();
        ProgressRecord record = new(PictureId, value.Name, value.Fill is { } fill ? $"{value.Status}, step {fill.Step} of {fill.Steps}" : value.Status)
        {
            ParentActivityId = BatchId,
        };
        if (value.Fill is { } step)
        {
            record.PercentComplete = ((step.Sample * step.Steps) + step.Step) * 100 / (step.Samples * step.Steps);
        }

        feed.Report(record);
        if (value.Fill is { Preview: { } preview } look)
        {
            screen?.Show(feed, preview, StageReport.PreviewText(value.Name, look));
        }
    }

    /// <summary>A batch's progress as text.</summary>
    /// <param name="progress">The progress.</param>
    public static string Text(BatchProgress progress)
    {
        CultureInfo plain = CultureInfo.InvariantCulture;
        string text = string.Create(plain, $"{progress.Finished} of {progress.Total}");
        text += progress.NotFound > 0 ? string.Create(plain, $", {progress.NotFound} not found") : string.Empty;
        text += progress.Failed > 0 ? string.Create(plain, $", {progress.Failed} failed") : string.Empty;
        return text + (progress.Skipped > 0 ? string.Create(plain, $", {progress.Skipped} done before") : string.Empty);
    }

    private void Warn(EditedFile file)
    {
        foreach (string warning in file.Warnings)
        {
            feed.Warn($"{file.Name}: {warning}");
        }
    }

    private void Show()
    {
        BatchProgress now = Progress;
        ProgressRecord record = new(BatchId, "Editing files", Text(now)) { PercentComplete = now.Percent };
        if (now.Remaining is { } left)
        {
            record.SecondsRemaining = (int)Math.Min(left.TotalSeconds, int.MaxValue);
        }

        feed.Report(record);
    }
}
