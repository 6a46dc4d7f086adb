using System.Collections.Concurrent;
using System.Management.Automation;
using System.Runtime.ExceptionServices;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// Carries output of work on the compute thread to the pipeline while it runs: progress, warnings, verbose lines, results. A cmdlet may
/// write only from the pipeline's own thread, so everything is queued here and written there.
/// </summary>
public sealed class WorkFeed
{
    private readonly BlockingCollection<Action<Cmdlet>> queue = [];
    private readonly Dictionary<int, ProgressRecord> pending = [];
    private readonly Dictionary<int, ProgressRecord> shown = [];

    private PreviewScreen? screen;

    private WorkFeed(CancellationToken cancellation) => Cancellation = cancellation;

    /// <summary>Set when the user stops the pipeline.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>Shows progress. Records that come faster than they can be shown replace one another.</summary>
    /// <param name="record">The activity, its stage and its progress; the latest record of each activity id is kept.</param>
    public void Report(ProgressRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        record.Activity = PlainText.Message(record.Activity);
        record.StatusDescription = PlainText.Message(record.StatusDescription);
        record.CurrentOperation = record.CurrentOperation is null ? null : PlainText.Message(record.CurrentOperation);
        int id = record.ActivityId;
        lock (pending)
        {
            bool waiting = pending.ContainsKey(id);
            pending[id] = record;
            if (waiting)
            {
                return;
            }
        }

        queue.Add(cmdlet =>
        {
            ProgressRecord latest;
            lock (pending)
            {
                latest = pending[id];
                pending.Remove(id);
            }

            shown[id] = latest;
            cmdlet.WriteProgress(latest);
        });
    }

    /// <summary>A receiver that converts progress of any kind to PowerShell's progress records.</summary>
    /// <typeparam name="T">What the library reports.</typeparam>
    /// <param name="show">Makes a record of it; null shows nothing.</param>
    public IProgress<T> Progress<T>(Func<T, ProgressRecord?> show)
    {
        ArgumentNullException.ThrowIfNull(show);
        return new Adapter<T>(this, show);
    }

    /// <summary>Writes a warning.</summary>
    /// <param name="text">What the user should know.</param>
    public void Warn(string text) => Post(cmdlet => cmdlet.WriteWarning(PlainText.Message(text)));

    /// <summary>Writes a line that is shown with <c>-Verbose</c>.</summary>
    /// <param name="text">What happened.</param>
    public void Verbose(string text) => Post(cmdlet => cmdlet.WriteVerbose(PlainText.Message(text)));

    /// <summary>Runs an action on the pipeline's thread.</summary>
    /// <param name="write">The action; it receives the cmdlet that writes.</param>
    internal void Do(Action<Cmdlet> write) => Post(write);

    /// <summary>Draws a preview on the pipeline's thread. It is erased before anything else is written, and at the end.</summary>
    /// <param name="on">The screen, with the waiting preview.</param>
    internal void Draw(PreviewScreen on) => queue.Add(_ =>
    {
        screen = on;
        on.Draw(Cancellation);
    });

    /// <summary>Erases a preview from the screen so that others can write there. Called on the pipeline's thread.</summary>
    internal void ClearScreen() => screen?.Clear();

    /// <summary>Writes an error that does not end the work.</summary>
    /// <param name="record">The error.</param>
    public void Error(ErrorRecord record) => Post(cmdlet => cmdlet.WriteError(record));

    /// <summary>Writes a result while the work continues.</summary>
    /// <param name="result">The object to hand to the next cmdlet.</param>
    public void Emit(object result) => Post(cmdlet => cmdlet.WriteObject(result));

