using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Painting;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>Lets the user paint masks in the browser, one picture after another in one page, which opens with the first picture.</summary>
/// <param name="models">The networks that the page can use.</param>
/// <param name="port">The port; null for any free port.</param>
/// <param name="opensBrowser">Whether the browser is opened; if not, the address is written.</param>
/// <param name="limit">The time limit for each picture; null for no limit.</param>
/// <param name="say">Writes a line for the user, on the pipeline's thread.</param>
internal sealed class MaskPainter(PaintModels models, int? port, bool opensBrowser, TimeSpan? limit, Action<string> say) : IDisposable
{
    private const int ActivityId = 1;
    private static readonly TimeSpan Arrival = TimeSpan.FromSeconds(3);

    private PaintDesk? desk;

    /// <summary>Directs the user to the page if it is not open.</summary>
    public void Invite()
    {
        bool isFirst = desk is null;
        desk ??= PaintDesk.Open(models, port);
        if (isFirst || !desk.WaitOpen(Arrival))
        {
            string? absence = opensBrowser ? Browser.Open(desk.Address) : string.Empty;
            if (absence is not null)
            {
                say($"{(absence.Length > 0 ? $"The page does not open by itself: {absence}. " : string.Empty)}{Browser.Directions(desk.Address, desk.Port)}");
            }
        }
    }

    /// <summary>Shows a picture and waits for the user.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="start">The mask to begin with; null for the edit's, or an empty one.</param>
    /// <param name="feed">Shows that the cmdlet is waiting, and signals when to stop.</param>
    /// <returns>How it ended; null after a timeout.</returns>
    public PaintOutcome? Paint(ImageEdit edit, Mask? start, WorkFeed feed)
    {
        feed.Report(new ProgressRecord(ActivityId, $"Painting the mask of {edit.Name}", $"Waiting for Done or Cancel in the browser, at {desk!.Address}"));
        using CancellationTokenSource time = CancellationTokenSource.CreateLinkedTokenSource(feed.Cancellation);
        if (limit is { } most)
        {
            time.CancelAfter(most);
        }

        try
        {
            return desk.Paint(edit, start, time.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!feed.Cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public void Dispose() => desk?.Dispose();
}
