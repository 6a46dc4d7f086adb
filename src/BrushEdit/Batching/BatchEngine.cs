using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace BrushEdit.Batching;

/// <summary>The options of a batch run.</summary>
public sealed record BatchOptions
{
    /// <summary>
    /// How many pictures are kept in memory on either side of the networks: at most this many are being read or wait to be computed, and at most this
    /// many are being written or wait to be. From 1.
    /// </summary>
    public int Throttle { get; init; } = 2;

    /// <summary>How many neighbours are passed to the networks at once, from 1.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>The scheduler that the first worker's networks run on, with one thread. The thread pool by default.</summary>
    public TaskScheduler Compute { get; init; } = TaskScheduler.Default;

    /// <summary>
    /// Called at the beginning, and each time the first worker is free again. Returns schedulers of one thread each, on which further workers compute
    /// from then on; none by default.
    /// </summary>
    public Func<IReadOnlyList<TaskScheduler>> Hire { get; init; } = () => [];
}

/// <summary>
/// Runs a batch: pictures are read ahead and results are written in the background while the networks run, in the order of arrival. A fault fails
/// only its own item.
/// </summary>
/// <typeparam name="T">An item.</typeparam>
/// <param name="work">The work on an item.</param>
/// <param name="options">The options.</param>
public sealed class BatchEngine<T>(IBatchWork<T> work, BatchOptions options)
{
    /// <summary>The number of consecutive items with unwritable results that ends the batch: the disk is full or missing.</summary>
    public const int WriteFaultsThatEnd = 3;

    private readonly Lock gate = new();
    private readonly List<TaskScheduler> workers = [options.Compute];
    private readonly Channel<int> free = Channel.CreateUnbounded<int>();
    private int writeFaults;
    private Exception? ended;

    /// <summary>Runs until no items remain, or the batch must end. Call it only once.</summary>
    /// <param name="items">The items; more may arrive while the batch runs.</param>
    /// <param name="cancellation">Cancels the batch: the networks stop within one step; what they have finished by then is still written.</param>
    /// <exception cref="OperationCanceledException">The batch was cancelled.</exception>
    /// <exception cref="Exception">
    /// The fault that ended the batch (<see cref="IBatchWork{T}.EndsBatch"/>, or results that cannot be written).
    /// </exception>
    public async Task RunAsync(ChannelReader<T> items, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Throttle, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1);
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using SemaphoreSlim reading = new(options.Throttle);
        using SemaphoreSlim writing = new(options.Throttle);
        Channel<(T Item, Task<Exception?> Opened)> opened = Channel.CreateUnbounded<(T, Task<Exception?>)>();
        List<Task> writes = [];
        Task reader = ReadAsync(items, opened.Writer, reading, ending.Token);
        try
        {
            await ComputeAsync(opened.Reader, reading, writing, writes, ending).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The reason is reported below, once nothing runs any more.
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await Settle(reader).ConfigureAwait(false);
            while (opened.Reader.TryRead(out (T Item, Task<Exception?> Opened) left))
            {
                await Settle(left.Opened).ConfigureAwait(false);
            }

            await Settle(Task.WhenAll(writes)).ConfigureAwait(false);
        }

        if (ended is not null)
        {
            ExceptionDispatchInfo.Throw(ended);
        }

