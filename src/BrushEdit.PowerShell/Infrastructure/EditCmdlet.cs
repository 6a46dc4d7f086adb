using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// The base of every cmdlet of the module: cancellation by Ctrl+C, long work off the pipeline's thread, and faults as error
/// records that end only what they must.
/// </summary>
public abstract class EditCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource cancellation = new();

    /// <summary>Set when the user stops the pipeline.</summary>
    protected CancellationToken Cancellation => cancellation.Token;

    /// <summary>Frees the cmdlet's resources; PowerShell calls it when the pipeline has ended, for whatever reason.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the cmdlet's resources.</summary>
    /// <param name="disposing">True when called from <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            cancellation.Dispose();
        }
    }

    /// <inheritdoc />
    protected override void StopProcessing()
    {
        try
        {
            cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The pipeline ended while it was being stopped.
        }
    }

    /// <summary>
    /// Runs work on the compute thread while this thread shows what it reports. Used for everything that takes more than a moment,
    /// and for all that touches a network.
    /// </summary>
    /// <typeparam name="T">The work's result type.</typeparam>
    /// <param name="work">The work; reports through the feed and watches its token.</param>
    protected T Work<T>(Func<WorkFeed, T> work) => WorkFeed.Run(this, cancellation, work);

    /// <summary>Runs long work that touches no network of ours, such as a download, off the compute thread, which edits need.</summary>
    /// <typeparam name="T">The work's result type.</typeparam>
    /// <param name="work">The work; reports through the feed and watches its token.</param>
    protected T WorkAside<T>(Func<WorkFeed, T> work) => WorkFeed.Run(this, cancellation, work, TaskScheduler.Default);

    /// <summary>
    /// Runs the stages of an edit on the compute thread; shows their messages, and writes the warnings they add, each under the
    /// picture's name.
    /// </summary>
    /// <param name="edit">The edit.</param>
    /// <param name="force">Whether existing parts are made again.</param>
    /// <param name="work">The work; returns the pipeline output.</param>
    /// <param name="activity">What the progress bar calls it; null for the stage's own name.</param>
    /// <param name="preview">The file that previews of a fill go to; null for none.</param>
    /// <param name="screen">The terminal that previews of a fill are drawn on; null for none.</param>
    private protected IReadOnlyList<ImageEdit> RunStage(
        ImageEdit edit,
        bool force,
        Func<StageContext, IReadOnlyList<ImageEdit>> work,
        string? activity = null,
        PreviewFile? preview = null,
        PreviewScreen? screen = null)
    {
        preview?.Check(edit);
        IReadOnlyList<ImageEdit> done = Work(feed => work(new StageContext
        {
            Force = force,
            Progress = new StageReport(feed, activity, preview is null ? null : shown => preview.Show(shown, edit), screen),
            Note = feed.Verbose,
            Cancellation = feed.Cancellation,
        }));
        foreach (string warning in NewWarnings(edit, done))
        {
            WriteWarning($"{edit.Name}: {warning}");
        }

        return done;
    }

    /// <summary>
    /// Processes one item. A fault becomes an error record for that item and the pipeline continues; a missing model or device,
    /// which the next item would miss as well, ends it.
    /// </summary>
    /// <param name="target">The item, for the error record if the fault names none.</param>
    /// <param name="action">What to do.</param>
    /// <returns>True on success.</returns>
    protected bool Attempt(object? target, Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        try
        {
            ReadCancellation.Run(action, Cancellation);
            return true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
#pragma warning disable CA1031 // An item's fault of any kind must not end the batch; PowerShell's own control flow passes.
        catch (Exception fault) when (fault is not RuntimeException && fault.GetType().Assembly != typeof(PSCmdlet).Assembly)
#pragma warning restore CA1031
        {
            ErrorRecord record = Faults.ToRecord(fault, target);
            if (Faults.EndsPipeline(fault))
            {
                ThrowTerminatingError(record);
            }

            WriteError(record);
            return false;
        }
    }

    /// <summary>Checks conditions that apply to all items, before the first: a fault ends the pipeline.</summary>
    /// <param name="check">Throws if something is wrong.</param>
    protected void Demand(Action check)
    {
        ArgumentNullException.ThrowIfNull(check);
        try
        {
            check();
        }
        catch (EditException fault)
        {
            ThrowTerminatingError(Faults.ToRecord(fault, null));
        }
    }

    /// <summary>Reports which contents of a file are not carried over, when its picture has just been opened.</summary>
    /// <param name="edit">The edit that begins with the picture.</param>
    private protected ImageEdit TellOf(ImageEdit edit)
    {
        foreach (string note in edit.Picture.Notes)
        {
            WriteVerbose($"{edit.Name}: {note}");
        }

        foreach (string warning in edit.Picture.Warnings)
        {
            WriteWarning($"{edit.Name}: {warning}");
        }

        return edit;
    }

    /// <summary>Reports which part of a mask picture was read as white, and what is doubtful about it.</summary>
    /// <param name="name">The name of the picture it is for; null for none.</param>
    /// <param name="mask">The mask.</param>
    private protected void TellOf(string? name, Mask mask)
    {
        if (mask.Origin is { } origin)
        {
            WriteVerbose(origin.Note);
            foreach (string warning in origin.Warnings)
            {
                WriteWarning(name is null ? warning : $"{name}: {warning}");
            }
        }
    }

    /// <summary>Writes a warning as one plain line.</summary>
    /// <param name="text">What the user should know.</param>
    protected new void WriteWarning(string text) => base.WriteWarning(PlainText.Message(text));

    /// <summary>Writes a line that is shown with <c>-Verbose</c>, without control characters.</summary>
    /// <param name="text">What happened.</param>
    protected new void WriteVerbose(string text) => base.WriteVerbose(PlainText.Message(text));

    /// <summary>Asks for confirmation, or describes the action with <c>-WhatIf</c>, without control characters.</summary>
    /// <param name="target">The target of the action.</param>
    /// <param name="action">The action.</param>
    protected new bool ShouldProcess(string target, string action) => base.ShouldProcess(PlainText.Message(target), PlainText.Message(action));

    // Warnings of earlier rounds have already been written.
    private static IEnumerable<string> NewWarnings(ImageEdit edit, IReadOnlyList<ImageEdit> done)
    {
        if (done.Count == 0)
        {
            return [];
        }

        IReadOnlyList<ImageEdit> rounds = done[0].Rounds;
        int old = edit.Rounds.Count;
        return rounds.Skip(old - 1).SelectMany((round, index) => index == 0 ? round.Warnings.Skip(edit.Warnings.Count) : round.Warnings);
    }
}