    /// <summary>
    /// Runs work on the compute thread, writes its output on the calling thread, and returns when it has ended. If writing
    /// fails (the user stopped the pipeline, or a warning was made an error) the work is cancelled and waited for first, so
    /// that no work continues after its cmdlet has ended.
    /// </summary>
    /// <typeparam name="T">The work's result type.</typeparam>
    /// <param name="cmdlet">The cmdlet that writes.</param>
    /// <param name="cancellation">Cancelled when the pipeline stops.</param>
    /// <param name="work">The work; it must watch <see cref="Cancellation"/>.</param>
    /// <param name="scheduler">Where it runs; null for the compute thread.</param>
    /// <exception cref="OperationCanceledException">The pipeline was stopped.</exception>
    internal static T Run<T>(Cmdlet cmdlet, CancellationTokenSource cancellation, Func<WorkFeed, T> work, TaskScheduler? scheduler = null)
    {
        WorkFeed feed = new(cancellation.Token);
        Task<T> task = (scheduler ?? ComputeThread.Scheduler).Start(
            () => ReadCancellation.Run(() => work(feed), cancellation.Token), cancellation.Token);
        feed.EndWith(task);
        feed.WriteUntilEnd(cmdlet, task, cancellation);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Begins a feed for work that runs while the pipeline continues: see <see cref="WriteSoFar"/> and <see cref="WriteUntilEnd"/>.</summary>
    /// <param name="cancellation">Cancelled when the pipeline stops.</param>
    internal static WorkFeed Open(CancellationToken cancellation) => new(cancellation);

    /// <summary>Ends the feed when the work has ended, for whatever reason.</summary>
    /// <param name="work">The work.</param>
    // A task that is cancelled while it waits for its turn also gets here.
    internal void EndWith(Task work) =>
        work.ContinueWith(_ => queue.CompleteAdding(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Writes the queued output without waiting. Called on the pipeline's thread.</summary>
    /// <param name="cmdlet">The cmdlet that writes.</param>
    internal void WriteSoFar(Cmdlet cmdlet)
    {
        while (queue.TryTake(out Action<Cmdlet>? write))
        {
            write(cmdlet);
        }
    }

    /// <summary>
    /// Writes the output until the work has ended. If writing fails, the work is cancelled and waited for before the fault is thrown.
    /// </summary>
    /// <param name="cmdlet">The cmdlet that writes.</param>
    /// <param name="work">The work that <see cref="EndWith"/> was given; its own fault is not thrown here.</param>
    /// <param name="cancellation">Cancels the work.</param>
    internal void WriteUntilEnd(Cmdlet cmdlet, Task work, CancellationTokenSource cancellation)
    {
        Exception? fault = null;
        foreach (Action<Cmdlet> write in queue.GetConsumingEnumerable())
        {
            fault ??= Attempt(() => write(cmdlet));
            if (fault is not null)
            {
                cancellation.Cancel();
            }
        }

        fault = Attempt(ClearScreen) is { } left ? fault ?? left : fault;
        fault ??= Attempt(() => CompleteProgress(cmdlet));
        if (fault is not null)
        {
            Attempt(() => work.GetAwaiter().GetResult());
            ExceptionDispatchInfo.Throw(fault);
        }
    }

    private static Exception? Attempt(Action action)
    {
        try
        {
            action();
            return null;
        }
#pragma warning disable CA1031 // Every fault is kept, and thrown once the work has ended.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return fault;
        }
    }

    private void Post(Action<Cmdlet> write) => queue.Add(cmdlet =>
    {
        ClearScreen();
        write(cmdlet);
    });

    private void CompleteProgress(Cmdlet cmdlet)
    {
        foreach (ProgressRecord last in shown.Values)
        {
            if (last.RecordType != ProgressRecordType.Completed)
            {
                cmdlet.WriteProgress(new ProgressRecord(last.ActivityId, last.Activity, last.StatusDescription)
                {
                    ParentActivityId = last.ParentActivityId,
                    RecordType = ProgressRecordType.Completed,
                });
            }
        }
    }

    private sealed class Adapter<T>(WorkFeed feed, Func<T, ProgressRecord?> show) : IProgress<T>
    {
        public void Report(T value)
        {
            if (show(value) is { } record)
            {
                feed.Report(record);
            }
        }
    }
}