        cancellation.ThrowIfCancellationRequested();
    }

    // Reads ahead while slots are free; the order is that of the items.
    private async Task ReadAsync(ChannelReader<T> items, ChannelWriter<(T, Task<Exception?>)> opened, SemaphoreSlim slots, CancellationToken cancellation)
    {
        try
        {
            await foreach (T item in items.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                await slots.WaitAsync(cancellation).ConfigureAwait(false);
                Task<Exception?> open = Task.Run(() => Attempt(() => ReadCancellation.Run(() => work.Open(item, cancellation), cancellation)), CancellationToken.None);
                await opened.WriteAsync((item, open), CancellationToken.None).ConfigureAwait(false);
            }
        }
        finally
        {
            opened.Complete();
        }
    }

    private async Task ComputeAsync(
        ChannelReader<(T Item, Task<Exception?> Opened)> opened, SemaphoreSlim reading, SemaphoreSlim writing, List<Task> writes, CancellationTokenSource ending)
    {
        List<Task> running = [];
        List<T> wave = [];
        int? worker = null;
        Free(0);
        try
        {
            await foreach ((T item, Task<Exception?> open) in opened.ReadAllAsync(ending.Token).ConfigureAwait(false))
            {
                // No picture leaves the readers' slots before a worker can take it.
                worker ??= await free.Reader.ReadAsync(ending.Token).ConfigureAwait(false);
                Exception? fault = await open.WaitAsync(ending.Token).ConfigureAwait(false);
                reading.Release();
                if (fault is not null)
                {
                    Fail(item, fault, ending);
                    continue;
                }

                wave.Add(item);
                if (wave.Count == options.BatchSize)
                {
                    running.RemoveAll(task => task.IsCompleted);
                    running.Add(WorkAsync(worker.Value, wave, writing, writes, ending));
                    (wave, worker) = ([], null);
                }
            }

            if (wave.Count > 0)
            {
                running.Add(WorkAsync(worker!.Value, wave, writing, writes, ending));
            }
        }
        finally
        {
            await Task.WhenAll(running).ConfigureAwait(false);
        }
    }

    // A worker's turn, after which it is free again, whatever the outcome.
    private async Task WorkAsync(int worker, List<T> wave, SemaphoreSlim writing, List<Task> writes, CancellationTokenSource ending)
    {
        try
        {
            await ComputeAsync(worker, wave, writing, writes, ending).ConfigureAwait(false);
            Free(worker);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The reason is reported at the batch's end.
        }
#pragma warning disable CA1031 // It is thrown once nothing runs any more.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            lock (gate)
            {
                End(fault, ending);
            }
        }
    }

    private void Free(int worker)
    {
        if (worker == 0)
        {
            foreach (TaskScheduler hired in options.Hire())
            {
                lock (gate)
                {
                    workers.Add(hired);
                }

                free.Writer.TryWrite(workers.Count - 1);
            }
        }

        free.Writer.TryWrite(worker);
    }

    private TaskScheduler Of(int worker)
    {
        lock (gate)
        {
            return workers[worker];
        }
    }

    private async Task ComputeAsync(int worker, List<T> wave, SemaphoreSlim writing, List<Task> writes, CancellationTokenSource ending)
    {
        ending.Token.ThrowIfCancellationRequested();
        IReadOnlyList<Exception?> faults = await Of(worker).Start(() => work.Compute(wave, worker, ending.Token), ending.Token).ConfigureAwait(false);
        lock (gate)
        {
            writes.RemoveAll(write => write.IsCompleted);
        }

        for (int i = 0; i < wave.Count; i++)
        {
            T item = wave[i];
            switch (faults[i])
            {
                case null:
                    // Not cancelled with the batch: computed results must not be lost.
                    await writing.WaitAsync(CancellationToken.None).ConfigureAwait(false);
                    lock (gate)
                    {
                        writes.Add(Task.Run(() => Write(item, writing, ending), CancellationToken.None));
                    }

                    break;
                case OperationCanceledException when ending.IsCancellationRequested:
                    break;
                case { } fault:
                    Fail(item, fault, ending);
                    break;
            }
        }

        ending.Token.ThrowIfCancellationRequested();
    }

    private void Write(T item, SemaphoreSlim slots, CancellationTokenSource ending)
    {
        Exception? fault = Attempt(() => work.Write(item));
        slots.Release();
        if (fault is not null)
        {
            Fail(item, fault, ending, fault is EditException { Kind: EditFault.CannotWrite });
            return;
        }

        lock (gate)
        {
            writeFaults = 0;
            Tell(item, null, ending);
        }
    }

    private void Fail(T item, Exception fault, CancellationTokenSource ending, bool unwritten = false)
    {
        if (fault is OperationCanceledException && ending.IsCancellationRequested)
        {
            return;
        }

        lock (gate)
        {
            if (work.EndsBatch(fault))
            {
                End(fault, ending);
                return;
            }

            Tell(item, fault, ending);
            if (unwritten && ++writeFaults == WriteFaultsThatEnd)
            {
                End(
                    new EditException(
                        EditFault.CannotWrite,
                        $"{WriteFaultsThatEnd} results in a row could not be written, so the batch has ended.",
                        "Fix the cause that the last errors name (such as a full disk or permissions), and continue with -Resume.",
                        inner: fault),
                    ending);
            }
        }
    }

    private void Tell(T item, Exception? fault, CancellationTokenSource ending)
    {
        if (Attempt(() => work.Finished(item, fault)) is { } unheard)
        {
            End(unheard, ending);
        }
    }

    private void End(Exception fault, CancellationTokenSource ending)
    {
        ended ??= fault;
        ending.Cancel();
    }

    private static Exception? Attempt(Action action)
    {
        try
        {
            action();
            return null;
        }
#pragma warning disable CA1031 // An item's fault of any kind is the item's own.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return fault;
        }
    }

    // Waits for the end of a task, however it ends.
    private static async Task Settle(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
